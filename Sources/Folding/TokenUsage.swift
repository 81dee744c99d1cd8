/// Requests and tokens of one model.
///
/// The classes never overlap, but that `reasoning` is a part of `output` and `cacheWrite1h` a part
/// of `cacheWrite`.
public struct TokenUsage: Sendable, Hashable, CounterFields {
  /// Model requests.
  public var requests: Int64 = 0
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
  /// Requests whose source logged only a placeholder for the output count.
  public var partialRequests: Int64 = 0
  /// Requests whose source does not tell all counts.
  public var unknownRequests: Int64 = 0
  /// Web searches that the provider made and bills.
  public var webSearches: Int64 = 0

  /// Makes counts of zero.
  public init() {}

  /// The size of the context that was sent: all input, cached or not.
  var context: Int64 { input &+ cacheRead &+ cacheWrite }

  /// These counts with no token class above that of `limit`; requests and web searches stay.
  func cut(to limit: TokenUsage) -> TokenUsage {
    var result = self
    result.input = min(input, limit.input)
    result.output = min(output, limit.output)
    result.reasoning = min(reasoning, limit.reasoning)
    result.cacheRead = min(cacheRead, limit.cacheRead)
    result.cacheWrite = min(cacheWrite, limit.cacheWrite)
    result.cacheWrite1h = min(cacheWrite1h, limit.cacheWrite1h)
    return result
  }

  /// What a total that names only the four large classes makes of these counts.
  ///
  /// Requests and web searches stay, since they count events. What the total cannot know stays too,
  /// cut to it.
  func replaced(by total: TokenUsage) -> TokenUsage {
    var result = self
    result.input = total.input
    result.output = total.output
    result.cacheRead = total.cacheRead
    result.cacheWrite = total.cacheWrite
    result.reasoning = min(reasoning, total.output)
    result.cacheWrite1h = min(cacheWrite1h, total.cacheWrite)
    return result
  }
}
