internal import Events

extension QwenSession {
  mutating func readSystem(
    _ record: JSONObject,
    _ subtype: String?,
    into sink: inout ImportedEvents
  ) {
    let payload = record.object("systemPayload")
    switch subtype {
    case "file_history_snapshot", "attribution_snapshot":
      return
    case "ui_telemetry":
      return readTelemetry(record, payload?.object("uiEvent"), into: &sink)
    case "chat_compression":
      return conversation.compact(into: &sink) { json in
        if let info = payload?["info"] { json.raw("info", info.raw) }
      }
    case "custom_title":
      guard let title = payload?.text("customTitle") else { return }
      return conversation.tell(RunFacts(title: title), into: &sink)
    case "session_model":
      if let model = payload?.text("modelId") {
        conversation.tell(RunFacts(model: model), into: &sink)
      }
    case "parent_session":
      guard let parent = payload?.text("parentSessionId") else { return }
      return conversation.tell(RunFacts(parent: Conversation.run("qwen", parent)), into: &sink)
    case "rewind":
      conversation.endTurn(into: &sink)
    case "branch_checkpoint":
      // Written behind a turn that the model has ended itself.
      conversation.done("end_turn")
      conversation.endTurn(into: &sink)
    case "turn_result":
      conversation.keep("turn_result", record.raw, into: &sink)
      return endTurn(payload, into: &sink)
    default:
      break
    }
    conversation.keep(subtype ?? "system", record.raw, into: &sink)
  }

  /// The client says how a turn has ended.
  private mutating func endTurn(_ payload: JSONObject?, into sink: inout ImportedEvents) {
    let reason = payload?.text("stopReason")
    let end = sink.line.ts
    switch payload?.text("state") {
    case "completed":
      conversation.close("success", stopReason: reason, at: end, into: &sink)
    case "cancelled":
      conversation.close("cancelled", stopReason: reason, at: end, into: &sink)
    case "error":
      // The request that failed was reported already.
      if conversation.turn?.hasFailed != true {
        let error = payload?.object("error")
        conversation.fail(
          type: error?.text("code") ?? "qwen_error",
          message: error?.text("message"),
          into: &sink
        )
      }
      conversation.close("error", stopReason: reason, at: end, into: &sink)
    default: break
    }
  }

  /// What the client has measured: a request, one that failed, or a call, which stands elsewhere.
  private mutating func readTelemetry(
    _ record: JSONObject,
    _ event: JSONObject?,
    into sink: inout ImportedEvents
  ) {
    let name = event?.text("event.name")
    guard let event, let name, !name.hasSuffix(".tool_call") else {
      return conversation.keep("ui_telemetry", record.raw, into: &sink)
    }
    let helper = helper(of: event, record, into: &sink)
    if name.hasSuffix(".api_error") {
      let type = event.text("error_type") ?? "api_error"
      let words = event.text("error_message")
      if let helper {
        helpers[helper]?.fail(type: type, message: words, nil, into: &sink)
      } else {
        conversation.fail(type: type, message: words, nil, into: &sink)
      }
      return
    }
    guard name.hasSuffix(".api_response") else {
      return conversation.keep("ui_telemetry", record.raw, into: &sink)
    }
    let counts = TokenCounts(qwenClient: event)
    guard !counts.isZero else { return }
    let model = event.text("model")
    if let helper {
      // Its own chat names no model.
      if let model { helpers[helper]?.tell(RunFacts(model: model), into: &sink) }
      var request = request(counts, key: counts.key, event)
      request.model = model
      helpers[helper]?.bill(request, into: &sink)
    } else if requests.takeClient(counts, key: sink.line.id) {
      var request = request(counts, key: sink.line.id, event)
      request.model = model
      conversation.bill(request, into: &sink)
    }
  }

  /// The sub-agent that the client has measured something of.
  private mutating func helper(
    of event: JSONObject,
    _ record: JSONObject,
    into sink: inout ImportedEvents
  ) -> String? {
    guard agent == nil else { return nil }
    let place = event.text("prompt_id").map {
      $0.split(separator: "#", omittingEmptySubsequences: false)
    }
    // Older versions name it only as a part: <session>#<agent>#<round>.
    let isOlder = place?.count == 3 && place?.first.map(String.init) == name
    let agent =
      event.text("subagent_id") ?? (isOlder ? place.map { String($0[1]) } : nil)
      ?? event.text("subagent_name")
    guard let agent, !agent.isEmpty else { return nil }
    guard helpers[agent] == nil else { return agent }
    var made = Self.helper(agent, of: name)
    let line = sink.line
    // Its own chat may have begun the run: what is known here besides must not be lost then.
    sink.line.id = "session/" + name
    let kind = event.text("subagent_type") ?? event.text("subagent_name")
    var facts = RunFacts(
      project: record.text("cwd"),
      parent: Conversation.run("qwen", name),
      title: kind
    )
    facts.version = record.text("version")
    facts.agentType = kind
    made.tell(RunFacts(agent: "qwen-code"), into: &sink)
    made.tell(facts, into: &sink)
    sink.line = line
    helpers[agent] = made
    return agent
  }
}
