/// The parts of some usage that came in long requests.
///
/// Price lists raise their prices above one of three sizes of the context. A request is in each part
/// whose limit its own input, cached or not, exceeds: one of 300,000 tokens is in all three. A price
/// that holds between two limits is applied to the difference of two parts.
public struct LongContext: Sendable, Hashable, CounterFields {
  /// Requests of more than 100,000 context tokens.
  public var over100k = TokenUsage()
  /// Requests of more than 200,000 context tokens.
  public var over200k = TokenUsage()
  /// Requests of more than 272,000 context tokens.
  public var over272k = TokenUsage()

  /// Makes parts of zero.
  public init() {}

  /// Counts a request in the parts that it belongs to.
  mutating func add(_ request: TokenUsage) {
    let context = request.context
    guard context > 100_000 else { return }
    over100k += request
    if context > 200_000 { over200k += request }
    if context > 272_000 { over272k += request }
  }

  /// Takes a request out of the parts that it was counted in.
  mutating func subtract(_ request: TokenUsage) {
    let context = request.context
    guard context > 100_000 else { return }
    over100k -= request
    if context > 200_000 { over200k -= request }
    if context > 272_000 { over272k -= request }
  }

  /// These parts with no token class above that of `limit`.
  func cut(to limit: TokenUsage) -> LongContext {
    var result = LongContext()
    result.over100k = over100k.cut(to: limit)
    result.over200k = over200k.cut(to: limit)
    result.over272k = over272k.cut(to: limit)
    return result
  }
}
