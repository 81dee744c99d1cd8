import Events
import Folding
import Pricing
import RunDigest

// Sums over many runs have no time of their own, and prices change.
extension CostEstimator {
  /// What the rows of a window cost, each bucket of 15 minutes by the prices of its time.
  ///
  /// A window in which prices change is read once more for each part between two changes.
  func estimates(
    _ rows: [StatsRow],
    in window: StatsWindow,
    by dimension: StatsDimension,
    _ reader: RunReader
  ) throws -> [CostEstimate] {
    guard let table else { return rows.map { estimate($0.totals.models, at: nil) } }
    let models = Set(rows.flatMap { $0.totals.models.entries.map(\.name) })
    let changes = table.changes(of: models)
      .filter { window.startTime < $0 && $0 < window.endTime }
    guard !changes.isEmpty else {
      return rows.map { estimate($0.totals.models, at: window.startTime) }
    }
    var sums: [ExactText: Estimate] = [:]
    let starts = [window.startTime] + changes
    for (start, end) in zip(starts, changes + [window.endTime]) {
      let part = StatsWindow(from: start, to: end)
      for row in try reader.stats(part, by: dimension) {
        add(row.totals.models, at: start, to: &sums[ExactText(row.key), default: Estimate()])
      }
    }
    return rows.map { sums[ExactText($0.key), default: Estimate()].result }
  }
}
