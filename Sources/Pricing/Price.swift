package import Events

/// What tokens of each class cost, in nano-dollars per million tokens, which is also 1e-15 dollars
/// per token.
package struct TokenRates: Sendable, Hashable {
  /// Input that no cache served.
  package var input: Int64
  /// Output, reasoning included.
  package var output: Int64
  package var cacheRead: Int64
  /// Written to a cache for as long as is usual: five minutes where there is a choice.
  package var cacheWrite: Int64
  /// Written to a cache for one hour.
  package var cacheWrite1h: Int64

  /// No price is higher than ten thousand dollars per million tokens.
  ///
  /// With that no product of a count, a price and a multiplier exceeds 128 bits.
  static let max: Int64 = 10_000_000_000_000

  /// All prices multiplied by a factor in thousandths, each rounded half up.
  func scaled(by factor: Int64) -> TokenRates {
    func scale(_ rate: Int64) -> Int64 {
      Swift.min(Int64(clamping: (Int128(rate) * Int128(factor) + 500) / 1000), Self.max)
    }
    return TokenRates(
      input: scale(input),
      output: scale(output),
      cacheRead: scale(cacheRead),
      cacheWrite: scale(cacheWrite),
      cacheWrite1h: scale(cacheWrite1h)
    )
  }
}

/// The prices of a model in one service tier, by the length of the request.
package struct RateCard: Sendable, Hashable {
  /// Prices for requests with more context than `above` tokens; they hold for all tokens of such a
  /// request.
  package struct LongContext: Sendable, Hashable {
    package var above: Int64
    package var rates: TokenRates
  }

  package var rates: TokenRates
  /// By ascending threshold.
  package var longContext: [LongContext] = []

  /// The prices of a request that is known to have more context than this.
  func rates(above context: Int64) -> TokenRates {
    longContext.last { $0.above <= context }?.rates ?? rates
  }

  func scaled(by factor: Int64) -> RateCard {
    RateCard(
      rates: rates.scaled(by: factor),
      longContext: longContext.map {
        LongContext(above: $0.above, rates: $0.rates.scaled(by: factor))
      }
    )
  }
}

/// What a model costs from some time on.
package struct Price: Sendable, Hashable {
  /// From when on it holds; `nil` for the first that is known.
  package var from: Timestamp?
  package var standard: RateCard
  /// The other service tiers that have a price, by ascending name.
  package var tiers: [Tier] = []
  /// What 1,000 web searches cost, in nano-dollars; `nil` where they have no price.
  package var webSearches: Int64?
  /// What all prices of tokens are multiplied by where the model is asked to run in the United
  /// States, in thousandths.
  package var unitedStates: Int64?

  /// A service tier with its prices.
  package struct Tier: Sendable, Hashable {
    package var tier: ServiceTier
    package var card: RateCard
  }

  /// The prices of a tier; `nil` where it has none.
  ///
  /// One vendor calls `fast` what another calls `priority`: the same model sooner, for more money.
  package func card(_ tier: ServiceTier?) -> RateCard? {
    guard let tier else { return standard }
    let names: [ServiceTier] = tier == .fast ? [.fast, .priority] : [tier]
    for name in names {
      if let found = tiers.first(where: { $0.tier == name }) { return found.card }
    }
    return nil
  }

  mutating func set(_ tier: ServiceTier, _ card: RateCard) {
    tiers.removeAll { $0.tier == tier }
    tiers.append(Tier(tier: tier, card: card))
    tiers.sort { $0.tier.rawValue < $1.tier.rawValue }
  }
}

/// A model with its prices over time.
package struct PricedModel: Sendable, Hashable {
  package var name: String
  package var aliases: [String]
  /// By ascending time.
  package var prices: [Price]

  /// The price that held at a time; before the first, the first, and without a time, the last.
  package func price(at time: Timestamp?) -> Price? {
    guard let time else { return prices.last }
    return prices.last { price in price.from.map { $0 <= time } ?? true } ?? prices.first
  }
}
