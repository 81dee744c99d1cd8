internal import Events

// The events of OpenHands' software agent SDK, which its newer programs are built on. They name
// their kind, and what a request has used stands beside them.
extension OpenHandsImporter {
  /// Kinds that repeat what follows or stands elsewhere.
  private static let quietKinds = ["StreamingDeltaEvent", "LLMCompletionLogEvent", "TokenEvent"]

  mutating func read(
    kind: String,
    _ event: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    switch kind {
    case "MessageEvent":
      readMessage(event, id: id, ts: ts, &sink)
    case "ActionEvent":
      readAction(event, id: id, ts: ts, &sink)
    case "ObservationEvent", "UserRejectObservation", "AgentErrorEvent":
      readResult(kind, event, id: id, ts: ts, &sink)
    case "ConversationStateUpdateEvent":
      readUpdate(event, id: id, ts: ts, &sink)
    case "ConversationErrorEvent":
      let type = event.text("code") ?? "error"
      let words = event.text("detail")
      transcript?.fail(type: type, message: words, id: id, ts: ts, into: &sink)
      transcript?.close("error", at: ts, into: &sink)
    case "Condensation":
      transcript?.emit(.compaction(), id: id, ts: ts, into: &sink)
    case "InterruptEvent":
      transcript?.keep(kind, event.raw, id: id, ts: ts, into: &sink)
      transcript?.close("cancelled", at: ts, into: &sink)
    case _ where Self.quietKinds.contains(kind):
      return
    default:
      transcript?.keep(kind, event.raw, id: id, ts: ts, into: &sink)
    }
  }

  private mutating func readMessage(
    _ event: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let message = event.object("llm_message")
    if event["source"]?.equals("user") == true {
      let payload = Payload.object { json in
        if let content = message?["content"] { json.raw("content", content.raw) }
      }
      return transcript?.prompt(payload, id: id, ts: ts, into: &sink) ?? ()
    }
    guard event["source"]?.equals("agent") == true else {
      return transcript?.keep("MessageEvent", event.raw, id: id, ts: ts, into: &sink) ?? ()
    }
    if let thought = message?.text("reasoning_content") {
      transcript?.say(.thought, thought, id: id + "/thought", ts: ts, into: &sink)
    }
    let text = Self.text(message?["content"])
    transcript?.say(.text, text, id: id, ts: ts, into: &sink)
    // It did not call anything: it is done.
    transcript?.turn?.stopReason = "end_turn"
  }

  private mutating func readAction(
    _ event: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let words = [event.text("reasoning_content"), Self.text(event["thought"])]
    let thought = words.compactMap { $0 }.joined(separator: "\n")
    if !thought.isEmpty {
      transcript?.say(.thought, thought, id: id + "/thought", ts: ts, into: &sink)
    }
    if event["tool_name"]?.equals("finish") == true {
      let last = event.object("action")?.text("message")
      if let last { transcript?.say(.text, last, id: id + "/text", ts: ts, into: &sink) }
    }
    transcript?.call(
      event.text("tool_call_id"),
      name: event.text("tool_name"),
      input: event["action"] ?? event.object("tool_call")?["arguments"],
      id: id,
      ts: ts,
      into: &sink
    )
  }

  private mutating func readResult(
    _ type: String,
    _ event: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let observation = event.object("observation")
    let kind: Transcript.ResultKind
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
    transcript?.result(
      of: event.text("tool_call_id"),
      kind,
      name: event.text("tool_name"),
      content: event["observation"] ?? event["rejection_reason"] ?? event["error"],
      id: id,
      ts: ts,
      into: &sink
    )
    if event["tool_name"]?.equals("finish") == true, case .success = kind {
      transcript?.turn?.stopReason = "end_turn"
    }
  }

  /// The conversation stands otherwise than before.
  private mutating func readUpdate(
    _ event: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let value = event["value"]
    switch event.text("key") {
    case "stats":
      countStats(JSONObject(value), ts: ts, &sink)
    case "full_state":
      countStats(JSONObject(value?["stats"]), ts: ts, &sink)
    case "execution_status", "agent_status":
      transcript?.keep("status", event.raw, id: id, ts: ts, into: &sink)
      switch value?.text?.lowercased() {
      case "finished":
        transcript?.close("success", at: ts, into: &sink)
      case "stuck", "error":
        if transcript?.turn?.hasFailed == false {
          let type = value?.text?.lowercased() ?? "error"
          transcript?.fail(type: type, message: nil, id: id + "/error", ts: ts, into: &sink)
        }
        transcript?.close("error", at: ts, into: &sink)
      case "waiting_for_confirmation":
        for call in transcript?.openCalls ?? [] {
          let ask = Event.permissionRequest(id: call)
          transcript?.emit(ask, id: id + "/" + call, ts: ts, into: &sink)
        }
      default:
        break
      }
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
