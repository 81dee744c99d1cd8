internal import Events

extension ClaudeStreamImporter {
  /// A `result` ends the turn, and the run if nothing follows.
  mutating func finish(
    _ session: String,
    _ line: ClaudeLine,
    _ sink: inout ImportedEvents
  ) {
    let frame = line.object
    let first = sink.entries.count
    for key in order where key == session || key.hasPrefix(session + "/") {
      threads[key]?.flushUsage(into: &sink)
    }
    noteAgents(session, from: first, sink)
    let subtype = frame.text("subtype") ?? "success"
    let isError = frame.isTrue("is_error") || subtype.hasPrefix("error")
    var known = totals[session] ?? ClaudeStreamTotals()
    let reported = known.take(frame, model: threads[session]?.model)
    totals[session] = known
    withThread(session, session, line, &sink) { thread, sink in
      thread.finish(line, subtype, isError: isError, reported, into: &sink)
    }
    let event = Event.runEnded(
      isError ? .fail : .stop,
      by: "agent",
      reason: isError ? Self.failure(frame, subtype) : nil
    )
    ending = ClaudeStreamEnding(
      thread: session,
      event: event.with(producer: .system),
      id: line.id + "/run.ended",
      ts: line.ts
    )
  }

  /// Notes what sub-agents were billed by the events of a batch from one on.
  mutating func noteAgents(_ session: String, from first: Int, _ sink: ImportedEvents) {
    let main = threads[session]?.run
    for entry in sink.entries[first...]
    where entry.event.kind == EventKind(.usage) && entry.run != main {
      entry.event.payload.bytes.withUnsafeBytes { bytes in
        guard let value = try? JSONValue.parse(bytes), let usage = JSONObject(value),
          !usage.isTrue("copied")
        else { return }
        let counts = TokenCounts(
          input: usage.count("input_tokens") ?? 0,
          output: usage.count("output_tokens") ?? 0,
          cacheRead: usage.count("cache_read_tokens") ?? 0,
          cacheWrite: usage.count("cache_write_tokens") ?? 0
        )
        let model = ClaudeStreamTotals.plain(usage.text("model") ?? "(unknown)")
        totals[session, default: ClaudeStreamTotals()].agents[model, default: TokenCounts()] +=
          counts
      }
    }
  }

  /// The class of a failure.
  static func failure(_ frame: JSONObject, _ subtype: String) -> String {
    if subtype.hasPrefix("error") { return subtype }
    return frame.count("api_error_status").map { "http_\($0)" }
      ?? frame.text("terminal_reason") ?? "error"
  }
}

extension ClaudeThread {
  fileprivate mutating func finish(
    _ line: ClaudeLine,
    _ subtype: String,
    isError: Bool,
    _ reported: (models: [String: TokenCounts], cost: Int64?),
    into sink: inout ImportedEvents
  ) {
    let frame = line.object
    let reason = frame.text("terminal_reason") ?? ""
    let isCancelled = reason.hasPrefix("aborted") || reason.contains("interrupt")
    if isError && !isCancelled {
      var messages: [String] = []
      frame["errors"]?.forEachElement { if let text = $0.text { messages.append(text) } }
      let text = messages.isEmpty ? frame.text("result") : messages.joined(separator: "\n")
      let type = ClaudeStreamImporter.failure(frame, subtype)
      let event = Event.error(type: type, message: text)
      emit(event, id: line.id + "/error", ts: line.ts, session: line.session, into: &sink)
    }
    // What another run has been billed must not come back as a total.
    let isOwn = written.allSatisfy { !$0.isCopied }
    let event = Event.make(.turnResult) { json in
      json.member("turn_id", ifPresent: turn?.id)
      json.member("status", isCancelled ? "cancelled" : isError ? "error" : "success")
      json.member("stop_reason", ifPresent: isError ? nil : frame.text("stop_reason"))
      json.member("terminal_reason", ifPresent: frame.text("terminal_reason"))
      json.member("duration_ms", ifPresent: frame.count("duration_ms"))
      if isOwn, let cost = reported.cost { json.money("cost_usd", cost) }
      if isOwn, !reported.models.isEmpty {
        TokenCounts.write(reported.models, as: "by_model", to: &json)
      }
      json.raw("reported", frame.raw)
    }
    emit(event, id: line.id, ts: line.ts, session: line.session, into: &sink)
    turn = nil
    openCalls = []
    written = []
  }
}
