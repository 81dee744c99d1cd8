internal import Events

// Lines of Kimi Code.
extension KimiSession {
  mutating func read(_ line: JSONObject, type: String, into sink: inout ImportedEvents) {
    switch type {
    case "context.append_message", "llm.tools_snapshot", "tools.set_active_tools",
      "tools.update_store":
      return
    case "context.append_loop_event":
      if let event = line.object("event") { readStep(event, into: &sink) }
    case "usage.record":
      readRecord(line, into: &sink)
    case "turn.prompt", "turn.steer":
      readPrompt(line, type, into: &sink)
    case "turn.cancel":
      main.keep(type, line.raw, into: &sink)
      main.close("cancelled", at: sink.line.ts, into: &sink)
    case "config.update":
      main.keep(type, line.raw, into: &sink)
      if let alias = line.text("modelAlias") {
        main.tell(RunFacts(model: models[alias] ?? alias), into: &sink)
      }
      if let project = line.text("cwd") {
        let id = sink.line.id
        sink.line.id += "/cwd"
        tell(project: project, into: &sink)
        sink.line.id = id
      }
    case "llm.request":
      main.keep(type, line.raw, into: &sink)
      guard let model = line.text("model") else { return }
      if let alias = line.text("modelAlias") { models[alias] = model }
      main.tell(RunFacts(model: model), into: &sink)
    case "permission.record_approval_result":
      readDecision(line, into: &sink)
    case "context.apply_compaction":
      main.compact(into: &sink) { $0.raw("compact", line.raw) }
    default:
      main.keep(type, line.raw, into: &sink)
    }
  }

  private mutating func readPrompt(
    _ line: JSONObject,
    _ type: String,
    into sink: inout ImportedEvents
  ) {
    step = nil
    let origin = line.object("origin")
    let payload = Payload.object { json in
      if let input = line["input"] { json.raw("content", input.raw) }
    }
    var words: String?
    line["input"]?.forEachElement { words = words ?? $0["text"]?.text }
    if origin?["kind"]?.equals("user") == true {
      if type == "turn.steer" {
        main.steer(payload, text: words, into: &sink)
      } else {
        main.prompt(payload, text: words, into: &sink)
      }
    } else if origin?["name"]?.equals("subagent") == true {
      // The prompt of the agent that called this one.
      main.prompt(payload, text: words, producer: .agent, into: &sink)
    } else {
      // News of a task: the program's own words, which set the model to work unless it is at work.
      if !main.isAtWork { main.begin(into: &sink) }
      main.keep(type, line.raw, into: &sink)
    }
  }

  private mutating func readStep(_ event: JSONObject, into sink: inout ImportedEvents) {
    switch event.text("type") {
    case "step.begin":
      step = nil
      lastPart = nil
    case "content.part":
      let part = event.object("part")
      lastPart = sink.line.ts
      if part?["type"]?.equals("think") == true {
        main.say(.thought, part?.text("think"), into: &sink)
      } else if part?["type"]?.equals("text") == true {
        main.say(.text, part?.text("text"), into: &sink)
      } else {
        main.keep("content.part", event.raw, into: &sink)
      }
    case "tool.call":
      lastPart = sink.line.ts
      let name = event.text("name")
      let call = event.text("toolCallId")
      // A question that the log has the answer of already is not asked again.
      let isDecided = call.map { decided[$0] != nil } ?? false
      main.call(
        call,
        name: name,
        input: event["args"],
        asksPerson: QuestionTools.contains(name) && !isDecided,
        into: &sink
      )
    case "tool.result":
      lastPart = sink.line.ts
      let call = event.text("toolCallId")
      let result = event.object("result")
      let isRefused = call.map { decided.removeValue(forKey: $0) == false } ?? false
      let kind = Self.kind(
        isError: result?.isTrue("isError") == true,
        isRefused: isRefused,
        result?["output"]?.string ?? ""
      )
      main.result(of: call, kind, content: result?["output"], into: &sink)
    case "step.end":
      readStepEnd(event, into: &sink)
    case let type:
      main.keep(type ?? "event", event.raw, into: &sink)
    }
  }

  /// A step that asks for no tool ends the turn.
  private mutating func readStepEnd(_ event: JSONObject, into sink: inout ImportedEvents) {
    main.keep("step.end", event.raw, into: &sink)
    let isDone = event.text("finishReason").map { $0 != "tool_use" } ?? false
    if isDone, main.turn == nil { main.step(.words, sink) }
    if let usage = event.object("usage") {
      let id = event.text("uuid") ?? sink.line.id
      let counts = TokenCounts(kimi: usage)
      step = Step(key: id, counts: counts)
      bill(counts, model: main.facts.model, key: id, usage, isFinal: false, into: &sink)
    }
    guard isDone else { return }
    main.done(event.text("finishReason"))
    main.endTurn(into: &sink)
  }

  /// How a call came back: by what a person decided first, by words where the log has no decision.
  static func kind(isError: Bool, isRefused: Bool, _ words: String) -> Conversation.ResultKind {
    guard isError else { return .success }
    if isRefused || words.contains("rejected by the user") || words.contains("User rejected") {
      return .denied
    }
    return words.hasPrefix("Interrupted") || words.hasPrefix("Cancelled") ? .cancelled : .failure
  }

  /// The answer of a person, which the log has before the call that it is about: it was waited for
  /// since the model said its last words.
  private mutating func readDecision(_ line: JSONObject, into sink: inout ImportedEvents) {
    guard let call = line.text("toolCallId"), let decision = line.object("result")?.text("decision")
    else { return main.keep("permission", line.raw, into: &sink) }
    if let lastPart {
      let ts = sink.line.ts
      sink.line.ts = lastPart
      main.ask(about: call, name: line.text("toolName"), into: &sink)
      sink.line.ts = ts
    }
    let isAllowed = decision.hasPrefix("approved")
    decided[call] = isAllowed
    main.answer(about: call, isAllowed: isAllowed, nil, into: &sink)
  }

  private mutating func readRecord(_ line: JSONObject, into sink: inout ImportedEvents) {
    guard let usage = line.object("usage") else { return }
    let counts = TokenCounts(kimi: usage)
    let alias = line.text("model")
    let model = alias.map { models[$0] ?? $0 }
    guard let step, step.counts == counts else {
      return bill(counts, model: model, key: sink.line.id, usage, isFinal: true, into: &sink)
    }
    self.step = nil
    bill(counts, model: model, key: step.key, usage, isFinal: true, into: &sink)
  }

  private mutating func bill(
    _ counts: TokenCounts,
    model: String?,
    key: String,
    _ usage: JSONObject,
    isFinal: Bool,
    into sink: inout ImportedEvents
  ) {
    var request = ModelRequest(key: "kimi/" + key, id: key)
    request.model = model
    request.counts = counts
    request.isFinal = isFinal
    request.reported = String(decoding: usage.raw, as: UTF8.self)
    main.bill(request, into: &sink)
  }
}

extension TokenCounts {
  /// Reads a usage of Kimi's, whose classes do not overlap.
  fileprivate init(kimi usage: JSONObject) {
    self.init(
      input: usage.count("inputOther") ?? 0,
      output: usage.count("output") ?? 0,
      cacheRead: usage.count("inputCacheRead") ?? 0,
      cacheWrite: usage.count("inputCacheCreation") ?? 0
    )
  }
}
