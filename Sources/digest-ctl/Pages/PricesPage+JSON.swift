import Events
import Pricing

// The list as JSON, in this program's own form: what is printed may be given to --prices.
extension PricesPage {
  func printJSON() throws {
    var writer = JSONWriter(.compact, reserving: 65_536)
    writer.object { json in
      json.member("version", 1)
      json.member("file", path)
      json.member("date", table.date)
      json.member("source", table.source)
      if let base = table.base {
        json.object("built_in") { json in
          json.member("date", base.date)
          json.member("source", base.source)
        }
      }
      json.object("models") { json in
        for model in models {
          json.object(model.name) { json in
            json.array("aliases") { json in for name in model.aliases { json.element(name) } }
            json.array("prices") { json in
              for price in model.prices { json.object { price.write(to: &$0) } }
            }
          }
        }
      }
    }
    writer.newline()
    try Output.write(writer.bytes)
  }
}

extension Price {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("from", from)
    standard.write(to: &json)
    json.object("tiers") { json in
      for tier in tiers { json.object(tier.tier.rawValue) { tier.card.write(to: &$0) } }
    }
    json.money("web_searches", webSearches)
    json.member("us", unitedStates.map { Double($0) / 1000 })
  }
}

extension RateCard {
  fileprivate func write(to json: inout JSONWriter) {
    rates.write(to: &json)
    json.array("long_context") { json in
      for long in longContext {
        json.object { json in
          json.member("above", long.above)
          long.rates.write(to: &json)
        }
      }
    }
  }
}

extension TokenRates {
  fileprivate func write(to json: inout JSONWriter) {
    json.money("input", input)
    json.money("output", output)
    json.money("cache_read", cacheRead)
    json.money("cache_write", cacheWrite)
    json.money("cache_write_1h", cacheWrite1h)
  }
}
