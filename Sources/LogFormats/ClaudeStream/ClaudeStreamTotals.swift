internal import Events

/// What the `result` frames of a session have told so far.
///
/// `modelUsage` and `total_cost_usd` are running totals of the call, sub-agents included: what
/// they have grown by since the last `result` is the turn's. Of that the counts that its
/// sub-agents' runs have already are taken off, so that the family's sum is what was reported.
/// A total that went back is that of another call, which has begun anew. `usage`, where there is
/// no `modelUsage`, is the turn's own, without sub-agents.
struct ClaudeStreamTotals {
  var models: [String: TokenCounts] = [:]
  /// In nano-dollars.
  var cost: Int64 = 0
  /// What the sub-agents' runs have been billed since the last `result`, by model.
  var agents: [String: TokenCounts] = [:]

  /// Takes a `result`; answers the tokens of its turn by model, and its cost.
  mutating func take(
    _ frame: JSONObject,
    model: String?
  ) -> (models: [String: TokenCounts], cost: Int64?) {
    let cost = takeCost(frame["total_cost_usd"]?.money)
    guard let reported = frame["modelUsage"], reported.isObject else {
      guard let usage = frame.object("usage") else { return ([:], cost) }
      return ([model ?? "(unknown)": TokenCounts(usage: usage)], cost)
    }
    var now: [String: TokenCounts] = [:]
    reported.forEachMember { name, value in
      guard let usage = JSONObject(value) else { return }
      now[String(decoding: name, as: UTF8.self)] = TokenCounts(modelUsage: usage)
    }
    let hasRestarted = models.contains { name, old in
      !old.excess(over: now[name] ?? TokenCounts()).isZero
    }
    var turn: [String: TokenCounts] = [:]
    for (name, counts) in now {
      let grown = hasRestarted ? counts : counts.excess(over: models[name] ?? TokenCounts())
      turn[name] = grown.excess(over: agents[Self.plain(name)] ?? TokenCounts())
    }
    models = now
    agents = [:]
    return (turn, cost)
  }

  private mutating func takeCost(_ now: Int64?) -> Int64? {
    guard let now else { return nil }
    let grown = now < cost ? now : now - cost
    cost = now
    return grown
  }

  /// A model without what is said of its window: `claude-x[1m]`.
  static func plain(_ model: String) -> String {
    String(model.prefix { $0 != "[" })
  }
}

extension TokenCounts {
  /// Reads an entry of `modelUsage`.
  fileprivate init(modelUsage: JSONObject) {
    self.init(
      input: modelUsage.count("inputTokens") ?? 0,
      output: modelUsage.count("outputTokens") ?? 0,
      cacheRead: modelUsage.count("cacheReadInputTokens") ?? 0,
      cacheWrite: modelUsage.count("cacheCreationInputTokens") ?? 0
    )
  }

  /// Reads a usage as the API gives it.
  fileprivate init(usage: JSONObject) {
    self.init(
      input: usage.count("input_tokens") ?? 0,
      output: usage.count("output_tokens") ?? 0,
      cacheRead: usage.count("cache_read_input_tokens") ?? 0,
      cacheWrite: usage.count("cache_creation_input_tokens") ?? 0
    )
  }
}
