import Folding
import Pricing
import RunDigest

extension CostEstimator {
  /// The cost of a run as a list shows it, by the prices at its first event.
  func cost(of run: RunSummary) -> ShownCost {
    let totals = run.digest?.totals ?? Totals()
    let estimate = estimate(totals.models, at: run.digest?.firstTs)
    return ShownCost.ofRun(mode, reported: totals.cost, estimate: estimate)
  }

  /// What orders a list by this cost; `nil` where that is only what was reported.
  var listPrices: ListPrices? {
    guard mode != .reported else { return nil }
    return ListPrices(prefersReported: mode == .auto, ceiling: ceiling) { models, time in
      estimate(models, at: time).nanoUSD
    }
  }
}
