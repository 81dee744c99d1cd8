internal import Events

extension OpenHandsImporter {
  /// Actions that are no calls of a tool.
  private static let quiet = ["system", "change_agent_state", "null", "recall", "condensation"]

  mutating func readAction(
    _ action: String,
    _ event: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    let args = event.object("args")
    let isAgent = event["source"]?.equals("agent") == true
    let thought = args?.text("thought")
    switch action {
    case "change_agent_state":
      return
    case "message" where event["source"]?.equals("user") == true:
      let payload = Payload.object { json in
        if let content = args?["content"] { json.raw("text", content.raw) }
      }
      memory.conversation?.prompt(payload, text: args?.text("content"), into: &sink)
    case "message":
      memory.conversation?.say(.text, args?.text("content"), into: &sink)
    case "think":
      memory.conversation?.say(.thought, thought, into: &sink)
    case "finish", "reject":
      let words = args?.text("final_thought") ?? event.text("message")
      memory.conversation?.say(.text, words, into: &sink)
      memory.conversation?.done(action == "finish" ? "end_turn" : "rejected")
    case _ where Self.quiet.contains(action) || !isAgent:
      memory.conversation?.keep(action, event.raw, into: &sink)
    default:
      if let thought { memory.conversation?.say(.thought, thought, "thought", into: &sink) }
      let call = event.object("tool_call_metadata")
      memory.conversation?.call(
        sink.line.id,
        name: call?.text("function_name") ?? action,
        input: event["args"],
        into: &sink
      )
    }
  }

  mutating func readObservation(
    _ observation: String,
    _ event: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    let extras = event.object("extras")
    let cause = event["cause"]?.int.map { "\($0)" }
    switch observation {
    case "agent_state_changed":
      settle(extras?.text("agent_state"), extras?.text("reason"), &sink)
      memory.conversation?.keep(observation, event.raw, into: &sink)
    case _ where cause.map({ memory.conversation?.openCalls.contains($0) == true }) == true:
      memory.conversation?.result(
        of: cause,
        Self.kind(observation, event, extras),
        content: event["content"],
        into: &sink
      )
    case "error":
      memory.conversation?.fail(
        type: extras?.text("error_id") ?? "error",
        message: event.text("content") ?? event.text("message"),
        nil,
        into: &sink
      )
    default:
      memory.conversation?.keep(observation, event.raw, into: &sink)
    }
  }

  /// How a call came back: a command by its exit code, all else by being an error.
  private static func kind(
    _ observation: String,
    _ event: JSONObject,
    _ extras: JSONObject?
  ) -> Conversation.ResultKind {
    if observation == "user_rejected" { return .denied }
    if observation == "error" { return .failure }
    let exit = extras?.object("metadata")?["exit_code"]?.int ?? extras?["exit_code"]?.int
    // -1 is a command that still runs.
    if let exit { return exit == 0 || exit == -1 ? .success : .failure }
    return event["success"]?.bool == false ? .failure : .success
  }

  /// The agent is in another state, which may be the end of a turn or of the run.
  private mutating func settle(
    _ state: String?,
    _ reason: String?,
    _ sink: inout ImportedEvents
  ) {
    let ts = sink.line.ts
    switch state {
    case "awaiting_user_input", "finished":
      memory.conversation?.close("success", at: ts, into: &sink)
    case "rejected":
      memory.conversation?.close("rejected", at: ts, into: &sink)
    case "error":
      let type = reason.map { String($0.prefix { $0 != ":" && $0 != "\n" }) } ?? "error"
      memory.conversation?.fail(type: type, message: reason, "error", into: &sink)
      memory.conversation?.close("error", at: ts, into: &sink)
    case "rate_limited":
      memory.conversation?.emit(.rateLimit(), "limit", into: &sink)
    case "stopped":
      memory.conversation?.close("cancelled", at: ts, into: &sink)
      memory.conversation?.end(.stop, reason: reason, at: ts, into: &sink)
    case "awaiting_user_confirmation":
      askAboutCalls(&sink)
    case "user_confirmed":
      answer(isAllowed: true, &sink)
    case "user_rejected":
      answer(isAllowed: false, &sink)
    default:
      break
    }
  }

  // MARK: Confirmation

  /// A person is to confirm the calls that are open.
  mutating func askAboutCalls(_ sink: inout ImportedEvents) {
    for call in memory.conversation?.openCalls ?? [] where !memory.asked.contains(call) {
      memory.asked.append(call)
      memory.conversation?.emit(.permissionRequest(id: call), call, into: &sink)
    }
  }

  /// The person has answered.
  mutating func answer(isAllowed: Bool, _ sink: inout ImportedEvents) {
    for call in memory.asked where memory.conversation?.openCalls.contains(call) == true {
      let part = call + "/answered"
      memory.conversation?.answer(about: call, isAllowed: isAllowed, part, into: &sink)
    }
    memory.asked = []
  }

  // MARK: Requests

  /// What the counters have grown by.
  mutating func count(_ event: JSONObject, _ sink: inout ImportedEvents) {
    guard let metrics = event.object("llm_metrics"),
      let usage = metrics.object("accumulated_token_usage")
    else { return }
    let now = TokenCounts(
      input: usage.count("prompt_tokens") ?? 0,
      output: usage.count("completion_tokens") ?? 0,
      cacheRead: usage.count("cache_read_tokens") ?? 0,
      cacheWrite: usage.count("cache_write_tokens") ?? 0
    )
    var grown = now.growth(since: memory.counted)
    memory.counted = now
    guard !grown.isZero else { return }
    grown.input = max(0, grown.input - grown.cacheRead)
    if grown.input >= grown.cacheWrite { grown.input -= grown.cacheWrite }
    let total = metrics["accumulated_cost"]?.money
    let spent = total.map { $0 < memory.cost ? $0 : $0 - memory.cost }
    memory.cost = total ?? memory.cost
    let response = event.object("tool_call_metadata")?.object("model_response")
    let named = usage.text("model").flatMap { $0 == "default" ? nil : $0 }
    let model = response?.text("model") ?? named
    memory.conversation?.tell(RunFacts(model: model), "model", into: &sink)
    var request = ModelRequest(key: nil, id: sink.line.id)
    request.model = model ?? memory.conversation?.facts.model
    request.counts = grown
    request.costNanoUSD = spent
    request.contextWindow = usage.count("context_window")
    request.reported = String(decoding: metrics.raw, as: UTF8.self)
    memory.conversation?.bill(request, into: &sink)
  }
}
