internal import SQLiteEngine
internal import EventLog
internal import Events
package import Storage

/// A run whose log goes on beyond its digest.
package struct LaggingRun: Sendable, Hashable {
  package let run: Int64
  /// The seq of its last event.
  package let head: Int64
  /// The seq of the last one that is folded.
  package let watermark: Int64
}

/// The runs whose log goes on beyond their digest, as the tables say.
package enum LaggingRuns {
  /// A point in the history of a store: what was there then is at or before the position, and
  /// derived rows were those of the set.
  package struct Place: Sendable, Equatable {
    package var version: Int64
    package var pos: Int64
  }

/// The lagging runs, as the tables say.
enum LaggingRuns {
  /// Finds all of them; costs a row of the index and a look at a digest for each run.
  package static func find(_ connection: Connection, version: Int64) throws -> [LaggingRun] {
    try find(connection, version: version, runs: 0...Int64.max)
  }

  /// Finds those whose numbers lie in a range.
  package static func find(
    _ connection: Connection,
    generation: Int64,
    runs: ClosedRange<Int64>
  ) throws -> [LaggingRun] {
    let statement = try connection.statement(
      """
      SELECT h.run, h.head, coalesce(d.watermark, 0)
      FROM run_heads h LEFT JOIN digests d ON d.id = h.run * 256 + ?1
      WHERE h.run BETWEEN ?2 AND ?3 AND h.head > coalesce(d.watermark, 0)
      """
    )
    try statement.bind(generation, at: 1)
    try statement.bind(runs.lowerBound, at: 2)
    try statement.bind(runs.upperBound, at: 3)
    var found: [LaggingRun] = []
    try statement.forEachRow {
      found.append(
        LaggingRun(run: $0.int64(at: 0), head: $0.int64(at: 1), watermark: $0.int64(at: 2))
      )
    }
    return found
  }

  /// Finds those among `open` runs, and among the ones with events after a position: all of them,
  /// for one who knows that every other run was folded up to there.
  ///
  /// Costs what is new or a look at each run, whichever is less.
  package static func find(
    _ connection: Connection,
    generation: Int64,
    open: some Collection<Int64>,
    after pos: Int64
  ) throws -> [LaggingRun] {
    let new = try LogReader.lastPos(connection) - pos
    let runs = try connection.integer("SELECT coalesce(max(id), 0) FROM runs")
    guard new + Int64(open.count) <= runs else {
      return try find(connection, generation: generation)
    }
    var candidates = Set(open)
    if new > 0 {
      let statement = try connection.statement("SELECT run FROM events WHERE pos > ?1")
      try statement.bind(pos, at: 1)
      try statement.forEachRow { candidates.insert($0.int64(at: 0)) }
    }
    return try candidates.sorted().flatMap {
      try find(connection, generation: generation, runs: $0...$0)
    }
  }

  /// The last seq of a run at or before a position that is not folded yet, if there is one.
  package static func target(
    of run: LaggingRun,
    through pos: Int64,
    _ connection: Connection
  ) throws -> Int64? {
    try RunIndex(connection).lastSeq(of: run.run, after: run.watermark, through: pos)
  }

  /// Which of these runs have ended in the log and are not sealed: what a kill between the two left.
  ///
  /// An end is looked for among the last events of each, so that the cost is that of the runs.
  package static func ended(_ runs: [LaggingRun], _ connection: Connection) throws -> Set<Int64> {
    Set(try runs.filter { try hasEnded($0, connection) }.map(\.run))
  }

  private static func hasEnded(_ run: LaggingRun, _ connection: Connection) throws -> Bool {
    var tail = RunCursor(
      of: run.run,
      after: max(run.watermark, run.head - 16),
      limit: 16,
      "SELECT kind FROM events WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos",
      connection
    )
    defer { tail.end() }
    while let row = try tail.next() {
      if try row.knownKind(at: 0) == .runEnded { return true }
    }
    return false
  }
}
