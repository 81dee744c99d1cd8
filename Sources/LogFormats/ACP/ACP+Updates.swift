internal import Events

extension ACPImporter {
  /// Reads what an agent says of a session.
  mutating func readUpdate(
    _ params: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard let update = params.object("update"), let type = update.text("sessionUpdate") else {
      return
    }
    let name = params.text("sessionId")
    // The past of a session that is being loaded: its own log has it.
    if let name, loading.values.contains(name) { return }
    withSession(name, ts: ts, &sink) { session, sink in
      session.read(update, type, id: id, ts: ts, into: &sink)
    }
  }
}

extension ACPSession {
  fileprivate mutating func read(
    _ update: JSONObject,
    _ type: String,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let text = update.object("content")?["text"]?.string
    switch type {
    case "agent_message_chunk", "agent_thought_chunk":
      let kind = type == "agent_message_chunk" ? KnownKind.text : .thought
      return add(kind, text ?? "", id: id, ts: ts, into: &sink)
    case "available_commands_update":
      return
    case "user_message_chunk":
      // The echo of the prompt that the turn began with.
      if transcript.turn != nil { return }
      let payload = Payload.object { $0.member("text", ifPresent: text) }
      return transcript.prompt(payload, id: id, ts: ts, into: &sink)
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
    case "tool_call": readCall(update, id: id, ts: ts, into: &sink)
    case "tool_call_update": readChange(update, id: id, ts: ts, into: &sink)
    case "session_info_update":
      transcript.call(itself: update.text("title"), id: id, ts: ts, into: &sink)
    case "compaction_update" where update["status"]?.equals("in_progress") != true:
      let event = Event.make(.compaction) { $0.raw("compact", update.raw) }
      transcript.emit(event, id: id, ts: ts, into: &sink)
    default:
      transcript.keep(type, update.raw, id: id, ts: ts, into: &sink)
    }
  }

  /// The title of a call says what it is about; what it is, its kind.
  private mutating func readCall(
    _ update: JSONObject,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let own = update.object("_meta")?.object("claudeCode")?.text("toolName")
    transcript.call(
      update.text("toolCallId"),
      name: own ?? update.text("kind") ?? update.text("title"),
      input: update["rawInput"],
      id: id,
      ts: ts,
      into: &sink
    )
    let status = update.text("status")
    if status == "completed" || status == "failed" {
      readChange(update, id: id + "/status", ts: ts, into: &sink)
    }
  }

  private mutating func readChange(
    _ update: JSONObject,
    id: String,
    ts: Timestamp?,
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
    transcript.emit(event, id: id, ts: ts, into: &sink)
    if status == "completed" || status == "failed" {
      transcript.openCalls.removeAll { $0 == call }
      if transcript.turn != nil { transcript.step(.result, id: id, ts: ts) }
    }
  }
}
