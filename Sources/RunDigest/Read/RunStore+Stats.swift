public import Digests

extension RunStore {
  /// Sums over a window of time, split by a dimension; O(months + days + quarters of its ends), for
  /// any number of runs and events.
  ///
  /// Rows come by descending number of events, then by key.
  public func stats(
    _ window: StatsWindow,
    by dimension: StatsDimension = .total
  ) throws -> [StatsRow] {
    try reader.stats(window, by: dimension)
  }
}
