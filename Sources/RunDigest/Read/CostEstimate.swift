package import Events
package import Folding

/// What tokens cost by a list of prices, which is applied when a digest is read and never folded.
public struct CostEstimate: Sendable, Hashable {
  /// In nano-dollars; `nil` where no model with tokens has a price.
  public var nanoUSD: Int64?
  /// Models with tokens that the price list does not know.
  public var unpricedModels: [String]
  /// Models whose price depends on the length of each request in a way that a digest does not keep;
  /// they are in the estimate with the least that they can have cost.
  public var lowerBoundModels: [String]

  /// Makes an estimate.
  public init(nanoUSD: Int64?, unpricedModels: [String], lowerBoundModels: [String] = []) {
    self.nanoUSD = nanoUSD
    self.unpricedModels = unpricedModels
    self.lowerBoundModels = lowerBoundModels
  }

  /// No estimate at all.
  public static let none = CostEstimate(nanoUSD: nil, unpricedModels: [])

  /// Whether the tokens may have cost more.
  public var isLowerBound: Bool { !unpricedModels.isEmpty || !lowerBoundModels.isEmpty }

  /// Whether the requests of some models may have cost more than this says: one is known in part
  /// only, or a model has no price.
  package func isMinimum(of models: NameMap<ModelUsage>) -> Bool {
    isLowerBound || models.entries.contains { $0.value.inexactRequests > 0 }
  }

  package func write(
    reported: ReportedCost,
    of models: NameMap<ModelUsage>,
    to json: inout JSONWriter
  ) {
    json.money("reported_usd", reported.value)
    json.money("estimated_usd", nanoUSD)
    json.member("is_minimum", isMinimum(of: models))
    json.array("unpriced_models") { json in
      for model in unpricedModels { json.element(model) }
    }
    guard !lowerBoundModels.isEmpty else { return }
    json.array("lower_bound_models") { json in
      for model in lowerBoundModels { json.element(model) }
    }
  }
}
