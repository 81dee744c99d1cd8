internal import Events

// A price in this program's own form: dollars per million tokens, and per 1,000 searches.
extension Price {
  init(own value: JSONValue, _ model: String, in table: String) throws(PriceTableProblem) {
    guard let object = JSONObject(value) else {
      throw PriceTableProblem("\(table): a price of \(model) is not an object")
    }
    let reader = RateReader(object: object, model: model, table: table, power: 9)
    standard = RateCard(rates: try reader.rates(Self.keys))
    standard.longContext = try Self.longContext(object["long_context"], reader)
    webSearches = try reader.rate("web_searches")
    unitedStates = try reader.factor("us")
    if let day = object["from"] {
      guard let text = day.text, let time = Timestamp(text) ?? Timestamp(text + "T00:00:00Z") else {
        throw PriceTableProblem("\(table): from of \(model) is not a date; write 2026-08-21")
      }
      from = time
    }
    // How lists said it before there were tiers, whatever the vendor calls it.
    if let fast = try reader.factor("fast") {
      set(.fast, standard.scaled(by: fast))
      set(.priority, standard.scaled(by: fast))
    }
    try readTiers(object["tiers"], reader)
  }

  static var keys: RateReader.Keys {
    RateReader.Keys(
      input: "input",
      output: "output",
      cacheRead: "cache_read",
      cacheWrite: "cache_write",
      cacheWrite1h: "cache_write_1h"
    )
  }

  /// One object, or an array of them.
  private static func longContext(
    _ value: JSONValue?,
    _ reader: RateReader
  ) throws(PriceTableProblem) -> [RateCard.LongContext] {
    guard let value, !value.isNull else { return [] }
    var objects: [JSONObject?] = []
    if value.isArray {
      value.forEachElement { objects.append(JSONObject($0)) }
    } else {
      objects = [JSONObject(value)]
    }
    var bands: [RateCard.LongContext] = []
    for object in objects {
      guard let object, let above = object.count("above") else {
        throw PriceTableProblem(
          "\(reader.table): long_context of \(reader.model) has no above, in tokens"
        )
      }
      let reader = reader.reading(object)
      bands.append(RateCard.LongContext(above: above, rates: try reader.rates(keys)))
    }
    return bands.sorted { $0.above < $1.above }
  }

  /// A tier has a number, which multiplies all prices, or prices of its own.
  private mutating func readTiers(
    _ value: JSONValue?,
    _ reader: RateReader
  ) throws(PriceTableProblem) {
    var tiers: [(word: String, value: JSONValue)] = []
    value?.forEachMember { key, value in
      if !value.isNull { tiers.append((String(decoding: key, as: UTF8.self), value)) }
    }
    for (word, value) in tiers {
      guard let tier = ServiceTier(rawValue: word) else {
        let words = ServiceTier.allCases.map(\.rawValue).joined(separator: ", ")
        throw PriceTableProblem("\(reader.table): \(reader.model) has a tier \(word); use \(words)")
      }
      if let object = JSONObject(value) {
        let reader = reader.reading(object)
        let rates = try reader.rates(Self.keys, elseFrom: standard.rates)
        let long = try Self.longContext(object["long_context"], reader)
        set(tier, RateCard(rates: rates, longContext: long))
      } else if let factor = RateReader.factor(value) {
        set(tier, standard.scaled(by: factor))
      } else {
        throw PriceTableProblem(
          "\(reader.table): tier \(word) of \(reader.model) is neither an object of prices nor a "
            + "multiplier up to 1000"
        )
      }
    }
  }
}
