/// What a turn used: the agent's own part, which its result may replace, and beside it what its
/// sub-agents cost.
struct TurnUsage: Sendable, Hashable {
  /// The agent's own tokens by model.
  var own = OwnUsage()
  /// What its own usage events reported.
  var ownCost = ReportedCost()
  /// What its sub-agents' usage events reported, which nothing replaces.
  var subagentCost = ReportedCost()

  /// All that was reported to have been paid.
  var cost: ReportedCost {
    var cost = ownCost
    cost += subagentCost
    return cost
  }

  mutating func add(_ request: BilledRequest) {
    if request.isSubagent {
      subagentCost += ReportedCost(of: request)
    } else {
      own.add(request)
      ownCost += ReportedCost(of: request)
    }
  }

  mutating func subtract(_ request: BilledRequest) {
    if request.isSubagent {
      subagentCost.takeBack(request)
    } else {
      own.subtract(request)
      ownCost.takeBack(request)
    }
  }

  mutating func merge(_ other: TurnUsage) {
    own.merge(other.own)
    ownCost += other.ownCost
    subagentCost += other.subagentCost
  }
}
