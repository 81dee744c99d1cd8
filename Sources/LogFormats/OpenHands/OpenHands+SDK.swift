internal import Events

// The events of OpenHands' software agent SDK, which its newer programs are built on. They name
// their kind, and what a request has used stands beside them.
extension OpenHandsImporter {
  /// Kinds that repeat what follows or stands elsewhere.
  private static let quietKinds = ["StreamingDeltaEvent", "LLMCompletionLogEvent", "TokenEvent"]

  mutating func read(
    kind: String,
    _ event: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    switch kind {
    case "MessageEvent":
      readMessage(event, &sink)
    case "ActionEvent":
      readAction(event, &sink)
    case "ObservationEvent", "UserRejectObservation", "AgentErrorEvent":
      readResult(kind, event, &sink)
    case "ConversationStateUpdateEvent":
      readUpdate(event, &sink)
    case "ConversationErrorEvent":
      let type = event.text("code") ?? "error"
      let words = event.text("detail")
      memory.conversation?.fail(type: type, message: words, nil, into: &sink)
      memory.conversation?.close("error", at: sink.line.ts, into: &sink)
    case "Condensation":
      memory.conversation?.compact(into: &sink) { _ in }
    case "InterruptEvent":
      memory.conversation?.close("cancelled", at: sink.line.ts, into: &sink)
      memory.conversation?.keep(kind, event.raw, into: &sink)
    case _ where Self.quietKinds.contains(kind):
      return
    default:
      memory.conversation?.keep(kind, event.raw, into: &sink)
    }
  }

  private mutating func readMessage(
    _ event: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    let message = event.object("llm_message")
    if event["source"]?.equals("user") == true {
      let payload = Payload.object { json in
        if let content = message?["content"] { json.raw("content", content.raw) }
      }
      let words = Self.text(message?["content"])
      memory.conversation?.prompt(payload, text: words, into: &sink)
      return
    }
    guard event["source"]?.equals("agent") == true else {
      memory.conversation?.keep("MessageEvent", event.raw, into: &sink)
      return
    }
    if let thought = message?.text("reasoning_content") {
      memory.conversation?.say(.thought, thought, "thought", into: &sink)
    }
    let text = Self.text(message?["content"])
    memory.conversation?.say(.text, text, into: &sink)
    // It did not call anything: it is done.
    memory.conversation?.done("end_turn")
  }

  private mutating func readAction(
    _ event: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    let words = [event.text("reasoning_content"), Self.text(event["thought"])]
    let thought = words.compactMap { $0 }.joined(separator: "\n")
    if !thought.isEmpty {
      memory.conversation?.say(.thought, thought, "thought", into: &sink)
    }
    if event["tool_name"]?.equals("finish") == true {
      let last = event.object("action")?.text("message")
      if let last { memory.conversation?.say(.text, last, "text", into: &sink) }
    }
    memory.conversation?.call(
      event.text("tool_call_id"),
      name: event.text("tool_name"),
      input: event["action"] ?? event.object("tool_call")?["arguments"],
      into: &sink
    )
  }

  private mutating func readResult(
    _ type: String,
    _ event: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    let observation = event.object("observation")
    let kind: Conversation.ResultKind
    switch type {
    // What a hook has rejected no person has.
    case "UserRejectObservation":
      kind = event["rejection_source"]?.equals("hook") == true ? .failure : .denied
    case "AgentErrorEvent":
      kind = .failure
    default:
      let exit =
        observation?["exit_code"]?.int ?? observation?.object("metadata")?["exit_code"]?.int
      // -1 is a command that still runs.
      let hasFailed = exit.map { $0 != 0 && $0 != -1 } ?? false
      kind = observation?.isTrue("is_error") == true || hasFailed ? .failure : .success
    }
    memory.conversation?.result(
      of: event.text("tool_call_id"),
      kind,
      name: event.text("tool_name"),
      content: event["observation"] ?? event["rejection_reason"] ?? event["error"],
      into: &sink
    )
    if event["tool_name"]?.equals("finish") == true, case .success = kind {
      memory.conversation?.done("end_turn")
    }
  }

  /// The conversation stands otherwise than before.
  private mutating func readUpdate(
    _ event: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    let value = event["value"]
    switch event.text("key") {
    case "stats":
      countStats(JSONObject(value), ts: sink.line.ts, &sink)
    case "full_state":
      countStats(JSONObject(value?["stats"]), ts: sink.line.ts, &sink)
    case "execution_status", "agent_status":
      settle(status: value?.text?.lowercased(), &sink)
      memory.conversation?.keep("status", event.raw, into: &sink)
    default:
      break
    }
  }

  private mutating func settle(status: String?, _ sink: inout ImportedEvents) {
    switch status {
    case "finished":
      memory.conversation?.close("success", at: sink.line.ts, into: &sink)
    case "stuck", "error":
      if memory.conversation?.turn?.hasFailed == false {
        memory.conversation?.fail(type: status ?? "error", message: nil, "error", into: &sink)
      }
      memory.conversation?.close("error", at: sink.line.ts, into: &sink)
    case "waiting_for_confirmation":
      askAboutCalls(&sink)
    case "running":
      answer(isAllowed: true, &sink)
    default:
      break
    }
  }

  /// The words of a list of parts.
  private static func text(_ content: JSONValue?) -> String? {
    var words: [String] = []
    content?.forEachElement { if let text = $0["text"]?.text { words.append(text) } }
    return words.isEmpty ? nil : words.joined(separator: "\n")
  }
}
