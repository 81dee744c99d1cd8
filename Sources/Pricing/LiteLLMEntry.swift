internal import Events

/// The prices of one model in LiteLLM's list, by service tier and by length of the request.
///
/// A key is a class of tokens, then a threshold, then a tier:
/// `input_cost_per_token_above_272k_tokens_priority`.
struct LiteLLMEntry {
  private enum TokenClass: CaseIterable {
    case input, output, cacheRead, cacheWrite1h, cacheWrite

    var key: String {
      switch self {
      case .input: "input_cost_per_token"
      case .output: "output_cost_per_token"
      case .cacheRead: "cache_read_input_token_cost"
      case .cacheWrite: "cache_creation_input_token_cost"
      case .cacheWrite1h: "cache_creation_input_token_cost_above_1hr"
      }
    }
  }

  private struct Part: Hashable {
    var tier: ServiceTier?
    var above: Int64 = 0
  }

  private var parts: [Part: [TokenClass: Int64]] = [:]
  private let model: String
  private let table: String
  private let object: JSONObject

  init(
    _ value: JSONValue,
    _ object: JSONObject,
    _ model: String,
    in table: String
  ) throws(PriceTableProblem) {
    (self.object, self.model, self.table) = (object, model, table)
    try read(value, at: nil)
    var ranges: [JSONValue] = []
    object["tiered_pricing"]?.forEachElement { ranges.append($0) }
    for range in ranges {
      var limits: [JSONValue] = []
      JSONObject(range)?["range"]?.forEachElement { limits.append($0) }
      if let above = limits.first?.count { try read(range, at: above) }
    }
  }

  /// Reads the prices among the members; `above` is the threshold of all of them.
  private mutating func read(_ value: JSONValue, at above: Int64?) throws(PriceTableProblem) {
    var problem: PriceTableProblem?
    value.forEachMember { key, value in
      guard problem == nil, let first = key.first, Self.initials.contains(first), !value.isNull,
        let (part, tokens) = Self.split(String(decoding: key, as: UTF8.self))
      else { return }
      // Dollars per token: a million times what one per million tokens is.
      guard let rate = value.rounded(timesTenTo: 15), (0...TokenRates.max).contains(rate) else {
        problem = PriceTableProblem(
          "\(table): \(tokens.key) of \(model) is not a price; write a number of dollars from 0"
        )
        return
      }
      let place = above.map { Part(tier: part.tier, above: $0) } ?? part
      parts[place, default: [:]][tokens] = rate
    }
    if let problem { throw problem }
  }

  /// Prices begin with one of these letters.
  private static let initials = Set("ioc".utf8)

  private static func split(_ key: String) -> (Part, TokenClass)? {
    // The longer of two keys of which one begins like the other comes first.
    guard let tokens = TokenClass.allCases.first(where: { key.hasPrefix($0.key) }) else {
      return nil
    }
    var rest = key.dropFirst(tokens.key.count)
    var part = Part()
    for (word, tier) in [
      ("_priority", ServiceTier.priority), ("_flex", .flex), ("_batches", .batch),
    ]
    where rest.hasSuffix(word) {
      part.tier = tier
      rest = rest.dropLast(word.count)
    }
    if rest.hasPrefix("_above_"), rest.hasSuffix("k_tokens") {
      guard let thousands = Int64(rest.dropFirst("_above_".count).dropLast("k_tokens".count)),
        (1...1_000_000).contains(thousands)
      else { return nil }
      part.above = thousands * 1000
      rest = ""
    }
    return rest.isEmpty ? (part, tokens) : nil
  }

  /// The price; `nil` where the model is not paid by the token.
  func price() throws(PriceTableProblem) -> Price? {
    guard let standard = card(nil, under: nil) else { return nil }
    var price = Price(standard: standard)
    for tier in ServiceTier.allCases where parts[Part(tier: tier)] != nil {
      if let card = card(tier, under: standard.rates) { price.set(tier, card) }
    }
    if let more = object.object("provider_specific_entry") {
      if let fast = more["fast"].flatMap(RateReader.factor) {
        price.set(.fast, standard.scaled(by: fast))
      }
      price.unitedStates = more["us"].flatMap(RateReader.factor)
    }
    // Dollars for one search, of any size that the model offers.
    let search = object.object("search_context_cost_per_query")?["search_context_size_medium"]
    if let search = search?.rounded(timesTenTo: 12), (0...TokenRates.max).contains(search) {
      price.webSearches = search
    }
    return price
  }

  private func card(_ tier: ServiceTier?, under standard: TokenRates?) -> RateCard? {
    guard let rates = rates(parts[Part(tier: tier)] ?? [:], under: standard) else { return nil }
    var card = RateCard(rates: rates)
    let thresholds = parts.keys.filter { $0.tier == tier && $0.above > 0 }.map(\.above).sorted()
    for above in thresholds {
      guard let long = self.rates(parts[Part(tier: tier, above: above)] ?? [:], under: rates) else {
        continue
      }
      card.longContext.append(RateCard.LongContext(above: above, rates: long))
    }
    return card
  }

  /// The prices of a part; a class without one has that of the part under it, or what input costs
  /// where that is so there.
  private func rates(_ part: [TokenClass: Int64], under: TokenRates?) -> TokenRates? {
    guard let input = part[.input] ?? under?.input, let output = part[.output] ?? under?.output
    else { return nil }
    func inherited(_ rate: (TokenRates) -> Int64) -> Int64 {
      under.map { rate($0) == $0.input ? input : rate($0) } ?? input
    }
    // What costs less than input is the price of storing, or says that writes are not billed apart.
    let ownWrite = part[.cacheWrite].flatMap { $0 >= input ? $0 : nil }
    let write = ownWrite ?? inherited(\.cacheWrite)
    var write1h = part[.cacheWrite1h]
    if let under, write1h == nil {
      if ownWrite != nil, under.cacheWrite > 0 {
        write1h = Int64(
          clamping: Int128(write) * Int128(under.cacheWrite1h) / Int128(under.cacheWrite)
        )
      } else {
        write1h = under.cacheWrite1h == under.cacheWrite ? write : under.cacheWrite1h
      }
    }
    return TokenRates(
      input: input,
      output: output,
      cacheRead: part[.cacheRead] ?? inherited(\.cacheRead),
      cacheWrite: write,
      cacheWrite1h: min(write1h ?? write, TokenRates.max)
    )
  }
}
