internal import Events

extension TokenCounts {
  /// Reads a usage of Copilot's, whose input has the cached in it.
  init(copilot usage: JSONObject) {
    let read = usage.count("cacheReadTokens") ?? 0
    let write = usage.count("cacheWriteTokens") ?? 0
    let output = usage.count("outputTokens") ?? 0
    self.init(
      input: max(0, (usage.count("inputTokens") ?? 0) - read - write),
      output: output,
      cacheRead: read,
      cacheWrite: write,
      reasoning: min(usage.count("reasoningTokens") ?? 0, output)
    )
  }

  /// Reads what a compaction used; older versions have other names for it.
  init(copilotCompaction used: JSONObject) {
    guard used["input"] != nil || used["cachedInput"] != nil else {
      self.init(copilot: used)
      return
    }
    let cached = used.count("cachedInput") ?? 0
    self.init(
      input: max(0, (used.count("input") ?? 0) - cached),
      output: used.count("output") ?? 0,
      cacheRead: cached
    )
  }
}

extension CopilotSession {
  /// Corrects what was billed by what a shutdown says that it was.
  mutating func settle(_ data: JSONObject, into sink: inout ImportedEvents) {
    var metrics: [String: CopilotMeter.Sum] = [:]
    data["modelMetrics"]?.forEachMember { name, value in
      guard let usage = JSONObject(value["usage"]) else { return }
      metrics[String(decoding: name, as: UTF8.self)] = CopilotMeter.Sum(
        requests: value["requests"]?["count"]?.count ?? 0,
        counts: TokenCounts(copilot: usage)
      )
    }
    var untold = 0
    for settled in meter.shutDown(metrics) {
      var request: ModelRequest
      if let reply = settled.reply {
        request = ModelRequest(key: reply.key, id: reply.id)
        request.ts = reply.ts
      } else {
        request = ModelRequest(key: nil, id: "\(sink.line.id)/\(settled.model)/\(untold)")
        untold += 1
      }
      request.model = settled.model
      request.counts = settled.counts
      request.isFinal = true
      self[settled.reply?.agent].conversation.bill(request, into: &sink)
    }
    // An AI unit is a cent of the models' list prices.
    guard let units = data.count("totalNanoAiu"), units > 0 else { return }
    let sum = meter.cost(units)
    let payload = Payload.object { json in
      json.money("usd", sum / 100)
      json.member("source", "totalNanoAiu")
    }
    let cost = Event(EventKind(rawValue: "agent.cost"), payload: payload)
    main.conversation.emit(cost, "cost", into: &sink)
  }
}
