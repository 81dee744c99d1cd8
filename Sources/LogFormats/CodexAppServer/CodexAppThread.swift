internal import Events

/// What is remembered of one thread.
struct CodexAppThread: Codable {
  let id: String
  var conversation: Conversation
  private var parent: RunID?
  var model: String?
  var counter = CodexCounter()
  /// Whether the thread was begun in this log, so that its counts begin at nothing.
  var isWhole = false
  /// Whether it has had a turn in this log.
  var hasHadTurn = false
  /// The items that have begun and are not complete, with when they did.
  var open: [String: Timestamp?] = [:]
  /// The failure that was reported in this turn, which its end may repeat.
  var failure: String?
  /// Whether a compaction was reported in this turn; newer servers report each twice.
  var hasCompacted = false
  var limitReached: String?

  static func run(_ id: String) -> RunID { Conversation.run("codex-app-server", id) }

  init(_ id: String, _ facts: JSONObject?, parent: String?) {
    self.id = id
    self.parent = parent.map { Self.run($0) }
    conversation = Conversation(
      format: "codex-app-server",
      run: Self.run(id),
      session: facts?.text("sessionId") ?? id
    )
  }

  /// Tells of the thread, with what is known of it then.
  mutating func start(_ thread: JSONObject?, into sink: inout ImportedEvents) {
    guard !conversation.isStarted else { return }
    var facts = RunFacts(agent: "codex", project: thread?.text("cwd"), parent: parent)
    facts.title = thread?.text("name")
    facts.version = thread?.text("cliVersion")
    facts.forkedFrom = thread?.text("forkedFromId").map { Self.run($0) }
    facts.agentType = thread?.text("agentRole")
    let git = thread?.object("gitInfo")
    facts.repository = git?.text("originUrl")
    facts.branch = git?.text("branch")
    facts.commit = git?.text("sha")
    at(sink.line.ts ?? thread?.seconds("createdAt") ?? thread?.time("createdAt"), &sink) {
      $0.conversation.tell(facts, into: &$1)
    }
  }

  /// Does something at another time than that of the line.
  private mutating func at(
    _ ts: Timestamp?,
    _ sink: inout ImportedEvents,
    _ body: (inout CodexAppThread, inout ImportedEvents) -> Void
  ) {
    let line = sink.line
    sink.line.ts = ts
    body(&self, &sink)
    sink.line = line
  }

  /// Says which model is asked, where it is another than before.
  mutating func use(model: String?, into sink: inout ImportedEvents) {
    guard let model, model != self.model else { return }
    self.model = model
    conversation.tell(RunFacts(model: model), into: &sink)
  }

  mutating func keep(
    _ method: String,
    _ message: JSONObject,
    into sink: inout ImportedEvents
  ) {
    conversation.keep(method.replacing("/", with: "."), message.raw, into: &sink)
  }

  // MARK: Turns

  mutating func startTurn(_ turn: JSONObject?, into sink: inout ImportedEvents) {
    let name = turn?.text("id") ?? sink.line.id
    // The client asks for a turn, and the server reports it.
    guard conversation.turn?.id != name else { return }
    conversation.close("abandoned", into: &sink)
    let time = sink.line.ts ?? turn?.seconds("startedAt")
    let anchor = "turn/" + name
    let event = Event.turnStart(id: name).with(ts: time, id: anchor + "/turn.start")
    conversation.emit(event, into: &sink)
    conversation.turn = ConversationTurn(id: name, anchor: anchor, ts: time)
    hasHadTurn = true
    hasCompacted = false
    failure = nil
  }

  mutating func endTurn(_ turn: JSONObject?, into sink: inout ImportedEvents) {
    let name = turn?.text("id") ?? sink.line.id
    hasHadTurn = true
    // Its seconds are cut: what was told in it has happened before its end.
    let last = conversation.lastTS
    let end = sink.line.ts ?? turn?.seconds("completedAt").map { max($0, last ?? $0) }
    if let told = conversation.turn, told.id != name {
      conversation.close("abandoned", into: &sink)
    }
    if conversation.turn == nil {
      conversation.turn = ConversationTurn(id: name, anchor: "turn/" + name)
    }
    var status = "success"
    switch turn?.text("status") {
    case "interrupted": status = "cancelled"
    case "failed":
      status = "error"
      if let error = turn?.object("error") {
        tell(CodexError(error), id: "turn/" + name + "/error", at: end, into: &sink)
      }
    default: break
    }
    let took = turn?.count("durationMs")
    conversation.close(status, at: end, durationMs: took, into: &sink)
    open = [:]
  }

  // MARK: Failures

  mutating func fail(_ params: JSONObject?, into sink: inout ImportedEvents) {
    guard let error = params?.object("error").map({ CodexError($0) }) else { return }
    if params?.isTrue("willRetry") == true {
      conversation.emit(error.event(.retry), into: &sink)
    } else {
      tell(error, id: sink.line.id, at: nil, into: &sink)
    }
  }

  private mutating func tell(
    _ error: CodexError,
    id: String,
    at ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard failure != error.key else { return }
    failure = error.key
    conversation.emit(error.event(.error).with(ts: ts, id: id), into: &sink)
    conversation.turn?.hasFailed = true
    guard error.isLimit else { return }
    conversation.emit(Event.rateLimit().with(ts: ts, id: id + "/limit"), into: &sink)
  }

  mutating func compact(into sink: inout ImportedEvents) {
    hasCompacted = true
    conversation.emit(.compaction(), into: &sink)
  }
}

extension JSONObject {
  /// A time in seconds since 1970 under a name.
  func seconds(_ key: StaticString) -> Timestamp? {
    guard let value = self[key]?.int, value > 0, value < 253_402_300_800 else { return nil }
    return Timestamp(microseconds: value * 1_000_000)
  }
}
