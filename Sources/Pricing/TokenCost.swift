package import Events

/// Money as a sum of exact products: what is rounded is only what is shown.
package struct TokenCost: Sendable, Hashable {
  /// In 1e-18 dollars: tokens times nano-dollars per million times thousandths.
  private(set) var atto: Int128 = 0
  /// Whether it is only the least that it can be: a price is missing, or depends on something that
  /// a digest does not tell.
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
  /// What tokens and searches cost in a service tier; `nil` where the tier may cost less than the
  /// standard one and has no price.
  ///
  /// A tier that costs more and has no price costs at least the standard one's.
  package func cost(of tokens: BilledTokens, tier: ServiceTier? = nil) -> TokenCost? {
    var cost = TokenCost()
    let card = card(tier)
    if card == nil {
      guard let tier, tier.costsMore else { return nil }
      cost.isOnlyAtLeast()
    }
    cost.add(tokens, card ?? standard)
    cost.add(unitedStates: tokens, card ?? standard, factor: unitedStates ?? 1000)
    if tokens.webSearches != 0 {
      if let webSearches {
        cost.add(searches: tokens.webSearches, perThousand: webSearches)
      } else {
        cost.isOnlyAtLeast()
      }
    }
    return cost
  }
}

extension TokenCost {
  /// Adds tokens by the length of the requests that they came in.
  ///
  /// Of a request in a segment all is known about thresholds outside it. Of one inside it nothing is
  /// known, unless all requests together do not reach it: then they cost at least the price below.
  fileprivate mutating func add(_ tokens: BilledTokens, _ card: RateCard) {
    guard !card.longContext.isEmpty else { return add(tokens.all, card.rates, 1000) }
    for segment in tokens.segments where !segment.tokens.isZero {
      add(segment.tokens, card.rates(above: segment.above), 1000)
      let isOpen = card.longContext.contains { long in
        segment.above < long.above && long.above < segment.upTo
          && segment.tokens.context > long.above
      }
      if isOpen { isOnlyAtLeast() }
    }
  }

  /// Adds what the United States cost more, `factor` thousandths of the rest.
  ///
  /// A digest does not tell how long those requests were: where that matters, they count as short.
  fileprivate mutating func add(unitedStates tokens: BilledTokens, _ card: RateCard, factor: Int64)
  {
    guard factor != 1000, !tokens.unitedStates.isZero else { return }
    if tokens.unitedStates == tokens.all {
      atto = atto &+ atto / 1000 &* Int128(factor - 1000)
    } else {
      add(tokens.unitedStates, card.rates, factor - 1000)
      if !card.longContext.isEmpty, !tokens.above100k.isZero { isOnlyAtLeast() }
    }
  }

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

  /// A nano-dollar per thousand is 1e-12 dollars for each.
  fileprivate mutating func add(searches: Int64, perThousand: Int64) {
    atto &+= Int128(searches) &* Int128(perThousand) &* 1_000_000
  }

  fileprivate mutating func isOnlyAtLeast() {
    isLowerBound = true
  }
}
