import Events
import LogFormats
import Testing

/// Costs worked out by hand from the price lists.
@Suite("What tokens cost")
struct PriceTests {
  private func tokens(
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

  private func billed(
    _ all: BilledTokens.Classes,
    long: BilledTokens.Classes = BilledTokens.Classes()
  ) -> BilledTokens {
    var tokens = BilledTokens()
    tokens.all = all
    tokens.long = long
    return tokens
  }

  private func table(_ text: String) throws -> PriceTable {
    try PriceTable(Array(text.utf8), named: "list.json")
  }

  private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

  @Test("Each class has its price: a cache read a tenth, an hour's write twice that of input")
  func classes() throws {
    let used = tokens(
      input: 1000,
      output: 2000,
      cacheRead: 10_000,
      cacheWrite: 4000,
      cacheWrite1h: 1000
    )
    let cost = try PriceTable.builtIn().cost(of: billed(used), model: "claude-sonnet-4-5", at: nil)
    // 1000×3 + 2000×15 + 10 000×0.30 + 3000×3.75 + 1000×6 = 53 250 millionths of a dollar.
    #expect(cost?.nanoUSD == 53_250_000)
    #expect(cost?.isLowerBound == false)
  }

  @Test("Requests above the threshold pay its prices for all of their tokens")
  func longContext() throws {
    let all = tokens(input: 300_000, output: 1000)
    let long = tokens(input: 250_000, output: 500)
    let table = try PriceTable.builtIn()
    // 50 000×3 + 500×15 + 250 000×6 + 500×22.50 = 1 668 750.
    let sonnet = table.cost(of: billed(all, long: long), model: "claude-sonnet-4-5", at: nil)
    #expect(sonnet?.nanoUSD == 1_668_750_000)
    #expect(sonnet?.isLowerBound == false)
    // Opus 4.6 has no such tier: 300 000×5 + 1000×25.
    let opus = table.cost(of: billed(all, long: long), model: "claude-opus-4-6", at: nil)
    #expect(opus?.nanoUSD == 1_525_000_000)
  }

  @Test("A threshold that a digest knows nothing of makes the cost a lower bound")
  func otherThresholds() throws {
    let table = try PriceTable.builtIn()
    let all = tokens(input: 300_000)
    let long = tokens(input: 250_000)
    // Above 200 000, but who knows whether above 272 000: 300 000×5.
    let gpt = table.cost(of: billed(all, long: long), model: "gpt-5.5", at: nil)
    #expect(gpt?.nanoUSD == 1_500_000_000)
    #expect(gpt?.isLowerBound == true)
    #expect(table.cost(of: billed(all), model: "gpt-5.5", at: nil)?.isLowerBound == false)
    // Above 200 000 is above 100 000 too, the rest may be: 50 000×0.10 + 250 000×0.50.
    let haiku = table.cost(of: billed(all, long: long), model: "claude-haiku-5-5", at: nil)
    #expect(haiku?.nanoUSD == 130_000_000)
    #expect(haiku?.isLowerBound == true)
    let whole = table.cost(of: billed(long, long: long), model: "claude-haiku-5-5", at: nil)
    #expect(whole?.isLowerBound == false)
  }

  @Test("The fast mode multiplies, where a model has one")
  func fast() throws {
    let table = try PriceTable.builtIn()
    let used = billed(tokens(input: 1000, output: 1000))
    // (1000×5 + 1000×25) × 6, × 2 for Opus 4.8, and × 2.5 of 35 000 for GPT-5.5.
    #expect(table.cost(of: used, model: "claude-opus-4-6-fast", at: nil)?.nanoUSD == 180_000_000)
    #expect(table.cost(of: used, model: "claude-opus-4-8-fast", at: nil)?.nanoUSD == 60_000_000)
    #expect(table.cost(of: used, model: "gpt-5.5-fast", at: nil)?.nanoUSD == 87_500_000)
    #expect(table.cost(of: used, model: "claude-haiku-4-5-fast", at: nil) == nil)
  }

  @Test("A price holds from its day on, the first one for all time before")
  func validity() throws {
    let table = try PriceTable.builtIn()
    let used = billed(tokens(output: 1_000_000))
    func dollars(_ text: String) throws -> Int64? {
      table.cost(of: used, model: "gpt-5.6-sol", at: try time(text))?.nanoUSD
    }
    #expect(try dollars("2020-01-01T00:00:00Z") == 30_000_000_000)
    #expect(try dollars("2026-08-20T23:59:59.999999Z") == 30_000_000_000)
    #expect(try dollars("2026-08-21T00:00:00Z") == 20_000_000_000)
    #expect(table.cost(of: used, model: "gpt-5.6-sol", at: nil)?.nanoUSD == 20_000_000_000)
    #expect(table.changes(of: ["gpt-5.6-sol", "claude-opus-4-5"]).count == 1)
  }

  @Test("Money is exact: what is rounded is a whole sum, once, half away from zero")
  func rounding() throws {
    let table = try table(#"{"models":{"m":{"input":0.0005,"output":0.0001}}}"#)
    let one = try #require(table.cost(of: billed(tokens(input: 1)), model: "m", at: nil))
    #expect(one.nanoUSD == 1)
    #expect((one + one).nanoUSD == 1)
    #expect((one + one + one).nanoUSD == 2)
    let less = table.cost(of: billed(tokens(output: 4)), model: "m", at: nil)
    #expect(less?.nanoUSD == 0)
    // Counts that a correction made negative.
    let credit = table.cost(of: billed(tokens(input: -1)), model: "m", at: nil)
    #expect(credit?.nanoUSD == -1)
  }

  @Test("Absurd counts cost absurdly much, and stop nothing")
  func absurd() throws {
    let list = #"{"models":{"m":{"input":10000,"output":10000,"fast":1000}}}"#
    let used = billed(tokens(input: .max, output: .max, cacheRead: .max, cacheWrite: .max))
    let cost = try #require(try table(list).cost(of: used, model: "m-fast", at: nil))
    #expect((cost + cost + cost).nanoUSD != 0)
  }

  @Test(
    "A name is found with the marks of providers, dates and modes",
    arguments: [
      ("claude-opus-4-5", "claude-opus-4-5"), ("claude-opus-4.5", "claude-opus-4-5"),
      ("claude-opus-4-5-20251101", "claude-opus-4-5"),
      ("claude-sonnet-4-20250514", "claude-sonnet-4"),
      ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
      ("claude-opus-4-6[1m]", "claude-opus-4-6"),
      ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
      ("openrouter/anthropic/claude-sonnet-4", "claude-sonnet-4"),
      ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
      ("bedrock/us-east-1/anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku"),
      ("vertex_ai/claude-opus-4-1@20250805", "claude-opus-4-1"),
      ("claude-haiku-4-5@default", "claude-haiku-4-5"),
      ("gpt-5-2025-08-07", "gpt-5"), ("gpt-4o-2024-11-20", "gpt-4o"),
      ("openai/gpt-5.1-codex-max", "gpt-5.1-codex-max"), ("gpt-5.6", "gpt-5.6-sol"),
      ("models/gemini-2.5-pro", "gemini-2.5-pro"), ("gemini-3-pro-preview", "gemini-3-pro"),
      ("moonshot-ai/kimi-k2.7-code", "kimi-k2.7-code"), ("kimi-code/k3", "kimi-k3"),
    ]
  )
  func names(_ name: String, _ model: String) throws {
    let found = try PriceTable.builtIn().model(named: name)
    #expect(found?.model.name == model)
    #expect(found?.isFast == false)
  }

  @Test(
    "A name that only looks alike is none",
    arguments: [
      "", "claude", "opus", "claude-opus-4-5-mini", "my-claude-opus-4-5", "gpt-5-codexx",
      "gpt-5.5.1", "someone/claude-opus-4-5", "claude-opus-4-5/free", "claude-opus-4-5-2025",
      "gpt-5:free", "(unknown)", "(other)", "<synthetic>", "/", "[1m]", "-fast", "@",
    ]
  )
  func strangers(_ name: String) throws {
    #expect(try PriceTable.builtIn().model(named: name) == nil)
  }

  @Test("The built-in list says its day and its sources, and no price of it is odd")
  func builtIn() throws {
    let table = try PriceTable.builtIn()
    #expect(try time("\(table.date ?? "")T00:00:00Z") > time("2026-01-01T00:00:00Z"))
    #expect(table.source?.isEmpty == false)
    #expect(table.models.count > 60)
    var names: Set<String> = []
    for model in table.models {
      for name in [model.name] + model.aliases { #expect(names.insert(name).inserted, "\(name)") }
      for price in model.prices {
        #expect(price.rates.output > price.rates.input, "\(model.name)")
        #expect(price.rates.cacheRead <= price.rates.input, "\(model.name)")
        #expect(price.rates.cacheWrite1h >= price.rates.cacheWrite, "\(model.name)")
        guard let long = price.longContext else { continue }
        #expect(long.rates.input > price.rates.input, "\(model.name)")
        #expect(long.rates.output > price.rates.output, "\(model.name)")
      }
    }
  }

  @Test("The part of the built-in list that is about some models prices them as the whole does")
  func part() throws {
    let whole = try PriceTable.builtIn()
    let names = whole.models.flatMap { [$0.name] + $0.aliases }
    for name in names + ["anthropic/claude-opus-4-8-20991231", "us.anthropic.claude-opus-5-fast"] {
      let part = try PriceTable.builtIn(of: [name])
      let (found, expected) = (part.model(named: name), whole.model(named: name))
      #expect(found?.model == expected?.model && found?.isFast == expected?.isFast, "\(name)")
      #expect(part.models.count < 8, "\(name) brings \(part.models.map(\.name))")
    }
    #expect(try PriceTable.builtIn(of: ["nobody's"]).models.isEmpty)
    #expect(try PriceTable.builtIn(of: names).models == whole.models)
  }

  @Test("LiteLLM's list is read, with tiers, an hour's writes and the fast mode")
  func liteLLM() throws {
    let table = try table(
      """
      {"sample_spec": {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
       "dall-e-3": {"input_cost_per_pixel": 1e-8},
       "vertex_ai/claude-sonnet-4-5@20250929": {
         "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
         "cache_creation_input_token_cost": 3.75e-06,
         "cache_creation_input_token_cost_above_1hr": 6e-06,
         "cache_read_input_token_cost": 3e-07,
         "input_cost_per_token_above_200k_tokens": 6e-06,
         "output_cost_per_token_above_200k_tokens": 2.25e-05},
       "claude-opus-4-6": {"input_cost_per_token": 5e-06, "output_cost_per_token": 2.5e-05,
         "provider_specific_entry": {"us": 1.1, "fast": 6.0}}}
      """
    )
    #expect(
      table.models.map(\.name) == ["claude-opus-4-6", "vertex_ai/claude-sonnet-4-5@20250929"]
    )
    let used = tokens(
      input: 1000,
      output: 2000,
      cacheRead: 10_000,
      cacheWrite: 4000,
      cacheWrite1h: 1000
    )
    let name = "vertex_ai/claude-sonnet-4-5@20250929"
    #expect(table.cost(of: billed(used), model: name, at: nil)?.nanoUSD == 53_250_000)
    // All of it long: 1000×6 + 2000×22.50, the cache as before.
    let long = table.cost(of: billed(used, long: used), model: name, at: nil)
    #expect(long?.nanoUSD == 71_250_000)
    let fast = billed(tokens(input: 1000, output: 1000))
    #expect(table.cost(of: fast, model: "claude-opus-4-6-fast", at: nil)?.nanoUSD == 180_000_000)
    #expect(table.cost(of: fast, model: "sample_spec", at: nil) == nil)
    // A read without a price of its own is input.
    let read = billed(tokens(cacheRead: 1000))
    #expect(table.cost(of: read, model: "claude-opus-4-6", at: nil)?.nanoUSD == 5_000_000)
  }

  @Test(
    "What is no price list is refused in a sentence",
    arguments: [
      ("", "breaks off"), ("{", "breaks off"), ("nonsense", "not JSON"), ("[]", "no object"),
      ("{}", "neither models"), (#"{"a":{"b":1}}"#, "neither models"),
      (#"{"models":{}}"#, "no model in it"), (#"{"version":2,"models":{"m":1}}"#, "version"),
      (#"{"models":{"m":1}}"#, "m is no object"), (#"{"models":{"m":{}}}"#, "input and output"),
      (#"{"models":{"m":{"input":1}}}"#, "input and output"),
      (#"{"models":{"m":{"input":-1,"output":1}}}"#, "input of m is no price"),
      (#"{"models":{"m":{"input":"1","output":1}}}"#, "input of m is no price"),
      (#"{"models":{"m":{"input":1e9,"output":1}}}"#, "input of m is no price"),
      (#"{"models":{"m":{"input":1,"output":1,"from":"soon"}}}"#, "from of m"),
      (#"{"models":{"m":{"input":1,"output":1,"fast":0}}}"#, "fast of m"),
      (#"{"models":{"m":{"input":1,"output":1,"long_context":{"input":1}}}}"#, "no above"),
      (#"{"models":{"m":{"prices":[]}}}"#, "m has no prices"),
      (#"{"m":{"input_cost_per_token":"x","output_cost_per_token":1}}"#, "input_cost_per_token of"),
    ]
  )
  func malformed(_ text: String, _ part: String) throws {
    do {
      _ = try table(text)
      Issue.record("\(text) was taken for a price list")
    } catch let problem as PriceTableProblem {
      #expect(problem.sentence.hasPrefix("list.json"), "\(problem.sentence)")
      #expect(problem.sentence.contains(part), "\(problem.sentence)")
    }
  }
}
