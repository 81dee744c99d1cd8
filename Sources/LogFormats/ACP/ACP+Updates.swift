internal import Events

extension ACPImporter {
  /// Reads what an agent says of a session.
  mutating func readUpdate(_ params: JSONObject, _ sink: inout ImportedEvents) {
    guard let update = params.object("update"), let type = update.text("sessionUpdate") else {
      return
    }
    let name = params.text("sessionId")
    // The past of a session that is being loaded: its own log has it.
    if let name, memory.loading.values.contains(name) { return }
    let isPrompted = name.map { memory.prompts.values.contains($0) } ?? !memory.prompts.isEmpty
    withSession(name, &sink) { session, sink in
      session.read(update, type, isPrompted: isPrompted, into: &sink)
    }
  }
}

extension ACPSession {
  /// `isPrompted` says whether the request that the session works on is in the log.
  fileprivate mutating func read(
    _ update: JSONObject,
    _ type: String,
    isPrompted: Bool,
    into sink: inout ImportedEvents
  ) {
    let text = update.object("content")?["text"]?.string
    switch type {
    case "agent_message_chunk", "agent_thought_chunk":
      let kind = type == "agent_message_chunk" ? KnownKind.text : .thought
      return add(kind, text ?? "", into: &sink)
    case "available_commands_update":
      return
    case "user_message_chunk":
      flushWords(into: &sink)
      // The echo of the prompt that the turn began with, or more of one that has no request.
      if isPrompted || conversation.turn?.step == .prompt { return }
      let payload = Payload.object { $0.member("text", ifPresent: text) }
      return conversation.prompt(payload, text: text, into: &sink)
    case "usage_update":
      contextWindow = update.count("size") ?? contextWindow
      let price = update.object("cost")
      if let amount = price?["amount"]?.money, price?["currency"]?.equals("USD") != false {
        cost = amount
      }
    default:
      break
    }
    flushWords(into: &sink)
    switch type {
    case "tool_call": readCall(update, into: &sink)
    case "tool_call_update": readChange(update, into: &sink)
    case "session_info_update":
      conversation.tell(RunFacts(title: update.text("title")), into: &sink)
    case "compaction_update" where update["status"]?.equals("in_progress") != true:
      conversation.compact(into: &sink) { $0.raw("compact", update.raw) }
    default:
      conversation.keep(type, update.raw, into: &sink)
    }
  }

  /// The title of a call says what it is about; what it is, its kind.
  private mutating func readCall(_ update: JSONObject, into sink: inout ImportedEvents) {
    let own = update.object("_meta")?.object("claudeCode")?.text("toolName")
    conversation.call(
      update.text("toolCallId"),
      name: own ?? update.text("kind") ?? update.text("title"),
      input: update["rawInput"],
      into: &sink
    )
    let status = update.text("status")
    if status == "completed" || status == "failed" { readChange(update, "status", into: &sink) }
  }

  private mutating func readChange(
    _ update: JSONObject,
    _ part: String? = nil,
    into sink: inout ImportedEvents
  ) {
    let call = update.text("toolCallId")
    let status = update.text("status")
    let event = Event.make(.toolCallUpdate) { json in
      json.member("toolCallId", ifPresent: call)
      json.member("status", ifPresent: status)
      if let content = update["content"] { json.raw("content", content.raw) }
      if let output = update["rawOutput"] { json.raw("output", output.raw) }
    }
    conversation.emit(event, part, into: &sink)
    guard status == "completed" || status == "failed" else { return }
    _ = conversation.noteResult(of: call)
    let isRefused = call.map { refused.remove($0) != nil } ?? false
    if conversation.turn != nil { conversation.step(isRefused ? .denied : .result, sink) }
  }
}
