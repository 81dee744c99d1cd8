import Events
import Pricing
import Testing

/// Tokens and lists of tests, written in short.
enum PriceSample {
  static func tokens(
    input: Int64 = 0,
    output: Int64 = 0,
    cacheRead: Int64 = 0,
    cacheWrite: Int64 = 0,
    cacheWrite1h: Int64 = 0
  ) -> BilledTokens.Classes {
    var classes = BilledTokens.Classes()
    classes.input = input
    classes.output = output
    classes.cacheRead = cacheRead
    classes.cacheWrite = cacheWrite
    classes.cacheWrite1h = cacheWrite1h
    return classes
  }

  /// Tokens of requests, each with its context in its input alone.
  static func billed(_ requests: BilledTokens.Classes...) -> BilledTokens {
    var tokens = BilledTokens()
    for request in requests {
      let context = request.input + request.cacheRead + request.cacheWrite
      tokens.all += request
      if context > 100_000 { tokens.above100k += request }
      if context > 200_000 { tokens.above200k += request }
      if context > 272_000 { tokens.above272k += request }
    }
    return tokens
  }

  static func table(_ text: String) throws -> PriceTable {
    try PriceTable(Array(text.utf8), named: "list.json")
  }

  static func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }
}
