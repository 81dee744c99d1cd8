internal import Digests
internal import Engine
package import Events
package import Folding

/// What orders a list of runs by cost: the present prices, applied when the list is read.
package struct ListPrices {
  /// Whether a reported cost is the cost of a run, and only without one the estimate.
  private let prefersReported: Bool
  /// What tokens cost at a time, in nano-dollars.
  private let estimate: (NameMap<ModelUsage>, Timestamp?) -> Int64?
  /// What a model costs at most for each unit of weight, in nano-dollars.
  private let ceiling: (_ model: String) -> Double

  package init(
    prefersReported: Bool,
    ceiling: @escaping (_ model: String) -> Double,
    estimate: @escaping (NameMap<ModelUsage>, Timestamp?) -> Int64?
  ) {
    self.prefersReported = prefersReported
    self.estimate = estimate
    self.ceiling = ceiling
  }

  /// The runs of a page by cost, the highest first; those without a cost have the lowest.
  ///
  /// Runs come by descending weight, so that the walk ends where the ceiling of the prices lets no other
  /// run be among the first. Only a run whose own ceiling is high enough is priced.
  func runs(of page: RunPage, reversed: Bool, in reads: ReadSnapshot) throws -> [RunRowID] {
    let (end, isOver) = page.offset.addingReportingOverflow(page.limit)
    var best = BestRuns(limit: isOver ? .max : end, isReversed: reversed)
    if prefersReported {
      try reads.tables.forEachPricedRun(
        page,
        by: .reported(isReversed: reversed),
        in: reads.generation
      ) { run in
        guard let cost = run.reportedNano, best.mayTake(cost) else { return false }
        best.add(cost, run.run)
        return true
      }
    }
    let ceilings = try reads.tables.modelSets().reduce(into: [Int64: Double]()) { ceilings, set in
      ceilings[set.id] = set.names.map(ceiling).max() ?? 0
    }
    let highest = ceilings.values.max() ?? 0
    try reads.tables.forEachPricedRun(
      page,
      by: .weight(all: !prefersReported),
      in: reads.generation
    ) { run in
      if !reversed {
        guard best.mayTake(Self.bound(run.weight, highest)) else { return false }
        let own = run.models.flatMap { ceilings[$0] } ?? highest
        guard best.mayTake(Self.bound(run.weight, own)) else { return true }
      }
      let usage = try run.usage.map { try NameMap<ModelUsage>(usage: $0) }
      let cost = usage.flatMap { estimate($0, run.firstTs.map(Timestamp.init(microseconds:))) }
      best.add(cost ?? -1, run.run)
      return true
    }
    return best.sorted().dropFirst(page.offset).map(\.run)
  }

  /// Rounded up, for the ceiling is a floating-point number.
  private static func bound(_ weight: Int64, _ ceiling: Double) -> Int64 {
    let bound = Double(weight) * ceiling * (1 + 1e-9) + 1
    return bound < 9e18 ? Int64(bound) : .max
  }
}

/// The first runs of an order, of however many are added.
private struct BestRuns {
  private let limit: Int
  private let isReversed: Bool
  /// Up to twice the limit, of which the first are sorted.
  private var entries: [(cost: Int64, run: RunRowID)] = []
  private var worst: Int64?

  init(limit: Int, isReversed: Bool) {
    self.limit = limit
    self.isReversed = isReversed
  }

  /// Whether one with this cost could be among the first.
  func mayTake(_ cost: Int64) -> Bool {
    guard limit > 0 else { return false }
    guard let worst else { return true }
    // An equal one may have a lower number.
    return isReversed ? cost <= worst : cost >= worst
  }

  mutating func add(_ cost: Int64, _ run: RunRowID) {
    guard mayTake(cost) else { return }
    entries.append((cost, run))
    guard limit < Int.max / 2, entries.count >= 2 * limit || entries.count == limit else { return }
    entries = sorted()
    if entries.count == limit { worst = entries.last?.cost }
  }

  func sorted() -> [(cost: Int64, run: RunRowID)] {
    let sorted = entries.sorted { lhs, rhs in
      if lhs.cost != rhs.cost { return (lhs.cost > rhs.cost) != isReversed }
      return (lhs.run < rhs.run) != isReversed
    }
    return Array(sorted.prefix(limit))
  }
}
