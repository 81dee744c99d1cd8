package import Engine
public import Events
public import Folding

/// A window of time, in whole buckets of 15 minutes.
public struct StatsWindow: Sendable, Hashable {
  /// The first bucket, counted from 1970-01-01T00:00:00Z.
  package let start: Int64
  /// The bucket after the last.
  package let end: Int64

  /// The window of the buckets of 15 minutes that `start` and `end` lie in; the latter's is left out if
  /// `end` is its beginning.
  public init(from start: Timestamp, to end: Timestamp) {
    self.start = TimeBucket.floorDivide(start.microseconds, RollupCellKey.bucketMicros)
    let last = end.microseconds + RollupCellKey.bucketMicros - 1
    self.end = max(self.start, TimeBucket.floorDivide(last, RollupCellKey.bucketMicros))
  }

  package init(startBucket: Int64, endBucket: Int64) {
    start = startBucket
    end = endBucket
  }

  /// Where the window begins.
  public var startTime: Timestamp { Timestamp(microseconds: start * RollupCellKey.bucketMicros) }
  /// Where it ends.
  public var endTime: Timestamp { Timestamp(microseconds: end * RollupCellKey.bucketMicros) }
}

/// The sum over a window for one value of a dimension.
public struct StatsRow: Sendable, Hashable {
  /// The model, the tool, the agent …; `total` where the window is not split.
  public let key: String
  /// The sum.
  ///
  /// For models and tools it holds only their part; for outcomes only ``Totals/runs``.
  public package(set) var totals: Totals
}

extension EngineSnapshot {
  /// Sums over a window, split by a dimension.
  package func stats(_ window: StatsWindow, by dimension: StatsDimension) throws -> [StatsRow] {
    let generation = try liveGeneration()
    var sums: [ExactText: Totals] = [:]
    for buckets in TimeBucket.covering(from: window.start, to: window.end) {
      try forEachRollup(in: generation, of: buckets, by: dimension) { key, totals in
        sums[ExactText(key), default: Totals()].merge(totals)
      }
    }
    return sums.map { StatsRow(key: $0.key.text, totals: $0.value.canonical) }
      .filter { $0.totals != Totals() }
      .sorted { ($1.totals[.eventCount], $0.key) < ($0.totals[.eventCount], $1.key) }
  }
}
