/// Tokens to be priced.
package struct BilledTokens: Sendable, Hashable {
  /// Tokens by class, which don't overlap but for the one-hour part of the cache writes.
  package struct Classes: Sendable, Hashable {
    package var input: Int64 = 0
    package var output: Int64 = 0
    package var cacheRead: Int64 = 0
    package var cacheWrite: Int64 = 0
    /// The part of `cacheWrite` that was written for one hour.
    package var cacheWrite1h: Int64 = 0

    package init() {}

    package static func += (lhs: inout Classes, rhs: Classes) {
      lhs.input &+= rhs.input
      lhs.output &+= rhs.output
      lhs.cacheRead &+= rhs.cacheRead
      lhs.cacheWrite &+= rhs.cacheWrite
      lhs.cacheWrite1h &+= rhs.cacheWrite1h
    }
  }

  package var all = Classes()
  /// The part of `all` that came in requests of more than ``longContextMin`` context tokens.
  package var long = Classes()

  package init() {}

  /// The context above which a digest keeps the tokens of a request apart.
  package static let longContextMin: Int64 = 200_000

  package var isZero: Bool { all == Classes() }
}

/// Money as a sum of exact products: what is rounded is only what is shown.
package struct TokenCost: Sendable, Hashable {
  /// In 1e-18 dollars: tokens times nano-dollars per million times thousandths.
  private(set) var atto: Int128 = 0
  /// Whether it is only the least that it can be: a price depends on the length of each request,
  /// by another threshold than the one that the digest keeps.
  package private(set) var isLowerBound = false

  package init() {}

  /// Whole nano-dollars, rounded once, half away from zero.
  package var nanoUSD: Int64 {
    let unit: Int128 = 1_000_000_000
    let (whole, rest) = atto.quotientAndRemainder(dividingBy: unit)
    let step: Int128 = 2 * rest.magnitude >= unit.magnitude ? (atto < 0 ? -1 : 1) : 0
    return Int64(clamping: whole + step)
  }

  // Counts from outside may be absurd: sums wrap rather than trap.
  package static func + (lhs: TokenCost, rhs: TokenCost) -> TokenCost {
    var sum = lhs
    sum.atto &+= rhs.atto
    sum.isLowerBound = lhs.isLowerBound || rhs.isLowerBound
    return sum
  }
}

extension Price {
  /// What tokens cost, in the fast mode or not.
  package func cost(of tokens: BilledTokens, isFast: Bool = false) -> TokenCost {
    var cost = TokenCost()
    let factor = isFast ? fast ?? 1000 : 1000
    guard let longContext else {
      cost.add(tokens.all, rates, factor)
      return cost
    }
    // A request above a lower threshold is above this one too; of one above a higher threshold
    // nobody knows, so that it costs at least the base price.
    let isSurelyLong = longContext.above <= BilledTokens.longContextMin
    cost.add(tokens.all, rates, factor)
    if isSurelyLong {
      cost.add(tokens.long, rates, -factor)
      cost.add(tokens.long, longContext.rates, factor)
    }
    let undecided =
      longContext.above < BilledTokens.longContextMin
      ? tokens.all != tokens.long
      : longContext.above > BilledTokens.longContextMin && tokens.long != BilledTokens.Classes()
    if undecided { cost.isOnlyAtLeast() }
    return cost
  }
}

extension TokenCost {
  fileprivate mutating func add(
    _ tokens: BilledTokens.Classes,
    _ rates: TokenRates,
    _ factor: Int64
  ) {
    let products: [(Int64, Int64)] = [
      (tokens.input, rates.input), (tokens.output, rates.output),
      (tokens.cacheRead, rates.cacheRead),
      (tokens.cacheWrite &- tokens.cacheWrite1h, rates.cacheWrite),
      (tokens.cacheWrite1h, rates.cacheWrite1h),
    ]
    for (count, rate) in products {
      atto &+= Int128(count) &* Int128(rate) &* Int128(factor)
    }
  }

  fileprivate mutating func isOnlyAtLeast() {
    isLowerBound = true
  }
}
