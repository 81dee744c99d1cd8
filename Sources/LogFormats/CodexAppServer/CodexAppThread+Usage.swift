internal import Events

extension CodexAppThread {
  /// Bills what the thread's counts have grown by.
  mutating func count(_ params: JSONObject?, into sink: inout ImportedEvents) {
    guard let usage = params?.object("tokenUsage"), let now = CodexCounts(appServer: usage["total"])
    else { return }
    let last = CodexCounts(appServer: usage["last"])
    let key = CodexCounter.row(now, last, of: id)
    counter.load(id, from: sink)
    defer { counter.save(id, into: &sink) }
    // What a thread has used before this log is not a request in it; and the server writes the
    // thread's own log too, which may have reported it.
    guard hasHadTurn, sink.biller(ofResponse: key) == nil else {
      return counter.pass(now, last: last)
    }
    let own = isWhole && counter.total == nil ? nil : last
    guard let counts = counter.advance(to: now, last: own), counts.isRequest else { return }
    var request = ModelRequest(key: key, id: "\(now.key)/\(counter.resets)")
    request.model = model
    request.isFinal = model != nil
    request.counts = counts.tokens
    request.contextWindow = usage.count("modelContextWindow")
    request.reported = String(decoding: usage.raw, as: UTF8.self)
    conversation.bill(request, into: &sink)
  }

  /// Tells of a limit when it is reached.
  mutating func readLimits(
    _ limits: JSONObject?,
    _ message: JSONObject,
    into sink: inout ImportedEvents
  ) {
    let reached = limits?.text("rateLimitReachedType")
    defer { limitReached = reached }
    guard let reached, reached != limitReached else {
      return keep("account/rateLimits/updated", message, into: &sink)
    }
    let windows = [limits?.object("primary"), limits?.object("secondary")].compactMap { $0 }
    let ends = windows.filter { ($0["usedPercent"]?.double ?? 0) >= 100 }
    let event = Event.make(.rateLimit) { json in
      json.member("resets_at", ifPresent: ends.compactMap { $0.seconds("resetsAt") }.max())
      json.member("type", reached)
    }
    conversation.emit(event, into: &sink)
  }
}

extension CodexCounts {
  /// Reads the counts of a message of the app server, which are named otherwise.
  init?(appServer value: JSONValue?) {
    guard let counts = JSONObject(value) else { return nil }
    let input = counts.count("inputTokens") ?? 0
    let output = counts.count("outputTokens") ?? 0
    self.init([
      input,
      counts.count("cachedInputTokens") ?? 0,
      counts.count("cacheWriteInputTokens") ?? 0,
      output,
      counts.count("reasoningOutputTokens") ?? 0,
      counts.count("totalTokens") ?? input + output,
    ])
  }
}
