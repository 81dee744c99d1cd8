import Folding
import Pricing
import RunDigest

/// What a run cost, by itself and with its helpers.
struct InsightCosts {
  /// The run's own requests by the price list.
  let own: CostEstimate
  /// Those of its family.
  let familyEstimate: CostEstimate
  /// The one figure for the family.
  let family: ShownCost
  /// What helpers cost of ``family``, in nano-dollars: runs of their own, and sub-agents in the run's
  /// own log; `nil` where there are none, or where it is not known.
  let helperShare: Int64?
  /// The agent's own running sum, which has helpers in it, if it says something else.
  let agentSum: Int64?

  init(_ insight: RunDigest.Insight, _ pricing: CostEstimator) {
    let digest = insight.digest
    let time = digest.firstTs
    own = pricing.estimate(digest.totals.models, at: time)
    familyEstimate = pricing.estimate(insight.family.models, at: time)
    let family = ShownCost.ofSum(
      pricing.mode,
      reported: insight.family.cost,
      estimate: familyEstimate
    )
    self.family = family
    let subagents = pricing.estimateOfSubagents(digest.totals.models, at: time)
    helperShare = Self.helperShare(
      of: family,
      insight,
      own: own,
      familyEstimate: familyEstimate,
      subagents: subagents.nanoUSD ?? 0
    )
    agentSum = digest.agentNanoUSD.flatMap { nano in
      Self.differs(nano, from: family.nanoUSD) ? nano : nil
    }
  }

  private static func helperShare(
    of family: ShownCost,
    _ insight: RunDigest.Insight,
    own: CostEstimate,
    familyEstimate: CostEstimate,
    subagents: Int64
  ) -> Int64? {
    var share: Int64 = 0
    if family.isEstimate {
      share = (familyEstimate.nanoUSD ?? 0) - (own.nanoUSD ?? 0) + subagents
    } else if let sum = insight.family.cost.value {
      share = sum - (insight.digest.totals.cost.value ?? 0)
    }
    return share > 0 ? share : nil
  }

  /// Whether two sums differ by more than rounding: by more than a hundredth of a cent, and by more
  /// than one in 200.
  static func differs(_ nano: Int64, from other: Int64?) -> Bool {
    guard let other else { return true }
    let difference = (nano &- other).magnitude
    return difference > 100_000 && difference > max(nano.magnitude, other.magnitude) / 200
  }
}
