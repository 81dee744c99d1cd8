import Events
import Pricing
import Testing

@Suite("Lists of prices")
struct PriceListTests {
  private typealias Sample = PriceSample

  @Test("The built-in list says its day and its sources, and no price of it is odd")
  func builtIn() throws {
    let table = try PriceTable.builtIn()
    #expect(try Sample.time("\(table.date ?? "")T00:00:00Z") > Sample.time("2026-11-01T00:00:00Z"))
    #expect(table.source?.isEmpty == false)
    #expect(table.models.count > 120)
    var names: Set<String> = []
    for model in table.models {
      for name in [model.name] + model.aliases { #expect(names.insert(name).inserted, "\(name)") }
      let starts = model.prices.dropFirst().map(\.from)
      #expect(!starts.contains(nil) && Set(starts).count == starts.count, "\(model.name)")
      for price in model.prices {
        expectPlausible(price.standard, of: model.name)
        for tier in price.tiers {
          expectPlausible(tier.card, of: model.name)
          let isDearer = tier.tier == .fast || tier.tier == .priority
          let (own, standard) = (tier.card.rates, price.standard.rates)
          #expect(
            isDearer ? own.input >= standard.input : own.input < standard.input,
            "\(model.name) \(tier.tier)"
          )
        }
      }
    }
  }

  private func expectPlausible(_ card: RateCard, of model: String) {
    var below = card.rates
    #expect(below.output > below.input, "\(model)")
    #expect(below.cacheRead <= below.input, "\(model)")
    #expect(below.cacheWrite >= below.input, "\(model)")
    #expect(below.cacheWrite1h >= below.cacheWrite, "\(model)")
    var above: Int64 = 0
    for long in card.longContext {
      #expect(long.above > above, "\(model)")
      #expect(long.rates.input > below.input && long.rates.output > below.output, "\(model)")
      #expect(long.rates.cacheRead > below.cacheRead || below.cacheRead == 0, "\(model)")
      #expect(long.rates.cacheWrite > below.cacheWrite, "\(model)")
      (above, below) = (long.above, long.rates)
    }
  }

  @Test("An hour's write costs twice the input of every Claude model")
  func hourWrites() throws {
    for model in try PriceTable.builtIn().models where model.name.hasPrefix("claude-") {
      for price in model.prices {
        let cards = [price.standard] + price.tiers.map(\.card)
        for rates in cards.flatMap({ [$0.rates] + $0.longContext.map(\.rates) }) {
          #expect(rates.cacheWrite1h == 2 * rates.input, "\(model.name)")
        }
      }
    }
  }

  @Test("The part of the built-in list that is about some models prices them as the whole does")
  func part() throws {
    let whole = try PriceTable.builtIn()
    let names = whole.models.flatMap { [$0.name] + $0.aliases }
    let wrapped = [
      "anthropic/claude-opus-4-8-20991231", "us.anthropic.claude-opus-5-fast", "gpt-5-2@priority",
    ]
    for name in names + wrapped {
      let part = try PriceTable.builtIn(of: [name])
      let (found, expected) = (part.model(named: name), whole.model(named: name))
      #expect(found?.model == expected?.model && found?.tier == expected?.tier, "\(name)")
      #expect(part.models.count < 8, "\(name) brings \(part.models.map(\.name))")
    }
    #expect(try PriceTable.builtIn(of: ["nobody's"]).models.isEmpty)
    #expect(try PriceTable.builtIn(of: names).models == whole.models)
  }

  @Test("A list that is laid over another has the first word on its own models, and only on those")
  func overlay() throws {
    let upper = try Sample.table(
      """
      {"date":"2026-01-01","models":{
        "own":{"input":1,"output":1}, "claude-opus-4-8":{"input":7,"output":7}}}
      """
    )
    let builtIn = try PriceTable.builtIn()
    let table = upper.over(builtIn)
    let used = Sample.billed(Sample.tokens(input: 1_000_000))
    func cost(_ model: String) -> Int64? {
      table.cost(of: used, model: model, at: nil)?.nanoUSD
    }
    #expect(cost("own") == 1_000_000_000)
    #expect(cost("claude-opus-4-8") == 7_000_000_000)
    #expect(cost("us.anthropic.claude-opus-4-8-v1") == 7_000_000_000)
    #expect(cost("claude-opus-4-7") == 5_000_000_000)
    #expect(cost("nobody's") == nil)
    // What the upper list does not say of its model is not taken from the lower one.
    let fast = table.cost(of: used, model: "claude-opus-4-8@fast", at: nil)
    #expect(fast?.nanoUSD == 7_000_000_000 && fast?.isLowerBound == true)
    #expect(table.date == "2026-01-01" && table.base?.date == builtIn.date)
    #expect(table.allModels.count == builtIn.models.count + 1)
    #expect(table.changes(of: ["gpt-5.6-sol"]).count == 1)
  }

