import Events
import Folding
import LogFormats
import RunDigest

// Sums over many runs have no time of their own, and prices change.
extension Pricing {
  /// When a session began, as far as a price depends on it.
  ///
  /// It is the first event of the runs that were last seen in it: a session keeps no time itself.
  func time(of sum: SessionSum, _ reader: RunReader) throws -> Int64? {
    guard let table, !table.changes(of: sum.totals.models.entries.map(\.name)).isEmpty else {
      return nil
    }
    return try reader.runs(.all).filter { $0.digest?.session == sum.session }
      .compactMap { $0.digest?.firstTs }.min()
  }

  /// What the rows of a window cost, each quarter of an hour by the prices of its time.
  ///
  /// A window in which prices change is read once more for each part between two changes.
  func estimates(
    _ rows: [StatsRow],
    in window: StatsWindow,
    by dimension: StatsDimension,
    _ reader: RunReader
  ) throws -> [CostEstimate] {
    guard let table else { return rows.map { _ in .none } }
    let models = Set(rows.flatMap { $0.totals.models.entries.map(\.name) })
    let changes = table.changes(of: models)
      .filter { window.startTime < $0 && $0 < window.endTime }
    guard !changes.isEmpty else {
      return rows.map { estimate($0.totals.models, at: window.startTime.microseconds) }
    }
    var sums: [String: Estimate] = [:]
    let starts = [window.startTime] + changes
    for (start, end) in zip(starts, changes + [window.endTime]) {
      let part = StatsWindow(from: start, to: end)
      for row in try reader.stats(part, by: dimension) {
        add(row.totals.models, at: start.microseconds, to: &sums[row.key, default: Estimate()])
      }
    }
    return rows.map { sums[$0.key, default: Estimate()].result }
  }
}

extension RunListQuery {
  fileprivate static var all: RunListQuery {
    var query = RunListQuery()
    query.limit = Int(Int32.max)
    return query
  }
}
