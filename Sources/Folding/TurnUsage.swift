/// What a turn used: the agent's own part, which its result may replace, and beside it what its
/// sub-agents cost.
struct TurnUsage: Sendable, Hashable {
  /// The agent's own tokens by model.
  var tally = TurnTally()
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

  mutating func add(_ request: ModelRequest) {
    if request.isSubagent {
      subagentCost += ReportedCost(of: request)
    } else {
      tally.add(request)
      ownCost += ReportedCost(of: request)
    }
  }

  mutating func subtract(_ request: ModelRequest) {
    if request.isSubagent {
      subagentCost.takeBack(request)
    } else {
      tally.subtract(request)
      ownCost.takeBack(request)
    }
  }

  mutating func merge(_ other: TurnUsage) {
    tally.merge(other.tally)
    ownCost += other.ownCost
    subagentCost += other.subagentCost
  }
}
