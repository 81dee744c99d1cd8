internal import Events

extension KimiImporter {
  mutating func read(
    _ line: JSONObject,
    type: String,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    switch type {
    case "context.append_message", "llm.tools_snapshot", "tools.set_active_tools",
      "tools.update_store":
      return
    case "context.append_loop_event":
      if let event = line.object("event") { readStep(event, id: id, ts: ts, &sink) }
    case "usage.record":
      readRecord(line, id: id, ts: ts, &sink)
    case "turn.prompt", "turn.steer":
      readPrompt(line, type, id: id, ts: ts, &sink)
    case "turn.cancel":
      transcript?.keep(type, line.raw, id: id, ts: ts, into: &sink)
      transcript?.close("cancelled", at: ts, into: &sink)
    case "config.update":
      let model = line.text("modelAlias")
      transcript?.use(model: model, id: id, ts: ts, into: &sink)
      if let project = line.text("cwd") {
        transcript?.emit(.runStarted(project: project), id: id + "/cwd", ts: ts, into: &sink)
      }
      transcript?.keep(type, line.raw, id: id, ts: ts, into: &sink)
    case "permission.record_approval_result":
      readDecision(line, id: id, ts: ts, &sink)
    case "context.apply_compaction":
      let event = Event.make(.compaction) { $0.raw("compact", line.raw) }
      transcript?.emit(event, id: id, ts: ts, into: &sink)
    default:
      transcript?.keep(type, line.raw, id: id, ts: ts, into: &sink)
    }
  }

  private mutating func readPrompt(
    _ line: JSONObject,
    _ type: String,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    billStep(&sink)
    let origin = line.object("origin")
    let payload = Payload.object { json in
      if let input = line["input"] { json.raw("content", input.raw) }
    }
    if origin?["kind"]?.equals("user") == true {
      if type == "turn.steer" {
        transcript?.steer(payload, id: id, ts: ts, into: &sink)
      } else {
        transcript?.prompt(payload, id: id, ts: ts, into: &sink)
      }
    } else if origin?["name"]?.equals("subagent") == true {
      // The prompt of the agent that called this one.
      transcript?.prompt(payload, producer: .agent, id: id, ts: ts, into: &sink)
    } else {
      // News of a task: the program's own words.
      transcript?.endTurnIfDone(into: &sink)
      transcript?.keep(type, line.raw, id: id, ts: ts, into: &sink)
    }
  }

  private mutating func readStep(
    _ event: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    switch event.text("type") {
    case "step.begin":
      billStep(&sink)
      rested = nil
    case "content.part":
      let part = event.object("part")
      if part?["type"]?.equals("think") == true {
        transcript?.say(.thought, part?.text("think"), id: id, ts: ts, into: &sink)
      } else if part?["type"]?.equals("text") == true {
        transcript?.say(.text, part?.text("text"), id: id, ts: ts, into: &sink)
      } else {
        transcript?.keep("content.part", event.raw, id: id, ts: ts, into: &sink)
      }
    case "tool.call":
      transcript?.call(
        event.text("toolCallId"),
        name: event.text("name"),
        input: event["args"],
        id: id,
        ts: ts,
        into: &sink
      )
    case "tool.result":
      let result = event.object("result")
      transcript?.result(
        of: event.text("toolCallId"),
        Self.kind(result),
        content: result?["output"],
        id: id,
        ts: ts,
        into: &sink
      )
    case "step.end":
      billStep(&sink)
      rested = nil
      if let usage = event.object("usage") {
        step = KimiStep(id: event.text("uuid") ?? id, counts: TokenCounts(kimi: usage), ts: ts)
      }
      if let reason = event.text("finishReason"), reason != "tool_use" {
        if transcript?.turn == nil { transcript?.step(.words, id: id, ts: ts) }
        transcript?.turn?.stopReason = reason
      }
      transcript?.keep("step.end", event.raw, id: id, ts: ts, into: &sink)
    case let type:
      transcript?.keep(type ?? "event", event.raw, id: id, ts: ts, into: &sink)
    }
  }

  private static func kind(_ result: JSONObject?) -> Transcript.ResultKind {
    guard result?.isTrue("isError") == true else { return .success }
    let words = result?["output"]?.string ?? ""
    if words.contains("rejected by the user") || words.contains("User rejected") { return .denied }
    return words.hasPrefix("Interrupted") || words.hasPrefix("Cancelled") ? .cancelled : .failure
  }

  /// The answer of a person, which the log has before the call that it is about.
  private mutating func readDecision(
    _ line: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard let call = line.text("toolCallId"), let decision = line.object("result")?.text("decision")
    else { return transcript?.keep("permission", line.raw, id: id, ts: ts, into: &sink) ?? () }
    let event = Event.permissionDecision(id: call, isAllowed: decision.hasPrefix("approved"))
    transcript?.emit(event, id: id, ts: ts, into: &sink)
  }

  private mutating func readRecord(
    _ line: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard let usage = line.object("usage") else { return }
    let counts = TokenCounts(kimi: usage)
    if let rested, rested.counts == counts {
      self.rested = nil
      return
    }
    var billed = id
    if let step, step.counts == counts {
      billed = "usage/" + step.id
      self.step = nil
    }
    transcript?.bill(
      counts,
      model: line.text("model"),
      request: Self.request(billed),
      id: billed,
      ts: ts,
      into: &sink
    ) { json in
      json.member("scope", ifPresent: line.text("usageScope"))
      json.raw("reported", usage.raw)
    }
  }

  /// The name of a step's request among all runs; what no step stands for has none.
  private static func request(_ id: String) -> String? {
    id.hasPrefix("usage/") ? "kimi/" + id.dropFirst("usage/".count) : nil
  }

  /// Bills a step that no record has followed.
  mutating func billStep(_ sink: inout ImportedEvents) {
    guard let step else { return }
    self.step = nil
    let model = transcript?.model
    transcript?.bill(
      step.counts,
      model: model,
      request: Self.request("usage/" + step.id),
      id: "usage/" + step.id,
      ts: step.ts,
      into: &sink
    )
  }
}

extension TokenCounts {
  /// Reads a usage of Kimi's, whose classes don't overlap.
  fileprivate init(kimi usage: JSONObject) {
    self.init(
      input: usage.count("inputOther") ?? 0,
      output: usage.count("output") ?? 0,
      cacheRead: usage.count("inputCacheRead") ?? 0,
      cacheWrite: usage.count("inputCacheCreation") ?? 0
    )
  }
}
