internal import Storage
public import Events
public import Folding

/// A window of time, in whole buckets of 15 minutes.
public struct StatsWindow: Sendable, Hashable {
  /// The first quarter, counted from 1970-01-01T00:00:00Z.
  package let start: Int64
  /// The quarter after the last.
  package let end: Int64

  /// The window of the buckets of 15 minutes that `start` and `end` lie in; the latter's is left out if
  /// `end` is its beginning.
  public init(from start: Timestamp, to end: Timestamp) {
    self.start = TimeBucket.floorDivide(start.microseconds, CellKey.bucketMicros)
    let last = end.microseconds + CellKey.bucketMicros - 1
    self.end = max(self.start, TimeBucket.floorDivide(last, CellKey.bucketMicros))
  }

  package init(startQuarter: Int64, endQuarter: Int64) {
    start = startQuarter
    end = endQuarter
  }

  /// Where the window begins.
  public var startTime: Timestamp { Timestamp(microseconds: start * CellKey.bucketMicros) }
  /// Where it ends.
  public var endTime: Timestamp { Timestamp(microseconds: end * CellKey.bucketMicros) }
}

/// The sum over a window for one value of a dimension.
public struct StatsRow: Sendable, Hashable {
  /// The model, the tool, the agent …; `total` where the window is not split.
  public let key: String
  /// The sum.
  ///
  /// For models and tools it holds only their part; for outcomes only ``Totals/runs``.
  public let totals: Totals
}

extension RunReads {
  package func stats(_ window: StatsWindow, by dimension: StatsDimension) throws -> [StatsRow] {
    var sums: [ExactText: Totals] = [:]
    let statement = try connection.statement(
      """
      SELECT key, body FROM rollups
      WHERE generation = ?1 AND scope = ?2 AND dimension = ?3 AND id >= ?4 AND id < ?5
      """
    )
    for (scope, ranges) in TimeBucket.covering(from: window.start, to: window.end) {
      for range in ranges {
        try statement.bind(generation, at: 1)
        try statement.bind(scope.rawValue, at: 2)
        try statement.bind(dimension.rawValue, at: 3)
        try statement.bind(range.lowerBound, at: 4)
        try statement.bind(range.upperBound, at: 5)
        try statement.forEachRow { row in
          sums[ExactText(row.string(at: 0)), default: Totals()].merge(
            try Totals(body: row.bytes(at: 1))
          )
        }
      }
    }
    return sums.map { StatsRow(key: $0.key.text, totals: $0.value.canonical) }
      .filter { $0.totals != Totals() }
      .sorted { ($1.totals.eventCount, $0.key) < ($0.totals.eventCount, $1.key) }
  }
}
