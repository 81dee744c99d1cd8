import Events
import Pricing
import Testing

/// Costs worked out by hand from the price lists.
@Suite("What tokens cost")
struct PriceTests {
  private typealias Sample = PriceSample

  @Test("A cache read costs a tenth of the input of Sonnet 4.5, an hour's write twice as much")
  func classes() throws {
    let used = Sample.tokens(
      input: 1000,
      output: 2000,
      cacheRead: 10_000,
      cacheWrite: 4000,
      cacheWrite1h: 1000
    )
    let table = try PriceTable.builtIn()
    let cost = table.cost(of: Sample.billed(used), model: "claude-sonnet-4-5", at: nil)
    // 1000×3 + 2000×15 + 10 000×0.30 + 3000×3.75 + 1000×6 = 53 250 millionths of a dollar.
    #expect(cost?.nanoUSD == 53_250_000)
    #expect(cost?.isLowerBound == false)
  }

  @Test("A request above a threshold pays the price above it for all of its tokens")
  func longContext() throws {
    let table = try PriceTable.builtIn()
    let short = Sample.tokens(input: 50_000, output: 500)
    let long = Sample.tokens(input: 250_000, output: 500)
    let both = Sample.billed(short, long)
    // 50 000×3 + 500×15 + 250 000×6 + 500×22.50 = 1 668 750.
    let sonnet = table.cost(of: both, model: "claude-sonnet-4-5", at: nil)
    #expect(sonnet?.nanoUSD == 1_668_750_000)
    #expect(sonnet?.isLowerBound == false)
    // Opus 4.7 has one price for all lengths: 300 000×5 + 1000×25.
    #expect(table.cost(of: both, model: "claude-opus-4-7", at: nil)?.nanoUSD == 1_525_000_000)
  }

