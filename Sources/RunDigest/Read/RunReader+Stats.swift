internal import Digests

extension RunReader {
  /// Sums over a window of time, as ``RunStore/stats(_:by:)`` gives them, without a writer.
  public func stats(
    _ window: StatsWindow,
    by dimension: StatsDimension = .total
  ) throws -> [StatsRow] {
    try read { try $0.stats(window, by: dimension) }
  }
}
