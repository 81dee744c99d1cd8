package import Events
package import Folding

/// The one figure that is shown as the cost of something, and how far it can be trusted.
package struct ShownCost: Sendable, Hashable {
  /// In nano-dollars; `nil` where nothing is known.
  package private(set) var nanoUSD: Int64?
  /// Whether it is an estimate by a price list.
  package private(set) var isEstimate = false
  /// Whether it is only the least that an estimate can be.
  package private(set) var isMinimum = false
  /// Models with tokens but without a price, where an estimate was asked for.
  package private(set) var unpricedModels: [String] = []

  /// The cost of one run.
  package static func ofRun(
    _ mode: CostMode,
    reported: ReportedCost,
    estimate: CostEstimate
  ) -> ShownCost {
    if mode != .estimated, let value = reported.value { return ShownCost(nanoUSD: value) }
    return mode == .reported ? ShownCost() : ShownCost(estimate)
  }

  /// The cost of a sum over many runs.
  ///
  /// Such a sum does not know which of its runs reported a cost. What was reported may then be a
  /// part of the whole, so that ``CostMode/auto`` takes the larger of the two.
  package static func ofSum(
    _ mode: CostMode,
    reported: ReportedCost,
    estimate: CostEstimate
  ) -> ShownCost {
    if mode == .auto, let value = reported.value, let nano = estimate.nanoUSD, nano > value {
      return ShownCost(estimate)
    }
    return ofRun(mode, reported: reported, estimate: estimate)
  }

  private init(nanoUSD: Int64? = nil) {
    self.nanoUSD = nanoUSD
  }

  private init(_ estimate: CostEstimate) {
    nanoUSD = estimate.nanoUSD
    isEstimate = estimate.nanoUSD != nil
    isMinimum = isEstimate && estimate.isMinimum
    unpricedModels = estimate.unpricedModels
  }

  /// Writes the members that a row of a list has of it.
  package func writeMembers(to json: inout JSONWriter) {
    json.money("cost_usd", nanoUSD)
    json.member("cost_source", nanoUSD == nil ? nil : isEstimate ? "estimated" : "reported")
    json.member("cost_is_minimum", isMinimum)
    json.array("unpriced_models") { json in
      for model in unpricedModels { json.element(model) }
    }
  }
}