  @Test("The thresholds of 100,000, 200,000 and 272,000 tokens are told apart exactly")
  func thresholds() throws {
    let table = try PriceTable.builtIn()
    let requests = Sample.billed(
      Sample.tokens(input: 100_000),
      Sample.tokens(input: 100_001),
      Sample.tokens(input: 272_000),
      Sample.tokens(input: 272_001)
    )
    // Above 100,000: 100 000×0.10 + 644 002×0.50 = 332 001.
    let haiku = table.cost(of: requests, model: "claude-haiku-5-5", at: nil)
    #expect(haiku?.nanoUSD == 332_001_000)
    // Above 200,000: 200 001×1.25 + 544 001×2.50 = 1 610 003.75.
    let gemini = table.cost(of: requests, model: "gemini-2.5-pro", at: nil)
    #expect(gemini?.nanoUSD == 1_610_003_750)
    // Above 272,000: 472 001×5 + 272 001×10 = 5 080 015.
    let gpt = table.cost(of: requests, model: "gpt-5.5", at: nil)
    #expect(gpt?.nanoUSD == 5_080_015_000)
    for cost in [haiku, gemini, gpt] { #expect(cost?.isLowerBound == false) }
  }

  @Test("A threshold that a digest does not keep makes the cost the least that it can be")
  func otherThresholds() throws {
    let list = """
      {"models":{"m":{"input":1,"output":2,"long_context":[
        {"above":128000,"input":3,"output":3},{"above":256000,"input":5,"output":5}]}}}
      """
    let table = try Sample.table(list)
    func cost(_ context: Int64) -> TokenCost? {
      table.cost(of: Sample.billed(Sample.tokens(input: context)), model: "m", at: nil)
    }
    #expect(cost(100_000)?.nanoUSD == 100_000_000)
    #expect(cost(100_000)?.isLowerBound == false)
    // Above 100,000, and perhaps above 128,000.
    #expect(cost(120_000)?.isLowerBound == false)
    #expect(cost(150_000)?.nanoUSD == 150_000_000)
    #expect(cost(150_000)?.isLowerBound == true)
    // Above 200,000 is above 128,000, and perhaps above 256,000: 260 000×3.
    #expect(cost(250_000)?.isLowerBound == false)
    #expect(cost(260_000)?.nanoUSD == 780_000_000)
    #expect(cost(260_000)?.isLowerBound == true)
    // Above 272,000 is above all of them.
    #expect(cost(300_000)?.nanoUSD == 1_500_000_000)
    #expect(cost(300_000)?.isLowerBound == false)
  }

  @Test("A service tier has its price, by the key of the digest and by a name that ends in -fast")
  func tiers() throws {
    let table = try PriceTable.builtIn()
    let used = Sample.billed(Sample.tokens(input: 1000, output: 1000))
    func cost(_ model: String) -> Int64? {
      table.cost(of: used, model: model, at: nil)?.nanoUSD
    }
    // 1000×5 + 1000×25 = 30 000 millionths: twice that, six times that, half of that.
    #expect(cost("claude-opus-4-8@fast") == 60_000_000)
    #expect(cost("claude-opus-4-8-fast") == 60_000_000)
    #expect(cost("claude-opus-4-7@fast") == 180_000_000)
    #expect(cost("claude-opus-4-8@batch") == 15_000_000)
    // 12.50 + 75, and 2.50 + 15, of each 1000.
    #expect(cost("gpt-5.5@priority") == 87_500_000)
    #expect(cost("gpt-5.5@fast") == 87_500_000)
    #expect(cost("gpt-5.5-fast") == 87_500_000)
    #expect(cost("gpt-5.5@flex") == 17_500_000)
    // GPT-5 mini: 0.25 + 2, times 1.8.
    #expect(cost("gpt-5-mini@priority") == 4_050_000)
    // A model that has no fast mode is not known by its fast name.
    #expect(cost("claude-haiku-4-5-fast") == nil)
  }

  @Test("A dearer tier without a price costs at least the standard price, a cheaper one is unknown")
  func tiersWithoutPrice() throws {
    let table = try PriceTable.builtIn()
    let used = Sample.billed(Sample.tokens(input: 1000, output: 1000))
    let fast = table.cost(of: used, model: "claude-haiku-4-5@fast", at: nil)
    #expect(fast?.nanoUSD == 6_000_000)
    #expect(fast?.isLowerBound == true)
    #expect(table.cost(of: used, model: "claude-opus-4-8@priority", at: nil)?.isLowerBound == true)
    #expect(table.cost(of: used, model: "claude-haiku-4-5@flex", at: nil) == nil)
    #expect(table.cost(of: used, model: "unheard-of@fast", at: nil) == nil)
  }

  @Test("Priority requests to GPT-5.5 have one price for all lengths")
  func priorityAtLength() throws {
    let long = Sample.billed(Sample.tokens(input: 300_000))
    let table = try PriceTable.builtIn()
    // 300 000×12.50, where standard ones cost 300 000×10.
    #expect(table.cost(of: long, model: "gpt-5.5@priority", at: nil)?.nanoUSD == 3_750_000_000)
    #expect(table.cost(of: long, model: "gpt-5.5", at: nil)?.nanoUSD == 3_000_000_000)
    // Those to GPT-6.1 Sol cost twice the price of their length: 300 000×8.
    #expect(table.cost(of: long, model: "gpt-6.1-sol@priority", at: nil)?.nanoUSD == 2_400_000_000)
  }

  @Test("Web searches are priced by the thousand, and without a price make the cost a minimum")
  func webSearches() throws {
    let table = try PriceTable.builtIn()
    var used = Sample.billed(Sample.tokens(input: 1000))
    used.webSearches = 3
    // 1000×5 millionths, and three cents.
    let opus = table.cost(of: used, model: "claude-opus-4-8@fast", at: nil)
    #expect(opus?.nanoUSD == 40_000_000)
    #expect(opus?.isLowerBound == false)
    // 1000×3, and nobody knows.
    let kimi = table.cost(of: used, model: "kimi-k3", at: nil)
    #expect(kimi?.nanoUSD == 3_000_000)
    #expect(kimi?.isLowerBound == true)
  }

  @Test("What is asked for in the United States alone costs 1.1 times, where the list says so")
  func unitedStates() throws {
    let table = try PriceTable.builtIn()
    let request = Sample.tokens(input: 100_000, output: 10_000)
    var used = Sample.billed(request)
    used.unitedStates = request
    func cost(_ model: String) -> Int64? {
      table.cost(of: used, model: model, at: nil)?.nanoUSD
    }
    // (100 000×5 + 10 000×25) × 1.1.
    #expect(cost("claude-opus-4-8") == 825_000_000)
    #expect(cost("claude-opus-4-8@fast") == 1_650_000_000)
    #expect(cost("claude-opus-4-5") == 750_000_000)
    // One of two such requests: 0.75 + 0.825.
    used.all += request
    #expect(cost("claude-opus-4-8") == 1_575_000_000)
  }

  @Test("A price holds from its day on, the first one for all time before")
  func validity() throws {
    let table = try PriceTable.builtIn()
    let used = Sample.billed(Sample.tokens(output: 1_000_000))
    func dollars(_ text: String) throws -> Int64? {
      table.cost(of: used, model: "gpt-5.6-sol", at: try Sample.time(text))?.nanoUSD
    }
    #expect(try dollars("2020-01-01T00:00:00Z") == 30_000_000_000)
    #expect(try dollars("2026-08-20T23:59:59.999999Z") == 30_000_000_000)
    #expect(try dollars("2026-08-21T00:00:00Z") == 20_000_000_000)
    #expect(table.cost(of: used, model: "gpt-5.6-sol", at: nil)?.nanoUSD == 20_000_000_000)
    #expect(table.changes(of: ["gpt-5.6-sol@priority", "claude-opus-4-5"]).count == 1)
  }

  @Test("Fast requests to Opus 4.6 cost what its fast mode cost on their day")
  func fastModeOverTime() throws {
    let table = try PriceTable.builtIn()
    let used = Sample.billed(Sample.tokens(input: 1000, output: 1000))
    func cost(_ text: String) throws -> Int64? {
      table.cost(of: used, model: "claude-opus-4-6@fast", at: try Sample.time(text))?.nanoUSD
    }
    // 30 000 millionths at the standard price: half of six times at first, six times, then standard.
    #expect(try cost("2026-02-10T00:00:00Z") == 90_000_000)
    #expect(try cost("2026-03-01T00:00:00Z") == 180_000_000)
    #expect(try cost("2026-09-10T00:00:00Z") == 30_000_000)
  }

  @Test("Money is exact: what is rounded is a whole sum, once, half away from zero")
  func rounding() throws {
    let table = try Sample.table(#"{"models":{"m":{"input":0.0005,"output":0.0001}}}"#)
    let one = try #require(
      table.cost(of: Sample.billed(Sample.tokens(input: 1)), model: "m", at: nil)
    )
    #expect(one.nanoUSD == 1)
    #expect((one + one).nanoUSD == 1)
    #expect((one + one + one).nanoUSD == 2)
    let less = table.cost(of: Sample.billed(Sample.tokens(output: 4)), model: "m", at: nil)
    #expect(less?.nanoUSD == 0)
    // Counts that a correction made negative.
    let credit = table.cost(of: Sample.billed(Sample.tokens(input: -1)), model: "m", at: nil)
    #expect(credit?.nanoUSD == -1)
  }

  @Test("Absurd counts cost absurdly much, and stop nothing")
  func absurd() throws {
    let list = #"{"models":{"m":{"input":10000,"output":10000,"fast":1000,"web_searches":10000}}}"#
    var used = BilledTokens()
    used.all = Sample.tokens(input: .max, output: .max, cacheRead: .max, cacheWrite: .max)
    used.above200k = used.all
    used.unitedStates = used.all
    used.webSearches = .max
    let cost = try #require(try Sample.table(list).cost(of: used, model: "m-fast", at: nil))
    #expect((cost + cost + cost).nanoUSD != 0)
  }
}