  @Test(
    "This program's own form has thresholds, tiers, searches and a factor for the United States"
  )
  func ownForm() throws {
    let table = try Sample.table(
      """
      {"version": 1, "models": {"m": {
        "input": 1, "output": 2, "cache_read": 0.1, "cache_write": 1.25, "cache_write_1h": 2,
        "long_context": {"above": 200000, "input": 3, "output": 4},
        "tiers": {"flex": 0.5, "priority": {"input": 5, "output": 6}}, "web_searches": 10,
        "us": 1.1}}}
      """
    )
    let price = try #require(table.model(named: "m")?.model.prices.first)
    #expect(price.standard.longContext.map(\.above) == [200_000])
    #expect(price.webSearches == 10_000_000_000 && price.unitedStates == 1100)
    #expect(price.card(.flex)?.longContext.first?.rates.output == 2_000_000_000)
    let priority = try #require(price.card(.priority))
    #expect(priority.rates.output == 6_000_000_000 && priority.longContext.isEmpty)
    // What a tier has no price for costs what it does in the standard tier.
    #expect(priority.rates.cacheRead == 100_000_000)
    #expect(price.card(.batch) == nil)
    // The fast mode of older lists has both names of it.
    let old = try Sample.table(#"{"models":{"m":{"input":1,"output":2,"fast":2.5}}}"#)
    for tier in [ServiceTier.fast, .priority] {
      #expect(old.models[0].prices[0].card(tier)?.rates.input == 2_500_000_000)
    }
  }

  @Test(
    "What is not a price list is refused in a sentence",
    arguments: [
      ("", "breaks off"), ("{", "breaks off"), ("nonsense", "not JSON"), ("[]", "not an object"),
      ("{}", "neither models"), (#"{"a":{"b":1}}"#, "neither models"),
      (#"{"models":{}}"#, "no model in it"), (#"{"version":2,"models":{"m":1}}"#, "version"),
      (#"{"models":{"m":1}}"#, "m is not an object"), (#"{"models":{"m":{}}}"#, "input and output"),
      (#"{"models":{"m":{"input":1}}}"#, "input and output"),
      (#"{"models":{"m":{"input":-1,"output":1}}}"#, "input of m is not a price"),
      (#"{"models":{"m":{"input":"1","output":1}}}"#, "input of m is not a price"),
      (#"{"models":{"m":{"input":1e9,"output":1}}}"#, "input of m is not a price"),
      (#"{"models":{"m":{"input":1,"output":1,"from":"soon"}}}"#, "from of m"),
      (#"{"models":{"m":{"input":1,"output":1,"fast":0}}}"#, "fast of m"),
      (#"{"models":{"m":{"input":1,"output":1,"long_context":{"input":1}}}}"#, "no above"),
      (#"{"models":{"m":{"input":1,"output":1,"us":"x"}}}"#, "us of m"),
      (#"{"models":{"m":{"input":1,"output":1,"web_searches":-1}}}"#, "web_searches of m"),
      (#"{"models":{"m":{"input":1,"output":1,"tiers":{"fast":0}}}}"#, "tier fast of m"),
      (#"{"models":{"m":{"input":1,"output":1,"tiers":{"slow":1}}}}"#, "a tier slow"),
      (#"{"models":{"m":{"input":1,"output":1,"long_context":[1]}}}"#, "no above"),
      (#"{"models":{"m":{"prices":[]}}}"#, "m has no prices"),
      (
        #"{"m":{"input_cost_per_token":"x","output_cost_per_token":1}}"#,
        "input_cost_per_token of m"
      ),
    ]
  )
  func malformed(_ text: String, _ part: String) throws {
    do {
      _ = try PriceSample.table(text)
      Issue.record("\(text) was taken for a price list")
    } catch let problem as PriceTableProblem {
      #expect(problem.sentence.hasPrefix("list.json"), "\(problem.sentence)")
      #expect(problem.sentence.contains(part), "\(problem.sentence)")
    }
  }
}
