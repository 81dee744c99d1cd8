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

  /// One price; `nil` where there is none.
  func rate(_ key: StaticString) throws(PriceTableProblem) -> Int64? {
    guard let value = object[key] else { return nil }
    guard let rate = value.rounded(timesTenTo: power), (0...TokenRates.max).contains(rate) else {
      throw PriceTableProblem(
        "\(table): \(key) of \(model) is no price; it is a number of dollars from 0"
      )
    }
    return rate
  }
}
