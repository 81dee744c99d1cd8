internal import Events

/// What is remembered of a session of Copilot.
struct CopilotSession: Codable {
  /// An agent of the session: the main one, or a helper.
  struct Agent: Codable {
    var conversation: Conversation
    /// Whether a request is on its way of which the log tells the end.
    var isInRequest = false
    /// Whether a reply of the request has come, and whether it asks for tools.
    var hasReplied = false
    var asksForTools = false
    /// When the calls that are open began.
    var calls: [String: Timestamp] = [:]
    /// How it ended, until that is told.
    var end: End?
    /// Whether it ended, and did nothing since.
    var isOver = false

    mutating func end(_ end: End) {
      guard !isOver else { return }
      self.end = end
      isOver = true
    }

    mutating func goOn() {
      end = nil
      isOver = false
    }
  }

  /// How a process or a helper ended.
  struct End: Codable {
    var id: String
    var ts: Timestamp?
    var hasFailed: Bool
    var reason: String?
  }

  let name: String
  var main: Agent
  /// The helpers, by the ids that the log gives them.
  var helpers: [String: Agent] = [:]
  var meter = CopilotMeter()
  var permissions = CopilotPermissions()
  /// The lines before the first prompt.
  var held = HeldObjects()
  var hasBegun = false

  init(_ name: String) {
    self.name = name
    let run = Conversation.run("copilot", name)
    main = Agent(conversation: Conversation(format: "copilot", run: run, session: name))
  }

  var runs: [RunID] {
    [main.conversation.run] + helpers.values.map(\.conversation.run)
  }

  func isAtWork(_ run: RunID) -> Bool {
    ([main] + helpers.values).contains {
      $0.conversation.run == run && $0.conversation.isAtWork
    }
  }

  /// The agent of an id, for a change; the main one if the helper is not known.
  subscript(_ agent: String?) -> Agent {
    get { agent.flatMap { helpers[$0] } ?? main }
    set {
      if let agent, helpers[agent] != nil { helpers[agent] = newValue } else { main = newValue }
    }
  }

  /// The ids of all agents, helpers first.
  private var agents: [String?] { helpers.keys.sorted().map { $0 } + [nil] }

  mutating func forEachAgent(_ body: (inout Agent) -> Void) {
    for agent in agents { body(&self[agent]) }
  }

  // MARK: Lines

  mutating func take(
    _ line: JSONObject,
    _ data: JSONObject,
    type: String,
    into sink: inout ImportedEvents
  ) {
    guard !hasBegun else { return read(line, data, type: type, into: &sink) }
    held.hold(line)
    guard Self.isWork(type) || held.isFull else { return }
    hasBegun = true
    var held = held
    self.held = HeldObjects()
    held.release { line in
      guard let type = line.text("type"), let data = line.object("data") else { return }
      let last = sink.line
      sink.line.id = line.text("id") ?? StableHash.hex(line.raw)
      sink.line.ts = line.time("timestamp")
      read(line, data, type: type, into: &sink)
      sink.line = last
    }
  }

  /// Whether a line says that somebody asks or works.
  static func isWork(_ type: String) -> Bool {
    [
      "user.message", "assistant.message", "tool.execution_start", "tool.execution_complete",
      "subagent.started",
    ].contains(type)
  }

  // MARK: Rest

  mutating func rest(into sink: inout ImportedEvents) {
    forEachAgent { agent in
      guard let end = agent.end else { return }
      agent.end = nil
      sink.line = LineContext(number: sink.line.number, id: end.id, ts: end.ts)
      agent.conversation.end(end.hasFailed ? .fail : .stop, reason: end.reason, into: &sink)
    }
  }

  mutating func beforeSeal(into sink: inout ImportedEvents) {
    tellOfWaits(into: &sink)
    forEachAgent { $0.conversation.beforeSeal(into: &sink) }
  }
}
