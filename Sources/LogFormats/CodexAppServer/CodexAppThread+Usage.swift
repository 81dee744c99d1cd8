internal import Events

extension CodexAppThread {
  /// Bills what the thread's counts have grown by.
  mutating func count(_ params: JSONObject?, ts: Timestamp?, into sink: inout ImportedEvents) {
    guard let usage = params?.object("tokenUsage"), let now = CodexCounts(appServer: usage["total"])
    else { return }
    let last = CodexCounts(appServer: usage["last"])
    defer { total = now }
    var counts = now
    if let total {
      guard now != total else { return }
      if now.isReset(since: total) {
        resets += 1
        counts = last ?? now
      } else {
        counts = now - total
      }
    } else {
      // What a thread has used before this log is no request in it.
      guard hasHadTurn else { return }
      if !isWhole { counts = last ?? now }
    }
    guard counts.isRequest else { return }
    // The server writes the thread's own log too.
    let key = CodexMark.key(now, last)
    let own = CodexMark.own.mark(key, of: id)
    let isCopied = sink.isBilled(own, byOtherThan: transcript.run)
    let event = Event.make(.usage) { json in
      json.member("model", ifPresent: transcript.model)
      counts.write(to: &json)
      json.member("context_window", ifPresent: usage.count("modelContextWindow"))
      if isCopied { json.member("copied", true) }
      json.raw("reported", usage.raw)
    }
    transcript.emit(
      event,
      id: "usage/" + now.key + "/\(resets)",
      ts: ts,
      bills: isCopied ? nil : CodexMark.told.mark(key, of: id),
      into: &sink
    )
  }

  /// Tells of a limit when it is reached.
  mutating func readLimits(
    _ limits: JSONObject?,
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let reached = limits?.text("rateLimitReachedType")
    defer { limitReached = reached }
    guard let reached, reached != limitReached else {
      return keep("account/rateLimits/updated", message, id: id, ts: ts, into: &sink)
    }
    let windows = [limits?.object("primary"), limits?.object("secondary")].compactMap { $0 }
    let ends = windows.filter { ($0["usedPercent"]?.double ?? 0) >= 100 }
    let event = Event.make(.rateLimit) { json in
      json.member("resets_at", ifPresent: ends.compactMap { $0.seconds("resetsAt") }.max())
      json.member("type", reached)
    }
    transcript.emit(event, id: id, ts: ts, into: &sink)
  }

  // MARK: Memory

  func write(to json: inout JSONWriter) {
    json.member("id", id)
    json.object("transcript") { transcript.write(to: &$0) }
    json.member("total", ifPresent: total?.fields)
    json.member("resets", resets)
    json.member("whole", isWhole)
    json.member("had_turn", hasHadTurn)
    json.object("open") { json in
      for (item, ts) in open.sorted(by: { $0.key < $1.key }) {
        json.member(item, ts?.microseconds ?? -1)
      }
    }
    json.member("failure", ifPresent: failure)
    json.member("compacted", hasCompacted)
    json.member("limit", ifPresent: limitReached)
  }

  init?(state: JSONObject?) {
    guard let state, let id = state.text("id"),
      let transcript = Transcript(state.object("transcript"))
    else { return nil }
    self.id = id
    self.transcript = transcript
    total = CodexCounts(state: state["total"])
    resets = state["resets"]?.int ?? 0
    isWhole = state.isTrue("whole")
    hasHadTurn = state.isTrue("had_turn")
    state["open"]?.forEachMember { item, value in
      let ts = value.int.flatMap { $0 < 0 ? nil : Timestamp(microseconds: $0) }
      open.updateValue(ts, forKey: String(decoding: item, as: UTF8.self))
    }
    failure = state.text("failure")
    hasCompacted = state.isTrue("compacted")
    limitReached = state.text("limit")
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
