internal import Events

extension CopilotSession {
  mutating func read(
    _ line: JSONObject,
    _ data: JSONObject,
    type: String,
    into sink: inout ImportedEvents
  ) {
    if !main.conversation.isStarted {
      main.conversation.tell(RunFacts(agent: "copilot-cli"), into: &sink)
    }
    let agent = helper(line, data, type: type, into: &sink)
    if type != "permission.completed" { tellOfWaits(before: sink.line.ts, into: &sink) }
    if Self.isWork(type) {
      main.goOn()
      self[agent].goOn()
    }
    switch type {
    case "session.start":
      tellFacts(data, into: &sink)
    case "assistant.turn_start", "assistant.turn_end":
      noteRequest(isOpen: type == "assistant.turn_start", agent, into: &sink)
    case "session.model_change":
      use(model: data.text("newModel"), agent, into: &sink)
    case "session.title_changed":
      guard let title = data.text("title") else { return }
      main.conversation.tell(RunFacts(title: title), into: &sink)
    case "user.message":
      readPrompt(line, data, agent, into: &sink)
    case "assistant.message":
      readReply(data, agent, into: &sink)
    case "tool.execution_start":
      announce(data, name: data.text("toolName"), nil, agent, into: &sink)
    case "tool.execution_complete":
      readResult(data, agent, into: &sink)
    case "session.error":
      let kind = data.text("errorType") ?? "copilot_error"
      let words = data.text("message")
      self[agent].conversation.fail(type: kind, message: words, nil, into: &sink)
    case "session.compaction_complete", "session.truncation":
      compact(line, data, agent, into: &sink)
    case "session.shutdown":
      shutDown(data, into: &sink)
    default:
      self[agent].conversation.keep(type, line.raw, into: &sink)
      note(data, type: type, agent, into: &sink)
    }
  }

  /// What lines that are kept say besides.
  private mutating func note(
    _ data: JSONObject,
    type: String,
    _ agent: String?,
    into sink: inout ImportedEvents
  ) {
    switch type {
    case "session.resume":
      meter.begin()
      tellFacts(data, into: &sink)
    case "session.info":
      // The counters of the program begin at 0 again behind it.
      if data["infoType"]?.equals("rewind") == true { meter.begin() }
    case "session.auto_mode_resolved":
      use(model: data.text("chosenModel"), agent, into: &sink)
    case "abort":
      endTurns("cancelled", at: sink.line.ts, into: &sink)
    case "permission.requested":
      ask(data, agent: agent, into: &sink)
    case "permission.completed":
      decide(data, into: &sink)
    case "subagent.completed", "subagent.failed":
      end(helper: agent, data, hasFailed: type == "subagent.failed", into: &sink)
    default:
      break
    }
  }

  // MARK: Facts

  private mutating func tellFacts(_ data: JSONObject, into sink: inout ImportedEvents) {
    let context = data.object("context")
    var facts = RunFacts(model: Self.model(data.text("selectedModel")))
    facts.project = context?.text("cwd")
    facts.repository = context?.text("repository")
    facts.branch = context?.text("branch")
    facts.commit = context?.text("headCommit")
    facts.version = data.text("copilotVersion")
    if !facts.isEmpty { main.conversation.tell(facts, into: &sink) }
  }

  /// A model by its name; `auto` leaves the choice to the program, which tells it later.
  private static func model(_ name: String?) -> String? { name == "auto" ? nil : name }

  mutating func use(model: String?, _ agent: String?, into sink: inout ImportedEvents) {
    guard let model = Self.model(model) else { return }
    self[agent].conversation.tell(RunFacts(model: model), into: &sink)
  }

  // MARK: Helpers

  /// The helper that a line is of, which begins with its first one.
  private mutating func helper(
    _ line: JSONObject,
    _ data: JSONObject,
    type: String,
    into sink: inout ImportedEvents
  ) -> String? {
    guard let agent = line.text("agentId") ?? data.text("parentToolCallId") else { return nil }
    guard helpers[agent] == nil else { return agent }
    let run = Conversation.run("copilot", name + "/" + agent)
    var made = Agent(conversation: Conversation(format: "copilot", run: run, session: name))
    var facts = RunFacts(agent: "copilot-cli", model: Self.model(data.text("model")))
    facts.parent = main.conversation.run
    facts.project = main.conversation.facts.project
    facts.repository = main.conversation.facts.repository
    facts.branch = main.conversation.facts.branch
    facts.agentType = data.text("agentName")
    made.conversation.tell(facts, into: &sink)
    helpers[agent] = made
    return agent
  }

  private mutating func end(
    helper: String?,
    _ data: JSONObject,
    hasFailed: Bool,
    into sink: inout ImportedEvents
  ) {
    guard let helper, helpers[helper] != nil else { return }
    if hasFailed {
      self[helper].conversation.fail(
        type: "subagent_failed",
        message: data.text("error"),
        into: &sink
      )
    }
    self[helper].conversation.endTurn(into: &sink)
    self[helper].end(End(id: sink.line.id, ts: sink.line.ts, hasFailed: hasFailed))
  }

  // MARK: The end of the process

  /// Ends the turns of all agents that are open.
  private mutating func endTurns(
    _ status: String,
    at ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    tellOfWaits(into: &sink)
    permissions.forgetAll()
    forEachAgent { agent in
      guard let turn = agent.conversation.turn else { return }
      let own = turn.isAtWork ? status : turn.statusByLastStep
      agent.conversation.close(own, at: own == "cancelled" ? ts : nil, into: &sink)
      agent.isInRequest = false
      agent.calls = [:]
    }
  }

  private mutating func shutDown(_ data: JSONObject, into sink: inout ImportedEvents) {
    settle(data, into: &sink)
    let hasFailed = data["shutdownType"]?.equals("error") == true
    // A person who leaves stops what is being done.
    endTurns(hasFailed ? "error" : "cancelled", at: sink.line.ts, into: &sink)
    let end = End(
      id: sink.line.id,
      ts: sink.line.ts,
      hasFailed: hasFailed,
      reason: data.text("errorReason")
    )
    forEachAgent { $0.end(end) }
  }
}
