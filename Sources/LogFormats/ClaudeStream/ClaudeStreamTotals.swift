internal import Events

/// What the `result` frames of a session have summed up so far.
///
/// `modelUsage` and `total_cost_usd` are running totals, sub-agents and hidden requests included: what
/// they have grown by since the last `result` is the turn's. `usage` is the turn's own, without those.
///
/// - A process begins at zero, or, from 2.1.277 on, where the process before it has stopped, if it
///   resumes its session. The figures tell which: a total that does not cover what it was and the
///   turn's own usage has begun at zero.
/// - `/clear` gives the session a new id in the middle of a process. The totals go on where they have
///   grown by exactly the turn's own usage.
struct ClaudeStreamTotals: Codable {
  var models: [String: TokenCounts] = [:]
  /// In nano-dollars.
  var cost: Int64?
  var apiMs: Int64?
  /// The place of the last result in its process.
  var place: Int64?

  init() {}

  init(result frame: JSONObject) {
    cost = frame["total_cost_usd"]?.money
    apiMs = frame.count("duration_api_ms")
    place = frame.count("result_index")
    frame["modelUsage"]?.forEachMember { name, value in
      guard let usage = JSONObject(value) else { return }
      let model = Self.plain(String(decoding: name, as: UTF8.self))
      models[model, default: TokenCounts()] += TokenCounts(
        input: usage.count("inputTokens") ?? 0,
        output: usage.count("outputTokens") ?? 0,
        cacheRead: usage.count("cacheReadInputTokens") ?? 0,
        cacheWrite: usage.count("cacheCreationInputTokens") ?? 0
      )
    }
  }

  /// A model without what is said of its window: `claude-x[1m]`.
  static func plain(_ model: String) -> String {
    String(model.prefix { $0 != "[" })
  }

  /// How far the counters have come.
  var sum: Int64 { models.values.reduce(0) { $0 + $1.input + $1.output } }

  // MARK: Growth

  /// What a turn took, by model; `nil` for a cost that is not known.
  struct Growth {
    var models: [String: TokenCounts] = [:]
    var cost: Int64?
  }

  /// What these totals have grown by since others.
  func growth(since old: ClaudeStreamTotals) -> Growth {
    var growth = Growth()
    for (model, counts) in models {
      growth.models[model] = counts.excess(over: old.models[model] ?? TokenCounts())
    }
    growth.cost = cost.map { max(0, $0 - (old.cost ?? 0)) }
    return growth
  }

  /// What a part of a model's total cost, by the proportions of Anthropic's prices: output costs five
  /// times as much as input, a cache write 1.25 times, a cache read a tenth.
  ///
  /// `nil` where another model has a part in the cost, which it may be of too.
  func share(of part: TokenCounts, by model: String) -> Int64? {
    guard let cost, models.count == 1, let total = models[model], total.weight > 0,
      part.weight <= total.weight
    else { return nil }
    return Int64((Double(cost) * part.weight / total.weight).rounded())
  }

  /// Whether these totals can be others and a turn's own usage, or more than that.
  func covers(_ old: ClaudeStreamTotals, and usage: TokenCounts) -> Bool {
    let isGrown = old.models.allSatisfy { model, counts in
      counts.excess(over: models[model] ?? TokenCounts()).isZero
    }
    guard isGrown, (old.cost ?? 0) <= (cost ?? .max) else { return false }
    return usage.excess(over: rise(since: old)).isZero
  }

  /// Whether these totals are others and a turn's own usage, and nothing else.
  func isExactly(_ old: ClaudeStreamTotals, and usage: TokenCounts) -> Bool {
    covers(old, and: usage) && rise(since: old).excess(over: usage).isZero
  }

  private func rise(since old: ClaudeStreamTotals) -> TokenCounts {
    growth(since: old).models.values.reduce(TokenCounts(), +)
  }

  // MARK: Writing

  init?(_ text: String) {
    var found: ClaudeStreamTotals?
    Array(text.utf8).withUnsafeBytes { bytes in
      guard let saved = JSONObject(try? JSONValue.parse(bytes)) else { return }
      var totals = ClaudeStreamTotals()
      totals.models = TokenCounts.byName(saved["models"])
      totals.cost = saved["cost"]?.int
      totals.apiMs = saved.count("api")
      totals.place = saved.count("place")
      found = totals
    }
    guard let found else { return nil }
    self = found
  }

  var text: String {
    var json = JSONWriter()
    json.object { json in
      TokenCounts.write(models, as: "models", to: &json)
      json.member("cost", ifPresent: cost)
      json.member("api", ifPresent: apiMs)
      json.member("place", ifPresent: place)
    }
    return String(decoding: json.takeBytes(), as: UTF8.self)
  }
}

extension TokenCounts {
  /// What they cost, in input tokens.
  fileprivate var weight: Double {
    Double(input) + 5 * Double(output) + Double(cacheRead) / 10 + 1.25 * Double(cacheWrite)
  }
}
