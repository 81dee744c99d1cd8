/// Tokens to be priced, and web searches.
package struct BilledTokens: Sendable, Hashable {
  /// Tokens by class, which don't overlap, except that `cacheWrite` includes `cacheWrite1h`.
  package struct Classes: Sendable, Hashable {
    package var input: Int64 = 0
    package var output: Int64 = 0
    package var cacheRead: Int64 = 0
    package var cacheWrite: Int64 = 0
    /// The part of `cacheWrite` that was written for one hour.
    package var cacheWrite1h: Int64 = 0

    package init() {}

    package var isZero: Bool { self == Classes() }

    /// All that was sent, cached or not.
    var context: Int64 { input &+ cacheRead &+ cacheWrite }

    // Counts from outside may be absurd: sums wrap rather than trap.
    package static func += (lhs: inout Classes, rhs: Classes) {
      lhs.input &+= rhs.input
      lhs.output &+= rhs.output
      lhs.cacheRead &+= rhs.cacheRead
      lhs.cacheWrite &+= rhs.cacheWrite
      lhs.cacheWrite1h &+= rhs.cacheWrite1h
    }

    static func - (lhs: Classes, rhs: Classes) -> Classes {
      var result = lhs
      result.input &-= rhs.input
      result.output &-= rhs.output
      result.cacheRead &-= rhs.cacheRead
      result.cacheWrite &-= rhs.cacheWrite
      result.cacheWrite1h &-= rhs.cacheWrite1h
      return result
    }
  }

  package var all = Classes()
  /// The part of `all` that came in requests of more than 100,000 tokens of context.
  package var above100k = Classes()
  /// The part of `above100k` that came in requests of more than 200,000.
  package var above200k = Classes()
  /// The part of `above200k` that came in requests of more than 272,000.
  package var above272k = Classes()
  /// The part of `all` that was asked for in the United States alone.
  package var unitedStates = Classes()
  package var webSearches: Int64 = 0

  package init() {}

  package var isZero: Bool { all.isZero && webSearches == 0 }

  package static func += (lhs: inout BilledTokens, rhs: BilledTokens) {
    lhs.all += rhs.all
    lhs.above100k += rhs.above100k
    lhs.above200k += rhs.above200k
    lhs.above272k += rhs.above272k
    lhs.unitedStates += rhs.unitedStates
    lhs.webSearches &+= rhs.webSearches
  }

  /// A part of the tokens, by the length of the requests that they came in.
  struct Segment {
    /// The requests have more context than this.
    var above: Int64
    /// They have at most this much.
    var upTo: Int64
    var tokens: Classes
  }

  /// The parts that a digest tells apart; they add up to all tokens.
  var segments: [Segment] {
    [
      Segment(above: 0, upTo: 100_000, tokens: all - above100k),
      Segment(above: 100_000, upTo: 200_000, tokens: above100k - above200k),
      Segment(above: 200_000, upTo: 272_000, tokens: above200k - above272k),
      Segment(above: 272_000, upTo: .max, tokens: above272k),
    ]
  }
}
