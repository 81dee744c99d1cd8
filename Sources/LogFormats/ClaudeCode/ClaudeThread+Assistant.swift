internal import Events

extension ClaudeThread {
  mutating func readAssistant(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    guard let message = line.message else { return keep(line, into: &sink) }
    if message["model"]?.equals("<synthetic>") == true || line.object.isTrue("isApiErrorMessage") {
      return readSynthetic(line, message, into: &sink)
    }
    let id = line.messageID
    talk.flushRequest(butOf: id, into: &sink)
    if talk.turn == nil, endedMessage == id {
      // The rest of a message that has ended its turn is not another turn.
      keepInTurn(line, into: &sink)
      if let request = ModelRequest(claude: line) { talk.count(request, into: &sink) }
      return
    }
    if let model = message.text("model"), model != talk.facts.model {
      talk.tell(RunFacts(model: model), "model", into: &sink)
    }
    var place = 0
    var hasText = false
    if let text = message["content"]?.text {
      talk.say(.text, text, "0", message: id, into: &sink)
      place = 1
      hasText = true
    }
    message["content"]?.forEachElement { element in
      if element["type"]?.equals("text") == true { hasText = true }
      readBlock(element, part: "\(place)", of: id, on: line, into: &sink)
      place += 1
    }
    if place == 0 { keepInTurn(line, into: &sink) }
    if let request = ModelRequest(claude: line) { talk.count(request, into: &sink) }
    noteStop(message.text("stop_reason"), id, hasText: hasText)
  }

  /// The model has stopped.
  ///
  /// Newer versions write the reason on each line of a message, also where its words are still to come.
  private mutating func noteStop(_ reason: String?, _ message: String, hasText: Bool) {
    guard let reason, reason != "tool_use", reason != "pause_turn", !endsByResult else { return }
    if hasText {
      talk.done(reason, message: message)
    } else {
      talk.turn?.stopReason = reason
    }
  }

  private mutating func readBlock(
    _ value: JSONValue,
    part: String,
    of message: String,
    on line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    let block = JSONObject(value)
    let type = block?.text("type") ?? ""
    switch type {
    case "text":
      talk.say(.text, block?["text"]?.string ?? "", part, message: message, into: &sink)
    case "thinking":
      talk.say(.thought, block?["thinking"]?.string ?? "", part, message: message, into: &sink)
    case "redacted_thinking":
      talk.say(.thought, nil, part, message: message, into: &sink)
    case "tool_use", "server_tool_use", "mcp_tool_use":
      guard let block else { return }
      readCall(block, part, message, into: &sink)
    case _ where type.hasSuffix("_tool_result"):
      guard let block else { return }
      let result = ClaudeToolResult(block: block, result: nil, line: line.object)
      readServerResult(block, result.kind, part, into: &sink)
    default:
      let kind = EventKind(rawValue: talk.format + "." + line.type)
      talk.emit(Event(kind, payload: Payload(unchecked: Array(value.raw))), part, into: &sink)
    }
  }

  private mutating func readCall(
    _ block: JSONObject,
    _ part: String,
    _ message: String,
    into sink: inout ImportedEvents
  ) {
    let call = block.text("id")
    let name = block.text("name")
    talk.call(
      call,
      name: name,
      input: block["input"],
      asksPerson: QuestionTools.contains(name),
      part,
      message: message,
      into: &sink
    )
    if name == "Task" || name == "Agent", role != .copy, let input = block.object("input"),
      let prompt = input.text("prompt")
    {
      sink.note(asking: prompt, type: input.text("subagent_type"), by: talk)
    }
    releaseEarly(of: call, into: &sink)
  }

  /// The result of a tool that runs at the provider stands in the message itself.
  private mutating func readServerResult(
    _ block: JSONObject,
    _ kind: Conversation.ResultKind,
    _ part: String,
    into sink: inout ImportedEvents
  ) {
    let turn = talk.turn
    talk.result(
      of: block.text("tool_use_id"),
      kind,
      content: block["content"],
      part,
      into: &sink
    )
    // It is still the model that speaks.
    talk.turn?.isDone = turn?.isDone ?? false
    talk.turn?.doneMessage = turn?.doneMessage
    talk.turn?.stopReason = turn?.stopReason
  }

  /// A message that no model wrote: a failed request, or a filler that keeps roles alternating.
  private mutating func readSynthetic(
    _ line: ClaudeLine,
    _ message: JSONObject,
    into sink: inout ImportedEvents
  ) {
    let text = Self.text(of: message) ?? ""
    let isFailure =
      line.object.isTrue("isApiErrorMessage") || line.object.text("error") != nil
      || text.hasPrefix("API Error")
    guard isFailure, !endsByResult else { return keepInTurn(line, into: &sink) }
    let failure = ClaudeApiError(line.object, text: text)
    talk.fail(type: failure.type, message: failure.message, into: &sink)
    if failure.isLimit {
      let resetsAt = failure.resetsAt(after: line.ts)
      talk.emit(.rateLimit(resetsAt: resetsAt), "limit", into: &sink)
    }
    // Nothing of the turn follows, but in a log that says itself how long it took.
    if !durations.areAwaited(hasReason: true) { talk.close("error", at: line.ts, into: &sink) }
  }
}
