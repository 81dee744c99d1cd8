package import Events

/// Reads what `codex exec --json` prints: one line per step of one thread.
///
/// Nothing in it has a time, so events happen when they are stored. Its log is that of a finished
/// process: at rest behind the end of a turn, the run has ended; the log of another process that
/// went on with the thread resumes it. Dropped, since they are pure
/// decoration that repeats what follows in full: `item.updated`, and `item.started` of texts and
/// thoughts. Everything else that has no kind of its own becomes an event `codex-exec.<type>`
/// with the whole line.
///
/// `turn.completed` reports what the thread has used in all, so a turn's own usage is what that
/// grew by. A process that resumes a thread reports what those before it have used again, and its
/// log does not say how much that was.
package struct CodexExecImporter: LogImporter {
  package let source: LogSource
  /// The thread; `nil` until a line has told.
  var thread: String?
  /// The name of the line before: lines without ids are told apart by what they follow.
  var previous = ""
  var isStarted = false
  /// The turn that is open.
  var turn: String?
  /// Whether a turn has begun that its next line will name: logs of one thread begin alike.
  var isTurnDue = false
  var hasTurnFailed = false
  /// How the last turn ended; `nil` while none has.
  var ending: Ending?
  /// The call that an open item is, by the item's id.
  var calls: [String: String] = [:]
  /// What `turn.completed` came to last.
  var total: CodexCounts?
  /// Cumulative counts that a turn was told of before its end, where the end tells none.
  var gauge: CodexCounts?

  /// Whether the run has been ended.
  var hasEnded = false

  enum Ending: String { case success, error }

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { isStarted ? [run] : [] }

  package mutating func read(
    line: UnsafeRawBufferPointer,
    number: Int,
    into sink: inout ImportedEvents
  ) {
    LogLines.forEachValue(on: line, number: number, into: &sink) { value, sink in
      guard let object = JSONObject(value) else {
        return sink.report(line: number, "the line is JSON, but no object")
      }
      guard let type = object.text("type") else {
        return sink.report(line: number, "the line has no type")
      }
      previous = StableHash.hex(object.raw, seed: previous)
      start(object, &sink)
      hasEnded = false
      take(object, type, &sink)
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    guard turn == nil, !hasEnded, let ending else { return }
    let cause: Event.EndCause = ending == .success ? .stop : .fail
    // Ended by what reads the log, the run goes on where more of it is read.
    emit(.runEnded(cause, by: "importer"), "run.ended/" + previous, &sink)
    hasEnded = true
  }

  package mutating func startOver() {
    self = CodexExecImporter(source: source)
  }

  /// A process whose log breaks off within a turn did not end as it should.
  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    atRest(into: &sink)
  }

  var run: RunID {
    let name = thread ?? ""
    if !name.isEmpty, let run = RunID(rawValue: "codex-exec:" + name) { return run }
    guard let run = RunID(rawValue: "codex-exec:" + StableHash.hex(name.utf8)) else {
      preconditionFailure("27 ASCII letters make a run id")
    }
    return run
  }

  mutating func emit(_ event: Event, _ id: String, _ sink: inout ImportedEvents) {
    let event = event.with(session: thread, id: id)
    sink.append(ImportedEvents.Entry(run: run, event: event))
  }

  func raw(_ line: JSONObject, _ type: String) -> Event {
    let kind = EventKind(rawValue: "codex-exec." + type)
    return Event(kind, payload: Payload(unchecked: Array(line.raw)))
  }

  private mutating func start(_ line: JSONObject, _ sink: inout ImportedEvents) {
    guard !isStarted else { return }
    isStarted = true
    thread = line.text("thread_id") ?? source.name ?? previous
    emit(.runStarted(agent: "codex"), "run.started", &sink)
  }

  private mutating func startTurn(_ id: String, _ sink: inout ImportedEvents) {
    guard isTurnDue else { return }
    isTurnDue = false
    emit(.turnStart(id: id), "turn/" + id, &sink)
    turn = id
  }

  private mutating func take(_ line: JSONObject, _ type: String, _ sink: inout ImportedEvents) {
    startTurn(previous, &sink)
    switch type {
    case "thread.started":
      emit(raw(line, type), previous, &sink)
    case "turn.started":
      endTurn("abandoned", &sink)
      isTurnDue = true
      hasTurnFailed = false
      ending = nil
      if let id = line.text("turn_id") { startTurn(id, &sink) }
    case "turn.completed":
      countTurn(line, &sink)
      let failed = hasTurnFailed || line["status"]?.equals("failed") == true
      finishTurn(failed ? "error" : "success", line, &sink)
    case "turn.failed":
      let error = line.object("error")
      if !hasTurnFailed {
        let type = error?.text("code") ?? error?.text("type")
        emit(.error(type: type, message: error?.text("message")), previous + "/error", &sink)
      }
      hasTurnFailed = true
      countTurn(line, &sink)
      finishTurn("error", line, &sink)
    case "error":
      readError(line, &sink)
    case "item.started", "item.updated", "item.completed":
      guard let item = line.object("item") else { return emit(raw(line, type), previous, &sink) }
      readItem(item, line, type, &sink)
    case "tool.call.required", "tool.call.completed":
      readToolCall(line, type, &sink)
    case "item.agent_message.delta":
      // The beginning of a text, or all of it where nothing completes the item.
      emit(raw(line, type), previous, &sink)
    default:
      if let usage = CodexCounts(line["usage"]), type.contains("okenUsage") { gauge = usage }
      if type.contains("compaction") {
        emit(Event(EventKind(.compaction), payload: payload(line)), previous, &sink)
      } else {
        emit(raw(line, type), previous, &sink)
      }
    }
  }

  /// An error that is tried again is none of the turn.
  private mutating func readError(_ line: JSONObject, _ sink: inout ImportedEvents) {
    let message = line.text("message") ?? line.object("error")?.text("message")
    let isRetry = line.isTrue("will_retry") || message?.hasPrefix("Reconnecting") == true
    if isRetry {
      emit(Event(EventKind(.retry), payload: payload(line)), previous, &sink)
    } else {
      emit(.error(type: line.text("code"), message: message), previous, &sink)
      hasTurnFailed = true
      if turn == nil { ending = .error }
    }
  }

  func payload(_ line: JSONObject) -> Payload {
    // The kind of the line would read as the class of the error or retry.
    Payload.object { json in
      json.member("message", ifPresent: line.text("message"))
      json.raw("line", line.raw)
    }
  }

  /// Counts what the thread's usage grew by.
  private mutating func countTurn(_ line: JSONObject, _ sink: inout ImportedEvents) {
    let told = CodexCounts(line["usage"]) ?? gauge
    gauge = nil
    guard let now = told else { return }
    var counts = now
    if let total, !now.isReset(since: total) { counts = now - total }
    total = now
    guard counts.isRequest else { return }
    let event = Event.make(.usage) { json in
      counts.write(to: &json)
      if let usage = line["usage"] { json.raw("reported", usage.raw) }
    }
    emit(event, previous + "/usage", &sink)
  }

  private mutating func finishTurn(
    _ status: String,
    _ line: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    // A turn that has failed may be completed too.
    if turn == nil && ending != nil && status != "success" {
      return emit(raw(line, "turn.completed"), previous, &sink)
    }
    let id = turn ?? line.text("turn_id")
    emit(
      .turnResult(id: id, status: status),
      (id.map { "turn/" + $0 } ?? previous) + "/result",
      &sink
    )
    turn = nil
    calls = [:]
    ending = status == "success" ? .success : .error
  }

  private mutating func endTurn(_ status: String, _ sink: inout ImportedEvents) {
    guard let id = turn else { return }
    emit(.turnResult(id: id, status: status), "turn/" + id + "/result", &sink)
    turn = nil
    calls = [:]
  }
}
