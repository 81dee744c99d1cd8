internal import Events

/// Reads the prices of the classes of tokens off an object.
struct RateReader {
  /// What the classes are called.
  struct Keys {
    var input: StaticString
    var output: StaticString
    var cacheRead: StaticString
    var cacheWrite: StaticString
    var cacheWrite1h: StaticString
  }

  let object: JSONObject
  let model: String
  let table: String
  /// Ten to this power makes a price there nano-dollars per million tokens.
  let power: Int

  /// The same, for an object within.
  func reading(_ object: JSONObject) -> RateReader {
    RateReader(object: object, model: model, table: table, power: power)
  }

  /// Reads all classes.
  ///
  /// Input that a cache served, or that was written to one, is input where it has no price of its
  /// own; what was written for an hour is a write like any other then.
  func rates(_ keys: Keys) throws(PriceTableProblem) -> TokenRates {
    guard let input = try rate(keys.input), let output = try rate(keys.output) else {
      throw PriceTableProblem(
        "\(table): \(model) has no price for input and output (\(keys.input), \(keys.output))"
      )
    }
    let write = try rate(keys.cacheWrite) ?? input
    return TokenRates(
      input: input,
      output: output,
      cacheRead: try rate(keys.cacheRead) ?? input,
      cacheWrite: write,
      cacheWrite1h: try rate(keys.cacheWrite1h) ?? write
    )
  }

  /// Reads the classes of a tier: one without a price there has that of the standard tier.
  func rates(
    _ keys: Keys,
    elseFrom standard: TokenRates
  ) throws(PriceTableProblem) -> TokenRates {
    let input = try rate(keys.input) ?? standard.input
    // Where a read or a write is input like any other, it is so in all tiers.
    let read = standard.cacheRead == standard.input ? input : standard.cacheRead
    let write = standard.cacheWrite == standard.input ? input : standard.cacheWrite
    let writes = try rate(keys.cacheWrite) ?? write
    return TokenRates(
      input: input,
      output: try rate(keys.output) ?? standard.output,
      cacheRead: try rate(keys.cacheRead) ?? read,
      cacheWrite: writes,
      cacheWrite1h: try rate(keys.cacheWrite1h)
        ?? (standard.cacheWrite1h == standard.cacheWrite ? writes : standard.cacheWrite1h)
    )
  }

  /// One price; `nil` where there is none.
  func rate(_ key: StaticString) throws(PriceTableProblem) -> Int64? {
    guard let value = object[key], !value.isNull else { return nil }
    guard let rate = value.rounded(timesTenTo: power), (0...TokenRates.max).contains(rate) else {
      throw PriceTableProblem(
        "\(table): \(key) of \(model) is not a price; write a number of dollars from 0"
      )
    }
    return rate
  }

  /// A multiplier in thousandths; `nil` where there is none.
  func factor(_ key: StaticString) throws(PriceTableProblem) -> Int64? {
    guard let value = object[key], !value.isNull else { return nil }
    guard let factor = Self.factor(value) else {
      throw PriceTableProblem("\(table): \(key) of \(model) is not a multiplier up to 1000")
    }
    return factor
  }

  static func factor(_ value: JSONValue) -> Int64? {
    guard let factor = value.rounded(timesTenTo: 3), (1...1_000_000).contains(factor) else {
      return nil
    }
    return factor
  }
}
