internal import Events

// LiteLLM's list: an object per model with dollars per token, of which many are not models that are
// paid by the token at all.
extension PriceTable {
  init(liteLLM value: JSONValue, _ name: String) throws(PriceTableProblem) {
    var found: [PricedModel] = []
    var providers: [String?] = []
    var problem: PriceTableProblem?
    value.forEachMember { key, value in
      guard problem == nil else { return }
      let model = String(decoding: key, as: UTF8.self)
      // The key that explains the others.
      guard model != "sample_spec", let object = JSONObject(value) else { return }
      do throws(PriceTableProblem) {
        guard let price = try LiteLLMEntry(value, object, model, in: name).price() else { return }
        found.append(PricedModel(name: model, aliases: [], prices: [price]))
        providers.append(object.text("litellm_provider"))
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    guard !found.isEmpty else {
      throw PriceTableProblem(
        "\(name) is not a price list: it has neither models, as this program's own, nor "
          + "input_cost_per_token, as LiteLLM's"
      )
    }
    Self.nameWithoutVendors(&found, providers)
    self.init(date: nil, source: "LiteLLM's format", models: found)
  }

  /// Vendors whose models LiteLLM names with the vendor before them.
  private static let vendors = [
    "anthropic", "openai", "gemini", "xai", "moonshot", "mistral", "deepseek", "dashscope", "zai",
    "minimax",
  ]

  /// Gives a vendor's own `moonshot/kimi-k3` the name `kimi-k3` too, unless a model has it already.
  private static func nameWithoutVendors(_ models: inout [PricedModel], _ providers: [String?]) {
    var taken = Set(models.map(\.name))
    for vendor in vendors {
      let prefix = vendor + "/"
      for (i, provider) in providers.enumerated() where provider == vendor {
        guard models[i].name.hasPrefix(prefix) else { continue }
        let bare = String(models[i].name.dropFirst(prefix.count))
        if taken.insert(bare).inserted { models[i].aliases.append(bare) }
      }
    }
  }
}
