internal import Events

/// What is remembered of the wire log of one agent of Kimi.
struct KimiSession: Codable {
  /// Which log tells of a sub-agent whose events stand in two.
  enum Teller: String { case own, caller }

  /// The counts of a step, until the record of it comes.
  struct Step: Codable {
    var key: String
    var counts: TokenCounts
  }

  let name: String
  /// The agent that the log is of.
  var main: Conversation
  /// The run that called it.
  private var caller: RunID?
  /// The sub-agents whose events stand in this log, by the names of their runs.
  var helpers: [String: KimiWire] = [:]
  var wire: KimiWire
  /// The models by the aliases that records have for them.
  var models: [String: String] = [:]
  /// The last step that no record has followed.
  var step: Step?
  /// When the model said something last in the step, before it called a tool.
  var lastPart: Timestamp?
  /// The calls that a person has decided about, and whether they may go ahead.
  var decided: [String: Bool] = [:]

  init(_ name: String, agent: String?) {
    self.name = name
    let session = Conversation.run("kimi", name)
    let run = agent.map { Conversation.run("kimi", name + "/" + $0) } ?? session
    main = Conversation(format: "kimi", run: run, session: name)
    wire = KimiWire(name: name)
    caller = agent == nil ? nil : session
  }

  static func tellerKey(_ run: RunID) -> String { "kimi/teller/\(run)" }

  private static func projectKey(_ session: String) -> String { "kimi/project/" + session }

  var runs: [RunID] {
    [main.run]
      + helpers.values.compactMap(\.conversation?.run).sorted {
        $0.rawValue < $1.rawValue
      }
  }

  func isAtWork(_ run: RunID) -> Bool {
    if main.run == run { return main.isAtWork }
    return helpers.values.contains {
      $0.conversation?.run == run && $0.conversation?.isAtWork == true
    }
  }

  mutating func forEach(_ body: (inout Conversation) -> Void) {
    for helper in helpers.keys.sorted() {
      if var conversation = helpers[helper]?.conversation {
        body(&conversation)
        helpers[helper]?.conversation = conversation
      }
    }
    body(&main)
  }

  // MARK: Lines

  mutating func read(_ line: JSONObject, into sink: inout ImportedEvents) {
    if !main.isStarted { start(line, into: &sink) }
    if let message = line.object("message") {
      return readWire(message, line, of: nil, main.run, into: &sink)
    }
    read(line, type: line.text("type") ?? "", into: &sink)
  }

  /// Begins the run; what its first lines tell comes under their own ids.
  private mutating func start(_ line: JSONObject, into sink: inout ImportedEvents) {
    var facts = RunFacts(agent: line["message"] == nil ? "kimi-code" : "kimi-cli")
    if line["created_at"] == nil, line.text("protocol_version") != nil {
      facts.agent = "kimi-cli"
    }
    facts.parent = caller
    if caller != nil { facts.project = sink.facts[Self.projectKey(name)] }
    main.tell(facts, into: &sink)
  }

  /// The folder that the agent works in.
  mutating func tell(project: String, into sink: inout ImportedEvents) {
    main.tell(RunFacts(project: project), into: &sink)
    if caller == nil { sink.facts[Self.projectKey(name)] = project }
  }

  /// Reads a message of Kimi CLI's: of the agent itself, or of a helper.
  mutating func readWire(
    _ message: JSONObject,
    _ line: JSONObject,
    of helper: String?,
    _ parent: RunID,
    into sink: inout ImportedEvents
  ) {
    let type = message.text("type") ?? ""
    guard let payload = message.object("payload") else {
      return main.keep(type, line.raw, into: &sink)
    }
    if type == "SubagentEvent" {
      return readHelper(payload, line, parent, into: &sink)
    }
    if let helper {
      helpers[helper]?.read(payload, type: type, line, into: &sink)
    } else {
      wire.conversation = main
      wire.read(payload, type: type, line, into: &sink)
      main = wire.conversation ?? main
      wire.conversation = nil
    }
  }

  /// An event of a sub-agent, which its own log may tell too.
  private mutating func readHelper(
    _ payload: JSONObject,
    _ line: JSONObject,
    _ parent: RunID,
    into sink: inout ImportedEvents
  ) {
    let called = payload.text("parent_tool_call_id") ?? payload.text("task_tool_call_id")
    guard let agent = payload.text("agent_id") ?? called, let event = payload.object("event") else {
      return main.keep("SubagentEvent", line.raw, into: &sink)
    }
    let helper = name + "/" + agent
    if helpers[helper] == nil {
      let run = Conversation.run("kimi", helper)
      let key = Self.tellerKey(run)
      var made = KimiWire(name: helper)
      if sink.facts[key] != Teller.own.rawValue {
        sink.facts[key] = Teller.caller.rawValue
        var conversation = Conversation(format: "kimi", run: run, session: name)
        var facts = RunFacts(agent: "kimi-cli", project: main.facts.project)
        facts.parent = parent
        facts.agentType = payload.text("subagent_type")
        conversation.tell(facts, into: &sink)
        made.conversation = conversation
      }
      helpers[helper] = made
    }
    guard let run = helpers[helper]?.conversation?.run else { return }
    readWire(event, line, of: helper, run, into: &sink)
  }
}
