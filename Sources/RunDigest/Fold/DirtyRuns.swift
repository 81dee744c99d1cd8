internal import Events
internal import Storage

/// A run whose log goes on beyond its digest.
struct DirtyRun: Sendable, Hashable {
  let run: Int64
  /// The seq of its last event.
  let head: Int64
  /// The seq of the last one that is folded.
  let watermark: Int64
}

/// The runs whose log goes on beyond their digest, as the tables say.
enum DirtyRuns {
  /// A point in the history of a store: what was there then is at or before the position, and
  /// derived rows were those of the set.
  struct Place: Sendable, Equatable {
    var version: Int64
    var pos: Int64
  }

  /// Finds all of them; costs two index descents per known run.
  static func find(_ connection: Connection, version: Int64) throws -> [DirtyRun] {
    try find(connection, version: version, runs: 0...Int64.max)
  }

  /// Finds those whose numbers lie in a range.
  static func find(
    _ connection: Connection,
    version: Int64,
    runs: ClosedRange<Int64>
  ) throws -> [DirtyRun] {
    let statement = try connection.statement(
      """
      SELECT r.id, (SELECT max(seq) FROM events WHERE run = r.id) AS head, coalesce(d.watermark, 0)
      FROM runs r LEFT JOIN digests d ON d.id = r.id * 256 + ?1
      WHERE r.id BETWEEN ?2 AND ?3 AND head > coalesce(d.watermark, 0)
      """
    )
    try statement.bind(version, at: 1)
    try statement.bind(runs.lowerBound, at: 2)
    try statement.bind(runs.upperBound, at: 3)
    var found: [DirtyRun] = []
    try statement.forEachRow {
      found.append(
        DirtyRun(run: $0.int64(at: 0), head: $0.int64(at: 1), watermark: $0.int64(at: 2))
      )
    }
    return found
  }

  /// Finds those among `open` runs, and among the ones with events after a position: all of them,
  /// for one who knows that every other run was folded up to there.
  ///
  /// Costs what is new or a look at each run, whichever is less.
  static func find(
    _ connection: Connection,
    version: Int64,
    open: some Collection<Int64>,
    after pos: Int64
  ) throws -> [DirtyRun] {
    let new = try LogReader.lastPos(connection) - pos
    let runs = try connection.integer("SELECT coalesce(max(id), 0) FROM runs")
    guard new + Int64(open.count) <= runs else { return try find(connection, version: version) }
    var candidates = Set(open)
    if new > 0 {
      // By position: the index by run would be read from end to end.
      let statement = try connection.statement(
        "SELECT run FROM events NOT INDEXED WHERE pos > ?1"
      )
      try statement.bind(pos, at: 1)
      try statement.forEachRow { candidates.insert($0.int64(at: 0)) }
    }
    return try candidates.sorted().flatMap {
      try find(connection, version: version, runs: $0...$0)
    }
  }

  /// The last seq of a run at or before a position that is not folded yet, if there is one.
  static func target(
    of run: DirtyRun,
    through pos: Int64,
    _ connection: Connection
  ) throws -> Int64? {
    let statement = try connection.statement(
      "SELECT max(seq) FROM events WHERE run = ?1 AND seq > ?2 AND pos <= ?3"
    )
    try statement.bind(run.run, at: 1)
    try statement.bind(run.watermark, at: 2)
    try statement.bind(pos, at: 3)
    return try statement.firstRow { $0.optionalInt64(at: 0) } ?? nil
  }

  /// Which of these runs have ended in the log and are not sealed: what a kill between the two left.
  ///
  /// An end is looked for among the last events of each, so that the cost is that of the runs.
  static func ended(
    _ runs: [Int64],
    _ connection: Connection,
    version: Int64
  ) throws -> Set<Int64> {
    let statement = try connection.statement(
      """
      SELECT 1 FROM events WHERE run = ?1 AND kind = ?3
        AND seq > max(coalesce((SELECT watermark FROM digests WHERE id = ?1 * 256 + ?2), 0),
          (SELECT max(seq) FROM events WHERE run = ?1) - 16)
      """
    )
    var ended: Set<Int64> = []
    for run in runs {
      try statement.bind(run, at: 1)
      try statement.bind(version, at: 2)
      try statement.bind(KnownKind.runEnded.code, at: 3)
      if try statement.firstRow({ _ in true }) != nil { ended.insert(run) }
    }
    return ended
  }
}
