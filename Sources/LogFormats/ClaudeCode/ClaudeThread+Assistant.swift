internal import Events

extension ClaudeThread {
  mutating func readAssistant(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    guard let message = line.object.object("message") else { return keep(line, into: &sink) }
    if message["model"]?.equals("<synthetic>") == true || line.object.isTrue("isApiErrorMessage") {
      return readSynthetic(line, message, into: &sink)
    }
    let counted = ClaudeMessage(line, message)
    let id = counted?.id ?? message.text("id") ?? line.id
    if pending?.id != id { flushUsage(into: &sink) }
    if turn?.ending?.message != id { turn?.ending = nil }
    if let model = message.text("model"), model != self.model {
      self.model = model
      emit(
        .runStarted(model: model),
        id: line.id + "/model",
        ts: line.ts,
        session: line.session,
        into: &sink
      )
    }

    var i = 0
    if let text = message["content"]?.text {
      say(.text, text, 0, line, into: &sink)
    }
    message["content"]?.forEachElement { element in
      readBlock(JSONObject(element), element, i, line, into: &sink)
      i += 1
    }
    if let counted { count(counted, line, into: &sink) }
    if let reason = message.text("stop_reason"), reason != "tool_use", reason != "pause_turn" {
      turn?.ending = ClaudeTurn.Ending(stopReason: reason, message: id)
    }
  }

  private mutating func readBlock(
    _ block: JSONObject?,
    _ value: JSONValue,
    _ i: Int,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    let type = block?.text("type") ?? ""
    switch type {
    case "text":
      say(.text, block?["text"]?.string ?? "", i, line, into: &sink)
    case "thinking":
      say(.thought, block?["thinking"]?.string ?? "", i, line, into: &sink)
    case "redacted_thinking":
      say(.thought, nil, i, line, into: &sink)
    case "tool_use", "server_tool_use", "mcp_tool_use":
      let call = block?.text("id")
      let event = Event.make(.toolCall) { json in
        json.member("id", ifPresent: call)
        json.member("name", ifPresent: block?.text("name"))
        if let input = block?["input"] { json.raw("input", input.raw) }
      }
      step(.call, line)
      emit(event, id: line.id + "/\(i)", ts: line.ts, session: line.session, into: &sink)
      if let call, !openCalls.contains(call) { openCalls.append(call) }
    case _ where type.hasSuffix("_tool_result"):
      guard let block else { return }
      let result = ClaudeToolResult(block: block, result: nil)
      let call = block.text("tool_use_id")
      let event = Event.make(.toolResult) { json in
        json.member("tool_use_id", ifPresent: call)
        json.member("is_error", result.isError)
        if let content = block["content"] { json.raw("content", content.raw) }
      }
      emit(event, id: line.id + "/\(i)", ts: line.ts, session: line.session, into: &sink)
      openCalls.removeAll { $0 == call }
    default:
      emit(
        line.raw(value.raw),
        id: line.id + "/\(i)",
        ts: line.ts,
        session: line.session,
        into: &sink
      )
    }
  }

  private mutating func say(
    _ kind: KnownKind,
    _ text: String?,
    _ i: Int,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    step(.words, line)
    emit(
      .make(kind) { $0.member("text", ifPresent: text) },
      id: line.id + "/\(i)",
      ts: line.ts,
      session: line.session,
      into: &sink
    )
  }

  /// A message that no model wrote: a failed request, or a filler that keeps roles alternating.
  private mutating func readSynthetic(
    _ line: ClaudeLine,
    _ message: JSONObject,
    into sink: inout ImportedEvents
  ) {
    var text = message["content"]?.string ?? ""
    message["content"]?.forEachElement { block in
      if text.isEmpty, let words = block["text"]?.string { text = words }
    }
    let isFailure =
      line.object.isTrue("isApiErrorMessage") || line.object.text("error") != nil
      || text.hasPrefix("API Error")
    guard isFailure else {
      flushUsage(into: &sink)
      return keep(line, into: &sink)
    }
    let failure = ClaudeApiError(line.object, text: text)
    flushUsage(into: &sink)
    emit(
      .error(type: failure.type, message: failure.message),
      id: line.id + "/error",
      ts: line.ts,
      session: line.session,
      into: &sink
    )
    if failure.isLimit {
      emit(
        .rateLimit(resetsAt: failure.resetsAt),
        id: line.id + "/limit",
        ts: line.ts,
        session: line.session,
        into: &sink
      )
    }
    close("error", at: line.ts, into: &sink)
  }
}
