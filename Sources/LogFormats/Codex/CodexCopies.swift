internal import Events

/// The threads of which a log has a copy, while their own logs were not imported.
///
/// Who was first to write a thread's history is known to the store: its own log, then no copy is
/// written any more; or a copy, then the thread's own log and all later copies name their lines as that
/// did, so that what is in the store already is met again.
struct CodexCopies {
  var threads: [String: CodexThread]
  var order: [String]

  static let own = "own"
  static let copy = "copy"

  static func fact(of thread: String) -> String { "codex/history/" + thread }

  /// Writes what a line tells of the thread that lived it.
  ///
  /// `madeAt` is when it was copied.
  mutating func take(
    _ line: CodexLine,
    of id: String,
    madeAt: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let fact = Self.fact(of: id)
    guard sink.facts[fact] != Self.own else { return }
    if sink.facts[fact] == nil { sink.facts[fact] = Self.copy }
    var thread: CodexThread
    if let known = threads.removeValue(forKey: id) {
      thread = known
    } else {
      thread = CodexThread(id: id, names: .copied, isCopy: true)
      if line.type == "session_meta" { thread.take(header: line) }
      order.append(id)
    }
    var line = line
    line.ts = thread.livedTime(of: line, madeAt: madeAt)
    thread.read(line, into: &sink)
    threads[id] = thread
  }
}

extension CodexThread {
  /// When a copied line was lived.
  ///
  /// A copy is written again, with the time at which that was done. Of the time before it has what
  /// the turns tell of themselves: what lies in a turn has the time of its beginning, which leaves the
  /// length of the turn right.
  mutating func livedTime(of line: CodexLine, madeAt: Timestamp?) -> Timestamp? {
    guard let written = line.ts, let madeAt, written.microseconds >= madeAt.microseconds - 1_000_000
    else { return line.ts }
    var time: Timestamp?
    let payload = line.payload
    switch line.kind {
    case "session_meta":
      time = payload.text("timestamp").flatMap { Timestamp($0) }
    case "task_started", "turn_context":
      let made = payload.text("turn_id").flatMap { CodexUUID.milliseconds($0) }
      time = made.map { Timestamp(microseconds: $0 * 1000) } ?? Self.seconds(payload, "started_at")
    case "task_complete", "turn_aborted":
      if let took = payload.count("duration_ms"), took < 1_000_000_000_000, let start = turnStart {
        time = Timestamp(microseconds: start.microseconds + took * 1000)
      } else {
        time = Self.seconds(payload, "completed_at")
      }
    case "item_completed":
      time = payload.count("completed_at_ms").flatMap {
        $0 > 0 && $0 < 253_402_300_800_000 ? Timestamp(microseconds: $0 * 1000) : nil
      }
    default: break
    }
    if line.kind == "task_started" { turnStart = time }
    lived = [time, lived].compactMap { $0 }.max()
    // Nothing is lived after it was copied.
    return min(lived ?? madeAt, madeAt)
  }

  private static func seconds(_ payload: JSONObject, _ key: StaticString) -> Timestamp? {
    guard let value = payload.count(key), value > 0, value < 253_402_300_800 else { return nil }
    return Timestamp(microseconds: value * 1_000_000)
  }
}
