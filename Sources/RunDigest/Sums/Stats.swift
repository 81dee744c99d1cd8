public import Events
public import Folding
internal import Storage

/// A window of time, in whole quarters of an hour.
public struct StatsWindow: Sendable, Hashable {
  /// The first quarter, counted from 1970-01-01T00:00:00Z.
  let start: Int64
  /// The quarter after the last.
  let end: Int64

  /// The window of the quarters that `start` and `end` lie in; the latter is not in it, unless it
  /// lies inside its quarter.
  public init(from start: Timestamp, to end: Timestamp) {
    self.start = TimeSpan.floorDivide(start.microseconds, RollupKey.bucketMicros)
    let last = end.microseconds + RollupKey.bucketMicros - 1
    self.end = max(self.start, TimeSpan.floorDivide(last, RollupKey.bucketMicros))
  }

  init(startQuarter: Int64, endQuarter: Int64) {
    start = startQuarter
    end = endQuarter
  }

  /// Where the window begins.
  public var startTime: Timestamp { Timestamp(microseconds: start * RollupKey.bucketMicros) }
  /// Where it ends.
  public var endTime: Timestamp { Timestamp(microseconds: end * RollupKey.bucketMicros) }
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

extension RunReads {
  func stats(_ window: StatsWindow, by dimension: StatsDimension) throws -> [StatsRow] {
    var sums: [ExactText: Totals] = [:]
    let statement = try connection.statement(
      """
      SELECT key, body FROM sums
      WHERE version = ?1 AND scope = ?2 AND dimension = ?3 AND id >= ?4 AND id < ?5
      """
    )
    for (scope, ranges) in TimeSpan.covering(from: window.start, to: window.end) {
      for range in ranges {
        try statement.bind(version, at: 1)
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
      .sorted { ($1.totals[.eventCount], $0.key) < ($0.totals[.eventCount], $1.key) }
  }
}
