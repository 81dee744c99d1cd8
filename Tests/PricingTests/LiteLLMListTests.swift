import Events
import Pricing
import Testing

@Suite("LiteLLM's list of prices")
struct LiteLLMListTests {
  private typealias Sample = PriceSample

  private func price(_ members: String) throws -> Price {
    let base = #""input_cost_per_token":2e-6,"output_cost_per_token":1e-5"#
    let table = try Sample.table(#"{"m":{\#(base),\#(members)}}"#)
    return try #require(table.model(named: "m")?.model.prices.first)
  }

  @Test("Prices per token are read for input, output, the cache and an hour's writes")
  func classes() throws {
    let table = try Sample.table(
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
    let used = Sample.tokens(
      input: 1000,
      output: 2000,
      cacheRead: 10_000,
      cacheWrite: 4000,
      cacheWrite1h: 1000
    )
    let name = "vertex_ai/claude-sonnet-4-5@20250929"
    #expect(table.cost(of: Sample.billed(used), model: name, at: nil)?.nanoUSD == 53_250_000)
    // All of it long: 1000×6 + 2000×22.50, the cache as before.
    var long = BilledTokens()
    (long.all, long.above100k, long.above200k) = (used, used, used)
    #expect(table.cost(of: long, model: name, at: nil)?.nanoUSD == 71_250_000)
    let fast = Sample.billed(Sample.tokens(input: 1000, output: 1000))
    #expect(table.cost(of: fast, model: "claude-opus-4-6@fast", at: nil)?.nanoUSD == 180_000_000)
    #expect(table.model(named: "claude-opus-4-6")?.model.prices[0].unitedStates == 1100)
    #expect(table.cost(of: fast, model: "sample_spec", at: nil) == nil)
    // A read without a price of its own is input.
    let read = Sample.billed(Sample.tokens(cacheRead: 1000))
    #expect(table.cost(of: read, model: "claude-opus-4-6", at: nil)?.nanoUSD == 5_000_000)
  }

  @Test("All thresholds are read, whatever their number, with the tier behind them")
  func thresholds() throws {
    let price = try price(
      """
      "cache_read_input_token_cost":2e-7,
      "input_cost_per_token_above_128k_tokens":4e-6,"output_cost_per_token_above_128k_tokens":2e-5,
      "input_cost_per_token_above_272k_tokens":6e-6,"output_cost_per_token_above_272k_tokens":3e-5,
      "cache_read_input_token_cost_above_272k_tokens":6e-7,
      "input_cost_per_token_priority":4e-6,"output_cost_per_token_priority":2e-5,
      "input_cost_per_token_above_272k_tokens_priority":8e-6
      """
    )
    #expect(price.standard.longContext.map(\.above) == [128_000, 272_000])
    #expect(price.standard.longContext[0].rates.cacheRead == 200_000_000)
    #expect(price.standard.longContext[1].rates.cacheRead == 600_000_000)
    let priority = try #require(price.card(.priority))
    #expect(priority.rates.output == 20_000_000_000)
    #expect(priority.longContext.map(\.above) == [272_000])
    #expect(priority.longContext[0].rates.input == 8_000_000_000)
    #expect(priority.longContext[0].rates.output == 20_000_000_000)
  }

  @Test("Ranges of prices are thresholds too")
  func ranges() throws {
    let table = try Sample.table(
      """
      {"dashscope/qwen3-coder-plus": {"litellm_provider": "dashscope", "tiered_pricing": [
        {"range": [0, 32000], "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6},
        {"range": [32000, 128000], "input_cost_per_token": 1.8e-6, "output_cost_per_token": 9e-6}]}}
      """
    )
    let price = try #require(table.model(named: "qwen3-coder-plus")?.model.prices.first)
    #expect(price.standard.rates.input == 1_000_000_000)
    #expect(price.standard.longContext.map(\.above) == [32_000])
    #expect(price.standard.longContext[0].rates.output == 9_000_000_000)
  }

  @Test("The tiers priority, flex and batches are read, and what a search costs")
  func tiers() throws {
    let price = try price(
      """
      "cache_creation_input_token_cost":2.5e-6,"cache_creation_input_token_cost_above_1hr":4e-6,
      "input_cost_per_token_priority":4e-6,"output_cost_per_token_priority":2e-5,
      "input_cost_per_token_flex":1e-6,"output_cost_per_token_flex":5e-6,
      "input_cost_per_token_batches":1e-6,"output_cost_per_token_batches":5e-6,
      "cache_creation_input_token_cost_batches":1.25e-6,
      "input_cost_per_token_ultrafast":1.2e-5,"output_cost_per_token_ultrafast":6e-5,
      "search_context_cost_per_query":{"search_context_size_low":0.01,
        "search_context_size_medium":0.014}
      """
    )
    #expect(price.tiers.map(\.tier) == [.batch, .flex, .priority])
    #expect(price.card(.priority)?.rates.input == 4_000_000_000)
    #expect(price.card(.flex)?.rates.output == 5_000_000_000)
    // An hour's write in a batch costs as much more than a write as it does elsewhere.
    #expect(price.card(.batch)?.rates.cacheWrite1h == 2_000_000_000)
    #expect(price.webSearches == 14_000_000_000)
    #expect(price.card(.fast)?.rates.input == 4_000_000_000)
  }

  @Test("A write that would cost less than input is the price of storing it, and is not read")
  func storage() throws {
    let price = try price(
      """
      "input_cost_per_token_above_200k_tokens":4e-6,
      "cache_creation_input_token_cost_above_200k_tokens":2.5e-7
      """
    )
    #expect(price.standard.rates.cacheWrite == 2_000_000_000)
    #expect(price.standard.longContext[0].rates.cacheWrite == 4_000_000_000)
  }

  @Test("A vendor's own model is found by its bare name, and not a host's")
  func vendors() throws {
    let rates = #""input_cost_per_token":1e-6,"output_cost_per_token":2e-6"#
    let table = try Sample.table(
      """
      {"xai/grok-9": {"litellm_provider": "xai", \(rates)},
       "azure_ai/grok-8": {"litellm_provider": "azure_ai", \(rates)},
       "gemini/gemini-9": {"litellm_provider": "gemini", \(rates)},
       "gemini-9": {"litellm_provider": "vertex_ai-language-models",
         "input_cost_per_token": 3e-6, "output_cost_per_token": 4e-6}}
      """
    )
    #expect(table.model(named: "grok-9")?.model.name == "xai/grok-9")
    #expect(table.model(named: "openrouter/x-ai/grok-9")?.model.name == "xai/grok-9")
    #expect(table.model(named: "grok-8") == nil)
    #expect(table.model(named: "gemini-9")?.model.name == "gemini-9")
  }
}
