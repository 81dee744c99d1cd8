internal import Events

extension CopilotImporter {
  mutating func read(
    _ line: JSONObject,
    _ data: JSONObject,
    type: String,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    switch type {
    case "session.start", "assistant.turn_start", "assistant.turn_end":
      return
    case "session.model_change":
      transcript?.use(model: data.text("newModel"), id: id, ts: ts, into: &sink)
    case "session.title_changed":
      transcript?.call(itself: data.text("title"), id: id, ts: ts, into: &sink)
    case "user.message":
      endTurn(&sink)
      let payload = Payload.object { json in
        if let content = data["content"] { json.raw("text", content.raw) }
      }
      transcript?.prompt(payload, id: id, ts: ts, into: &sink)
    case "assistant.message":
      readReply(data, id: id, ts: ts, &sink)
    case "tool.execution_start":
      announce(data, name: data.text("toolName"), id: id, ts: ts, &sink)
    case "tool.execution_complete":
      readResult(data, id: id, ts: ts, &sink)
    case "abort":
      transcript?.keep(type, line.raw, id: id, ts: ts, into: &sink)
      // What the process used is told at its end, and belongs to the turn.
      if transcript?.turn != nil { aborted = ts ?? transcript?.lastTS }
    case "session.error":
      let words = data.text("message")
      let kind = data.text("errorType") ?? "copilot_error"
      transcript?.fail(type: kind, message: words, id: id, ts: ts, into: &sink)
    case "session.compaction_complete", "session.truncation":
      let event = Event.make(.compaction) { $0.raw("compact", line.raw) }
      transcript?.emit(event, id: id, ts: ts, into: &sink)
    case "session.shutdown":
      shutDown(data, id: id, ts: ts, &sink)
    default:
      transcript?.keep(type, line.raw, id: id, ts: ts, into: &sink)
    }
  }

  // MARK: Replies and tools

  private mutating func readReply(
    _ data: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    if let thought = data.text("reasoningText") {
      transcript?.say(.thought, thought, id: id + "/reasoning", ts: ts, into: &sink)
    }
    if let text = data.text("content") {
      transcript?.say(.text, text, id: id + "/content", ts: ts, into: &sink)
    }
    data["toolRequests"]?.forEachElement { element in
      guard let request = JSONObject(element) else { return }
      let call = id + "/" + (request.text("toolCallId") ?? "call")
      announce(request, name: request.text("name"), id: call, ts: ts, &sink)
    }
    if transcript?.turn == nil { transcript?.step(.words, id: id, ts: ts) }
    guard let output = data.count("outputTokens") else { return }
    let model = data.text("model") ?? transcript?.model
    meter.reply(output, of: model)
    let counts = TokenCounts(output: output)
    transcript?.bill(counts, model: model, id: "usage/" + id, ts: ts, into: &sink)
  }

  /// A call, told where it is told first.
  private mutating func announce(
    _ call: JSONObject,
    name: String?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let key = call.text("toolCallId")
    if let key, transcript?.openCalls.contains(key) == true { return }
    transcript?.call(key, name: name, input: call["arguments"], id: id, ts: ts, into: &sink)
  }

  private mutating func readResult(
    _ data: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    if transcript?.model == nil {
      transcript?.use(model: data.text("model"), id: id, ts: ts, into: &sink)
    }
    transcript?.result(
      of: data.text("toolCallId"),
      Self.kind(data),
      content: data["result"] ?? data["error"],
      id: id,
      ts: ts,
      into: &sink
    )
  }

  private static func kind(_ data: JSONObject) -> Transcript.ResultKind {
    guard data["success"]?.bool == false else { return .success }
    let error = data.object("error")
    let code = error?.text("code") ?? ""
    let words = (error?.text("message") ?? "").lowercased()
    if code == "rejected" || code == "denied" { return .denied }
    if words.contains("rejected by the user") || words.contains("user rejected") { return .denied }
    return code == "aborted" || code == "cancelled" ? .cancelled : .failure
  }

  // MARK: The end of the process

  private mutating func shutDown(
    _ data: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    var metrics: [String: TokenCounts] = [:]
    data["modelMetrics"]?.forEachMember { name, value in
      guard let usage = JSONObject(value["usage"]) else { return }
      metrics[String(decoding: name, as: UTF8.self)] = TokenCounts(copilot: usage)
    }
    settle(metrics, id: id, ts: ts, &sink)
    let isError = data["shutdownType"]?.equals("error") == true
    let reason = data.text("errorReason")
    transcript?.end(isError ? .fail : .stop, reason: reason, id: id, ts: ts, into: &sink)
  }

  private mutating func settle(
    _ metrics: [String: TokenCounts],
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard !metrics.isEmpty else { return endTurn(&sink) }
    let used = meter.shutDown(metrics)
    let wasAborted = aborted
    aborted = nil
    guard let turn = transcript?.turn else {
      // Nothing of the process is open: its tokens stand for themselves.
      for (model, counts) in used.sorted(by: { $0.key < $1.key }) where !counts.isZero {
        transcript?.bill(counts, model: model, id: "usage/\(id)/\(model)", ts: ts, into: &sink)
      }
      return
    }
    let status = wasAborted != nil ? "cancelled" : turn.hasFailed ? "error" : "success"
    transcript?.close(status, at: wasAborted ?? turn.lastTS, into: &sink) { json in
      TokenCounts.write(used, as: "by_model", to: &json)
    }
  }
}

extension TokenCounts {
  /// Reads a usage of Copilot's, whose input has the cached in it.
  fileprivate init(copilot usage: JSONObject) {
    let read = usage.count("cacheReadTokens") ?? 0
    let write = usage.count("cacheWriteTokens") ?? 0
    self.init(
      input: max(0, (usage.count("inputTokens") ?? 0) - read - write),
      output: usage.count("outputTokens") ?? 0,
      cacheRead: read,
      cacheWrite: write
    )
  }
}
