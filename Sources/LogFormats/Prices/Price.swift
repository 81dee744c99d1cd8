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
}

/// What a model costs from some time on.
package struct Price: Sendable, Hashable {
  /// Prices for requests with more context than `above` tokens, all of whose tokens they hold for.
  package struct LongContext: Sendable, Hashable {
    package var above: Int64
    package var rates: TokenRates
  }

  /// From when on it holds; `nil` for the first that is known.
  package var from: Timestamp?
  package var rates: TokenRates
  package var longContext: LongContext?
  /// What all prices are multiplied with in the fast mode, in thousandths; `nil` where there is none.
  package var fast: Int64?
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
