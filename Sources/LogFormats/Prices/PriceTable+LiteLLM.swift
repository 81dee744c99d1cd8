internal import Events

// LiteLLM's list: an object per model with dollars per token, of which many are no models that are
// paid by the token at all.
extension PriceTable {
  init(liteLLM value: JSONValue, _ name: String) throws(PriceTableProblem) {
    var found: [PricedModel] = []
    var problem: PriceTableProblem?
    value.forEachMember { key, value in
      guard problem == nil else { return }
      let model = String(decoding: key, as: UTF8.self)
      // The key that explains the others.
      guard model != "sample_spec", let object = JSONObject(value),
        object["input_cost_per_token"] != nil, object["output_cost_per_token"] != nil
      else { return }
      do throws(PriceTableProblem) {
        let price = try Price(liteLLM: object, model, in: name)
        found.append(PricedModel(name: model, aliases: [], prices: [price]))
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    guard !found.isEmpty else {
      throw PriceTableProblem(
        "\(name) is no price list: it has neither models, as this program's own, nor "
          + "input_cost_per_token, as LiteLLM's"
      )
    }
    self.init(date: nil, source: "LiteLLM's format", models: found)
  }
}

extension Price {
  fileprivate init(
    liteLLM object: JSONObject,
    _ model: String,
    in table: String
  ) throws(PriceTableProblem) {
    // Dollars per token: a million times what one per million tokens is.
    let reader = RateReader(object: object, model: model, table: table, power: 15)
    rates = try reader.rates(
      RateReader.Keys(
        input: "input_cost_per_token",
        output: "output_cost_per_token",
        cacheRead: "cache_read_input_token_cost",
        cacheWrite: "cache_creation_input_token_cost",
        cacheWrite1h: "cache_creation_input_token_cost_above_1hr"
      )
    )
    if let fast = object.object("provider_specific_entry")?["fast"]?.rounded(timesTenTo: 3),
      (1...1_000_000).contains(fast)
    {
      self.fast = fast
    }
    longContext = try Self.longContext(reader, base: rates)
  }

  /// Prices above 200 000 tokens, or 272 000; a class without one keeps its base price.
  private static func longContext(
    _ reader: RateReader,
    base: TokenRates
  ) throws(PriceTableProblem) -> LongContext? {
    let above200k = RateReader.Keys(
      input: "input_cost_per_token_above_200k_tokens",
      output: "output_cost_per_token_above_200k_tokens",
      cacheRead: "cache_read_input_token_cost_above_200k_tokens",
      cacheWrite: "cache_creation_input_token_cost_above_200k_tokens",
      cacheWrite1h: "cache_creation_input_token_cost_above_1hr_above_200k_tokens"
    )
    let above272k = RateReader.Keys(
      input: "input_cost_per_token_above_272k_tokens",
      output: "output_cost_per_token_above_272k_tokens",
      cacheRead: "cache_read_input_token_cost_above_272k_tokens",
      cacheWrite: "cache_creation_input_token_cost_above_272k_tokens",
      cacheWrite1h: "cache_creation_input_token_cost_above_1hr_above_272k_tokens"
    )
    for (above, keys) in [(Int64(200_000), above200k), (272_000, above272k)] {
      guard let input = try reader.rate(keys.input) else { continue }
      let write = try reader.rate(keys.cacheWrite)
      return LongContext(
        above: above,
        rates: TokenRates(
          input: input,
          output: try reader.rate(keys.output) ?? base.output,
          cacheRead: try reader.rate(keys.cacheRead) ?? base.cacheRead,
          cacheWrite: write ?? base.cacheWrite,
          cacheWrite1h: try reader.rate(keys.cacheWrite1h) ?? write ?? base.cacheWrite1h
        )
      )
    }
    return nil
  }
}
