/// Requests and tokens of one model.
///
/// The classes never overlap, but that `reasoning` is a part of `output` and `cacheWrite1h` a part
/// of `cacheWrite`.
public struct TokenCounts: Sendable, Hashable {
  /// Model requests.
  public var requests: Int64 = 0
  /// Requests whose source logged only a placeholder for the output count.
  public var partialRequests: Int64 = 0
  /// Input tokens that no cache served.
  public var input: Int64 = 0
  /// Output tokens, reasoning included.
  public var output: Int64 = 0
  /// The part of `output` that was reasoning.
  public var reasoning: Int64 = 0
  /// Input tokens read from a cache.
  public var cacheRead: Int64 = 0
  /// Input tokens written to a cache.
  public var cacheWrite: Int64 = 0
  /// The part of `cacheWrite` that was written for one hour.
  public var cacheWrite1h: Int64 = 0

  /// Makes counts of zero.
  public init() {}

  /// The size of the context that was sent: all input, cached or not.
  var context: Int64 { input &+ cacheRead &+ cacheWrite }

  // Counts come from outside and may be as large as 2^53 each, any number of times: sums wrap
  // rather than trap, which keeps them additive.
  static func += (lhs: inout TokenCounts, rhs: TokenCounts) {
    lhs.requests &+= rhs.requests
    lhs.partialRequests &+= rhs.partialRequests
    lhs.input &+= rhs.input
    lhs.output &+= rhs.output
    lhs.reasoning &+= rhs.reasoning
    lhs.cacheRead &+= rhs.cacheRead
    lhs.cacheWrite &+= rhs.cacheWrite
    lhs.cacheWrite1h &+= rhs.cacheWrite1h
  }

  static func -= (lhs: inout TokenCounts, rhs: TokenCounts) {
    lhs.requests &-= rhs.requests
    lhs.partialRequests &-= rhs.partialRequests
    lhs.input &-= rhs.input
    lhs.output &-= rhs.output
    lhs.reasoning &-= rhs.reasoning
    lhs.cacheRead &-= rhs.cacheRead
    lhs.cacheWrite &-= rhs.cacheWrite
    lhs.cacheWrite1h &-= rhs.cacheWrite1h
  }

  /// These counts with no token class above that of `limit`; requests stay.
  func cut(to limit: TokenCounts) -> TokenCounts {
    var result = self
    result.input = min(input, limit.input)
    result.output = min(output, limit.output)
    result.reasoning = min(reasoning, limit.reasoning)
    result.cacheRead = min(cacheRead, limit.cacheRead)
    result.cacheWrite = min(cacheWrite, limit.cacheWrite)
    result.cacheWrite1h = min(cacheWrite1h, limit.cacheWrite1h)
    return result
  }
}

/// What one model was used for: by the agent itself, and apart from it by its sub-agents.
public struct ModelUsage: Sendable, Hashable {
  /// The agent's own requests.
  public var own = TokenCounts()
  /// The part of `own` that came in requests of more than 200 000 context tokens.
  public var longContext = TokenCounts()
  /// The requests of sub-agents, which no turn total ever replaces.
  public var subagent = TokenCounts()
  /// The part of `subagent` that came in requests of more than 200 000 context tokens.
  public var subagentLongContext = TokenCounts()

  /// Makes usage of zero.
  public init() {}

  /// A request with more context than this is long: some models price it higher.
  static let longContextMin: Int64 = 200_000

  static func += (lhs: inout ModelUsage, rhs: ModelUsage) {
    lhs.own += rhs.own
    lhs.longContext += rhs.longContext
    lhs.subagent += rhs.subagent
    lhs.subagentLongContext += rhs.subagentLongContext
  }
}

/// Money that somebody reported, in nano-dollars (1e-9 USD), which is not the same as none.
public struct ReportedCost: Sendable, Hashable {
  /// The sum in nano-dollars.
  public var nanoUSD: Int64 = 0
  /// How many reports are in it; with none the cost is unknown, not 0.
  public var reports: Int64 = 0

  /// Makes a cost that nobody reported.
  public init() {}

  /// Makes the cost of one report.
  package init(nanoUSD: Int64) {
    self.nanoUSD = nanoUSD
    reports = 1
  }

  /// The sum, `nil` where nothing reported any.
  public var value: Int64? { reports == 0 ? nil : nanoUSD }

  static func += (lhs: inout ReportedCost, rhs: ReportedCost) {
    lhs.nanoUSD &+= rhs.nanoUSD
    lhs.reports &+= rhs.reports
  }

  static func -= (lhs: inout ReportedCost, rhs: ReportedCost) {
    lhs.nanoUSD &-= rhs.nanoUSD
    lhs.reports &-= rhs.reports
  }
}
