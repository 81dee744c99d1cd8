internal import Events

extension Conversation {
  /// Reads an entry of a pi session.
  mutating func read(pi entry: JSONObject, type: String, into sink: inout ImportedEvents) {
    switch type {
    case "message":
      guard let message = entry.object("message"), let role = message.text("role") else {
        return keep(type, entry.raw, into: &sink)
      }
      switch role {
      case "user": readPrompt(message, entry, into: &sink)
      case "assistant": readReply(message, into: &sink)
      case "toolResult": readResult(message, into: &sink)
      default: keep(type, entry.raw, into: &sink)
      }
    case "model_change":
      if let model = entry.text("modelId") { tell(RunFacts(model: model), into: &sink) }
    case "session_info":
      if let name = entry.text("name") { tell(RunFacts(title: name), into: &sink) }
    case "compaction":
      compact(into: &sink) { $0.raw("compact", entry.raw) }
      count(entry, into: &sink)
    default:
      keep(type, entry.raw, into: &sink)
      // The summary of a branch that was left, and whatever else asks a model.
      count(entry, into: &sink)
    }
  }

  private mutating func readPrompt(
    _ message: JSONObject,
    _ entry: JSONObject,
    into sink: inout ImportedEvents
  ) {
    guard let content = message["content"] else {
      return keep("message", entry.raw, into: &sink)
    }
    let payload = Payload.object { json in
      json.raw(content.stringBody == nil ? "content" : "text", content.raw)
    }
    prompt(payload, text: Self.words(of: content), into: &sink)
  }

  private mutating func readReply(_ message: JSONObject, into sink: inout ImportedEvents) {
    if let model = message.text("model") { tell(RunFacts(model: model), into: &sink) }
    if let text = message["content"]?.text { say(.text, text, "0", into: &sink) }
    var i = 0
    message["content"]?.forEachElement { element in
      readBlock(element, "\(i)", into: &sink)
      i += 1
    }
    if turn == nil { step(.words, sink) }
    count(message, into: &sink)
    switch message.text("stopReason") {
    case "toolUse", nil: break
    case "error":
      let words = message.text("errorMessage")
      fail(type: Self.errorType(words), message: words, into: &sink)
    case "aborted":
      close("cancelled", at: sink.line.ts, into: &sink)
    case let reason:
      done(reason)
      endTurn(into: &sink)
    }
  }

  private mutating func readBlock(
    _ block: JSONValue,
    _ part: String,
    into sink: inout ImportedEvents
  ) {
    switch block["type"]?.text {
    case "text": say(.text, block["text"]?.string, part, into: &sink)
    case "thinking": say(.thought, block["thinking"]?.string, part, into: &sink)
    case "toolCall":
      let name = block["name"]?.text
      call(
        block["id"]?.text,
        name: name,
        input: block["arguments"],
        asksPerson: QuestionTools.contains(name),
        part,
        into: &sink
      )
    case let type: keep(type ?? "block", block.raw, part, into: &sink)
    }
  }

  private mutating func readResult(_ message: JSONObject, into sink: inout ImportedEvents) {
    let words = message["content"].map(Self.words(of:)) ?? ""
    var kind = message.isTrue("isError") ? ResultKind.failure : .success
    if kind == .failure {
      if words.hasPrefix("Operation aborted") || words.hasPrefix("Command aborted") {
        kind = .cancelled
      } else if words.hasPrefix("Blocked by user") || words.hasPrefix("Denied by user") {
        kind = .denied
      }
    }
    result(
      of: message.text("toolCallId"),
      kind,
      name: message.text("toolName"),
      content: message["content"],
      into: &sink
    )
    count(message, into: &sink)
  }

  /// Bills what an entry says that it used.
  ///
  /// A request that failed before it used anything was not billed. Copies of an entry
  /// have its id and its time; short ids alone repeat in other sessions.
  private mutating func count(_ reporter: JSONObject, into sink: inout ImportedEvents) {
    guard let usage = reporter.object("usage") else { return }
    let counts = TokenCounts(pi: usage)
    let reason = reporter.text("stopReason")
    // Nothing was asked, or nothing came of it.
    if counts.isZero, reason == nil || reason == "error" || reason == "aborted" { return }
    let name = reporter.text("responseId") ?? sink.line.id
    let time = sink.line.ts.map { "\($0)" } ?? ""
    var request = ModelRequest(key: "pi/\(name)@\(time)", id: sink.line.id)
    request.model = reporter.text("model") ?? usage.text("model") ?? facts.model
    request.counts = counts
    request.costNanoUSD = usage.object("cost")?["total"]?.money
    request.isFinal = true
    request.reported = String(decoding: usage.raw, as: UTF8.self)
    bill(request, into: &sink)
  }

  /// The first words of a content, which is a text or a list of blocks.
  private static func words(of content: JSONValue) -> String {
    var words = content.string ?? ""
    content.forEachElement { block in
      if words.isEmpty, let text = block["text"]?.string { words = text }
    }
    return words
  }

  private static func errorType(_ message: String?) -> String {
    guard let message else { return "unknown" }
    let words = message.lowercased()
    if words.contains("rate limit") || words.contains("429") { return "rate_limit" }
    if words.contains("overloaded") { return "overloaded_error" }
    if words.contains("websocket") { return "connection_error" }
    return "provider_error"
  }
}

extension TokenCounts {
  /// Reads a usage of pi's, whose classes do not overlap; reasoning is a part of the output.
  fileprivate init(pi usage: JSONObject) {
    let hour = usage.count("cacheWrite1h") ?? 0
    let output = usage.count("output") ?? 0
    self.init(
      input: usage.count("input") ?? 0,
      output: output,
      cacheRead: usage.count("cacheRead") ?? 0,
      // Some providers give only the part for one hour.
      cacheWrite: max(usage.count("cacheWrite") ?? 0, hour),
      reasoning: min(usage.count("reasoning") ?? 0, output),
      cacheWrite1h: hour
    )
  }
}
