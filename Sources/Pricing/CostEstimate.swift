package import Events
package import Folding

/// What tokens cost by a list of prices, which is applied when a digest is read and never folded.
public struct CostEstimate: Sendable, Hashable {
  /// In nano-dollars; `nil` where no model with tokens has a price.
  public var nanoUSD: Int64?
  /// Models with tokens that the price list does not know.
  public var unpricedModels: [String]
  /// Models whose price depends on something that a digest does not keep, or that the list does not
  /// have; they are in the estimate with the least that they can have cost.
  public var lowerBoundModels: [String]
  /// Requests that are known in part only: with a placeholder for the output, or without all counts.
  public var inexactRequests: Int64

  /// Makes an estimate.
  public init(
    nanoUSD: Int64?,
    unpricedModels: [String],
    lowerBoundModels: [String] = [],
    inexactRequests: Int64 = 0
  ) {
    self.nanoUSD = nanoUSD
    self.unpricedModels = unpricedModels
    self.lowerBoundModels = lowerBoundModels
    self.inexactRequests = inexactRequests
  }

  /// No estimate at all.
  public static let none = CostEstimate(nanoUSD: nil, unpricedModels: [])

  /// Whether the requests may have cost more.
  public var isMinimum: Bool {
    !unpricedModels.isEmpty || !lowerBoundModels.isEmpty || inexactRequests > 0
  }

  package func write(reported: ReportedCost, to json: inout JSONWriter) {
    json.money("reported_usd", reported.value)
    json.money("estimated_usd", nanoUSD)
    json.member("is_minimum", isMinimum)
    json.array("unpriced_models") { json in
      for model in unpricedModels { json.element(model) }
    }
    guard !lowerBoundModels.isEmpty else { return }
    json.array("lower_bound_models") { json in
      for model in lowerBoundModels { json.element(model) }
    }
  }
}
