internal import Events

extension OpenHandsImporter {
  /// Actions that are no calls of a tool.
  private static let quiet = ["system", "change_agent_state", "null", "recall", "condensation"]

  mutating func readAction(
    _ action: String,
    _ event: JSONObject,
    id: String,
    ts: Timestamp?,
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
      transcript?.prompt(payload, id: id, ts: ts, into: &sink)
    case "message":
      transcript?.say(.text, args?.text("content"), id: id, ts: ts, into: &sink)
    case "think":
      transcript?.say(.thought, thought, id: id, ts: ts, into: &sink)
    case "finish", "reject":
      let words = args?.text("final_thought") ?? event.text("message")
      transcript?.say(.text, words, id: id, ts: ts, into: &sink)
      transcript?.turn?.stopReason = action == "finish" ? "end_turn" : "rejected"
    case _ where Self.quiet.contains(action) || !isAgent:
      transcript?.keep(action, event.raw, id: id, ts: ts, into: &sink)
    default:
      if let thought {
        transcript?.say(.thought, thought, id: id + "/thought", ts: ts, into: &sink)
      }
      let call = event.object("tool_call_metadata")
      transcript?.call(
        id,
        name: call?.text("function_name") ?? action,
        input: event["args"],
        id: id,
        ts: ts,
        into: &sink
      )
    }
  }

  mutating func readObservation(
    _ observation: String,
    _ event: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let extras = event.object("extras")
    let cause = event["cause"]?.int.map { "\($0)" }
    switch observation {
    case "agent_state_changed":
      transcript?.keep(observation, event.raw, id: id, ts: ts, into: &sink)
      settle(extras?.text("agent_state"), extras?.text("reason"), id: id, ts: ts, &sink)
    case _ where cause.map({ transcript?.openCalls.contains($0) == true }) == true:
      transcript?.result(
        of: cause,
        Self.kind(observation, event, extras),
        content: event["content"],
        id: id,
        ts: ts,
        into: &sink
      )
    case "error":
      transcript?.fail(
        type: extras?.text("error_id") ?? "error",
        message: event.text("content") ?? event.text("message"),
        id: id,
        ts: ts,
        into: &sink
      )
    default:
      transcript?.keep(observation, event.raw, id: id, ts: ts, into: &sink)
    }
  }

  /// How a call came back: a command by its exit code, all else by being an error.
  private static func kind(
    _ observation: String,
    _ event: JSONObject,
    _ extras: JSONObject?
  ) -> Transcript.ResultKind {
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
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    switch state {
    case "awaiting_user_input", "finished":
      transcript?.close("success", at: ts, into: &sink)
    case "rejected":
      transcript?.close("rejected", at: ts, into: &sink)
    case "error":
      let type = reason.map { String($0.prefix { $0 != ":" && $0 != "\n" }) } ?? "error"
      transcript?.fail(type: type, message: reason, id: id + "/error", ts: ts, into: &sink)
      transcript?.close("error", at: ts, into: &sink)
    case "rate_limited":
      transcript?.emit(.rateLimit(), id: id + "/limit", ts: ts, into: &sink)
    case "stopped":
      transcript?.close("cancelled", at: ts, into: &sink)
      transcript?.end(.stop, reason: reason, id: id, ts: ts, into: &sink)
    default:
      break
    }
  }

  /// What the counters have grown by.
  mutating func count(
    _ event: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard let metrics = event.object("llm_metrics"),
      let usage = metrics.object("accumulated_token_usage")
    else { return }
    let now = TokenCounts(
      input: usage.count("prompt_tokens") ?? 0,
      output: usage.count("completion_tokens") ?? 0,
      cacheRead: usage.count("cache_read_tokens") ?? 0,
      cacheWrite: usage.count("cache_write_tokens") ?? 0
    )
    var grown = now.growth(since: counted)
    counted = now
    guard !grown.isZero else { return }
    grown.input = max(0, grown.input - grown.cacheRead)
    if grown.input >= grown.cacheWrite { grown.input -= grown.cacheWrite }
    let total = metrics["accumulated_cost"]?.money
    let spent = total.map { $0 < cost ? $0 : $0 - cost }
    cost = total ?? cost
    let response = event.object("tool_call_metadata")?.object("model_response")
    let named = usage.text("model").flatMap { $0 == "default" ? nil : $0 }
    let model = response?.text("model") ?? named
    transcript?.use(model: model, id: id, ts: ts, into: &sink)
    let known = model ?? transcript?.model
    transcript?.bill(
      grown,
      model: known,
      id: "usage/" + id,
      ts: ts,
      into: &sink
    ) { json in
      if let spent { json.money("cost_usd", spent) }
      json.member("context_window", ifPresent: usage.count("context_window"))
      json.raw("reported", metrics.raw)
    }
  }
}
