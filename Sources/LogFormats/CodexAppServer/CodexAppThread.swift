internal import Events

/// What is remembered of one thread.
struct CodexAppThread {
  let id: String
  var transcript: Transcript
  /// What the thread has used in all, and with its last request, as it was last said.
  var total: CodexCounts?
  var resets: Int64 = 0
  /// Whether the thread was begun in this log, so that its counts begin at nothing.
  var isWhole = false
  /// Whether it has had a turn in this log.
  var hasHadTurn = false
  /// The items that have begun and are not complete, with when they did.
  var open: [String: Timestamp?] = [:]
  /// The failure that was told of in this turn, which its end may tell again.
  var failure: String?
  /// Whether a compaction was told of in this turn, which newer servers do twice.
  var hasCompacted = false
  var limitReached: String?

  static func run(_ id: String) -> RunID { Transcript.run("codex-app-server", id) }

  init(_ id: String, _ facts: JSONObject?, parent: String?) {
    self.id = id
    transcript = Transcript(
      format: "codex-app-server",
      run: Self.run(id),
      parent: parent.map { Self.run($0) },
      session: facts?.text("sessionId") ?? id
    )
  }

  /// Tells of the thread, with what is known of it then.
  mutating func start(_ facts: JSONObject?, ts: Timestamp?, into sink: inout ImportedEvents) {
    let time = ts ?? facts?.seconds("createdAt") ?? facts?.time("createdAt")
    transcript.start(ts: time, into: &sink) { json in
      json.member("agent", "codex")
      json.member("project", ifPresent: facts?.text("cwd"))
      json.member("title", ifPresent: facts?.text("name"))
      json.member("version", ifPresent: facts?.text("cliVersion"))
      json.member("forked_from", ifPresent: facts?.text("forkedFromId"))
    }
  }

  mutating func keep(
    _ method: String,
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let type = method.replacing("/", with: ".")
    transcript.keep(type, message.raw, id: id, ts: ts, into: &sink)
  }

  // MARK: Turns

  mutating func startTurn(
    _ turn: JSONObject?,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let name = turn?.text("id") ?? id
    // The client asks for a turn, and is told of it.
    guard transcript.turn?.id != name else { return }
    transcript.close("abandoned", into: &sink)
    let time = ts ?? turn?.seconds("startedAt")
    let anchor = "turn/" + name
    transcript.emit(.turnStart(id: name), id: anchor + "/turn.start", ts: time, into: &sink)
    transcript.turn = TranscriptTurn(id: name, anchor: anchor, lastTS: time)
    hasHadTurn = true
    hasCompacted = false
    failure = nil
  }

  mutating func endTurn(
    _ turn: JSONObject?,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let name = turn?.text("id") ?? id
    hasHadTurn = true
    // Its seconds are cut: what was told in it has happened before its end.
    let end = ts ?? turn?.seconds("completedAt").map { max($0, transcript.lastTS ?? $0) }
    if let told = transcript.turn, told.id != name { transcript.close("abandoned", into: &sink) }
    if transcript.turn == nil { transcript.turn = TranscriptTurn(id: name, anchor: "turn/" + name) }
    let reported = turn?.count("durationMs")
    let status: String
    switch turn?.text("status") {
    case "interrupted": status = "cancelled"
    case "failed":
      status = "error"
      if let error = turn?.object("error") {
        tell(CodexError(error), id: "turn/" + name + "/error", ts: end, into: &sink)
      }
    default: status = "success"
    }
    transcript.close(status, at: end, into: &sink) { json in
      json.member("reported_ms", ifPresent: reported)
    }
    open = [:]
  }

  // MARK: Failures

  mutating func fail(
    _ params: JSONObject?,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard let error = params?.object("error").map({ CodexError($0) }) else { return }
    if params?.isTrue("willRetry") == true {
      transcript.emit(error.event(.retry), id: id, ts: ts, into: &sink)
    } else {
      tell(error, id: id, ts: ts, into: &sink)
    }
  }

  private mutating func tell(
    _ error: CodexError,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard failure != error.key else { return }
    failure = error.key
    transcript.emit(error.event(.error), id: id, ts: ts, into: &sink)
    transcript.turn?.hasFailed = true
    if error.isLimit { transcript.emit(.rateLimit(), id: id + "/limit", ts: ts, into: &sink) }
  }

  mutating func compact(id: String, ts: Timestamp?, into sink: inout ImportedEvents) {
    hasCompacted = true
    transcript.emit(.compaction(), id: id, ts: ts, into: &sink)
  }
}

extension JSONObject {
  /// A time in seconds since 1970 under a name.
  func seconds(_ key: StaticString) -> Timestamp? {
    guard let value = self[key]?.int, value > 0, value < 253_402_300_800 else { return nil }
    return Timestamp(microseconds: value * 1_000_000)
  }
}
