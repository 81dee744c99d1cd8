internal import Events

extension Transcript {
  /// Reads an entry of a pi session.
  mutating func read(
    pi entry: JSONObject,
    type: String,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    switch type {
    case "message":
      guard let message = entry.object("message"), let role = message.text("role") else {
        return keep(type, entry.raw, id: id, ts: ts, into: &sink)
      }
      switch role {
      case "user": readPrompt(message, entry, id: id, ts: ts, into: &sink)
      case "assistant": readReply(message, id: id, ts: ts, into: &sink)
      case "toolResult": readResult(message, id: id, ts: ts, into: &sink)
      default: keep(type, entry.raw, id: id, ts: ts, into: &sink)
      }
    case "model_change":
      use(model: entry.text("modelId"), id: id, ts: ts, into: &sink)
    case "session_info":
      call(itself: entry.text("name"), id: id, ts: ts, into: &sink)
    case "compaction":
      let event = Event.make(.compaction) { $0.raw("compact", entry.raw) }
      emit(event, id: id, ts: ts, into: &sink)
    default:
      keep(type, entry.raw, id: id, ts: ts, into: &sink)
    }
  }

  private mutating func readPrompt(
    _ message: JSONObject,
    _ entry: JSONObject,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard let content = message["content"] else {
      return keep("message", entry.raw, id: id, ts: ts, into: &sink)
    }
    let payload = Payload.object { json in
      json.raw(content.stringBody == nil ? "content" : "text", content.raw)
    }
    prompt(payload, id: id, ts: ts, into: &sink)
  }

  private mutating func readReply(
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    use(model: message.text("model"), id: id, ts: ts, into: &sink)
    if let text = message["content"]?.text { say(.text, text, id: id + "/0", ts: ts, into: &sink) }
    var i = 0
    message["content"]?.forEachElement { element in
      readBlock(element, id: id + "/\(i)", ts: ts, into: &sink)
      i += 1
    }
    count(message, id: id, ts: ts, into: &sink)
    let reason = message.text("stopReason")
    if turn == nil { step(.words, id: id, ts: ts) }
    switch reason {
    case "toolUse", nil: break
    case "error":
      let words = message.text("errorMessage")
      fail(type: Self.errorType(words), message: words, id: id + "/error", ts: ts, into: &sink)
    case "aborted":
      close("cancelled", at: ts, into: &sink)
    default:
      turn?.stopReason = reason
    }
  }

  private mutating func readBlock(
    _ block: JSONValue,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    switch block["type"]?.text {
    case "text": say(.text, block["text"]?.string, id: id, ts: ts, into: &sink)
    case "thinking": say(.thought, block["thinking"]?.string, id: id, ts: ts, into: &sink)
    case "toolCall":
      call(
        block["id"]?.text,
        name: block["name"]?.text,
        input: block["arguments"],
        id: id,
        ts: ts,
        into: &sink
      )
    case let type: keep(type ?? "block", block.raw, id: id, ts: ts, into: &sink)
    }
  }

  private mutating func readResult(
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    var words = message["content"]?.string ?? ""
    message["content"]?.forEachElement { block in
      if words.isEmpty, let text = block["text"]?.string { words = text }
    }
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
      id: id,
      ts: ts,
      into: &sink
    )
  }

  /// A request that failed before it used anything is no request that was billed.
  private mutating func count(
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard let usage = message.object("usage") else { return }
    let counts = TokenCounts(
      input: usage.count("input") ?? 0,
      output: usage.count("output") ?? 0,
      cacheRead: usage.count("cacheRead") ?? 0,
      cacheWrite: usage.count("cacheWrite") ?? 0
    )
    let reason = message.text("stopReason")
    if counts.isZero, reason == "error" || reason == "aborted" { return }
    let cost = usage.object("cost")?["total"]?.money
    let request = message.text("responseId") ?? "\(id)@\(ts.map { "\($0)" } ?? "")"
    bill(
      counts,
      model: message.text("model"),
      request: "pi/" + request,
      id: "usage/" + id,
      ts: ts,
      into: &sink
    ) { json in
      if let cost { json.money("cost_usd", cost) }
      json.raw("reported", usage.raw)
    }
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
