extension Event {
  /// The tokens that one model used in a turn, as the result of the turn reports them.
  public struct ModelTotals: Sendable, Hashable {
    /// Input that no cache served.
    public var input: Int64
    /// Output.
    public var output: Int64
    /// Input read from a cache.
    public var cacheRead: Int64
    /// Input written to a cache.
    public var cacheWrite: Int64
    /// What it cost, in dollars, if that was reported.
    public var costUSD: Double?

    /// Makes the totals of one model.
    public init(
      input: Int64 = 0,
      output: Int64 = 0,
      cacheRead: Int64 = 0,
      cacheWrite: Int64 = 0,
      costUSD: Double? = nil
    ) {
      self.input = input
      self.output = output
      self.cacheRead = cacheRead
      self.cacheWrite = cacheWrite
      self.costUSD = costUSD
    }
  }

  /// A turn began.
  public static func turnStart(id: String? = nil) -> Event {
    make(.turnStart) { $0.member("turn_id", ifPresent: id) }
  }

  /// A turn ended.
  ///
  /// `byModel`, where there is any, is the authority on the tokens of the turn: it replaces
  /// what the turn's `usage` events said. `durationMs` is how long the agent says that it worked,
  /// without the time that it waited for a person.
  public static func turnResult(
    id: String? = nil,
    status: String? = nil,
    stopReason: String? = nil,
    terminalReason: String? = nil,
    costUSD: Double? = nil,
    byModel: [String: ModelTotals] = [:],
    isSubagent: Bool = false,
    durationMs: Int64? = nil
  ) -> Event {
    make(.turnResult) { json in
      json.member("turn_id", ifPresent: id)
      json.member("status", ifPresent: status)
      json.member("stop_reason", ifPresent: stopReason)
      json.member("terminal_reason", ifPresent: terminalReason)
      json.member("cost_usd", ifPresent: costUSD)
      if !byModel.isEmpty {
        json.object("by_model") { json in
          for (model, totals) in byModel.sorted(by: { $0.key < $1.key }) {
            json.object(model) { totals.write(to: &$0) }
          }
        }
      }
      json.member("subagent", ifPresent: isSubagent ? true : nil)
      json.member("duration_ms", ifPresent: durationMs)
    }
  }

  /// A prompt reached the agent.
  public static func input(_ text: String? = nil) -> Event {
    make(.input) { $0.member("text", ifPresent: text) }.with(producer: .user)
  }

  /// The agent said something.
  public static func text(_ text: String? = nil, isSubagent: Bool = false) -> Event {
    words(.text, text, isSubagent)
  }

  /// The agent thought something.
  public static func thought(_ text: String? = nil, isSubagent: Bool = false) -> Event {
    words(.thought, text, isSubagent)
  }

  private static func words(_ kind: KnownKind, _ text: String?, _ isSubagent: Bool) -> Event {
    make(kind) { json in
      json.member("text", ifPresent: text)
      json.member("subagent", ifPresent: isSubagent ? true : nil)
    }
  }

  /// One request to a model, and what it used.
  ///
  /// The classes don't overlap, but that `cacheWrite1h` is the part of `cacheWrite` that was
  /// written for one hour, and `reasoning` the part of `output` that nobody sees. An event that
  /// `replaces` an earlier usage, named by its event id, corrects that one and is not a request of
  /// its own. `isUnknown` says that the source does not tell all counts of the request.
  public static func usage(
    model: String? = nil,
    input: Int64 = 0,
    output: Int64 = 0,
    cacheRead: Int64 = 0,
    cacheWrite: Int64 = 0,
    cacheWrite1h: Int64 = 0,
    reasoning: Int64 = 0,
    costUSD: Double? = nil,
    contextWindow: Int64? = nil,
    isPartial: Bool = false,
    isCopied: Bool = false,
    isSubagent: Bool = false,
    isUnknown: Bool = false,
    tier: ServiceTier? = nil,
    webSearches: Int64 = 0,
    inferenceGeo: String? = nil,
    replaces: String? = nil
  ) -> Event {
    make(.usage) { json in
      json.member("model", ifPresent: model)
      json.member("input_tokens", input)
      json.member("output_tokens", output)
      json.member("cache_read_tokens", cacheRead)
      json.member("cache_write_tokens", cacheWrite)
      json.member("cache_write_1h_tokens", ifPresent: cacheWrite1h == 0 ? nil : cacheWrite1h)
      json.member("reasoning_tokens", ifPresent: reasoning == 0 ? nil : reasoning)
      json.member("cost_usd", ifPresent: costUSD)
      json.member("context_window", ifPresent: contextWindow)
      json.member("partial", ifPresent: isPartial ? true : nil)
      json.member("copied", ifPresent: isCopied ? true : nil)
      json.member("subagent", ifPresent: isSubagent ? true : nil)
      json.member("unknown", ifPresent: isUnknown ? true : nil)
      json.member("tier", ifPresent: tier?.rawValue)
      json.member("web_searches", ifPresent: webSearches == 0 ? nil : webSearches)
      json.member("inference_geo", ifPresent: inferenceGeo)
      json.member("replaces", ifPresent: replaces)
    }
  }
}

extension Event.ModelTotals {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("input", input)
    json.member("output", output)
    json.member("cache_read", cacheRead)
    json.member("cache_create", cacheWrite)
    json.member("cost_usd", ifPresent: costUSD)
  }
}
