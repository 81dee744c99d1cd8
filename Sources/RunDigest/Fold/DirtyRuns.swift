internal import Events
internal import Storage

/// The runs whose log goes on beyond their digest, as the tables say.
enum DirtyRuns {
  /// Finds them, with their heads.
  ///
  /// Costs one index descent per known run.
  static func find(
    _ connection: Connection,
    version: Int64
  ) throws -> [(run: Int64, head: Int64)] {
    let statement = try connection.statement(
      """
      SELECT r.id, (SELECT max(seq) FROM events WHERE run = r.id) AS head
      FROM runs r LEFT JOIN digests d ON d.id = r.id * 256 + ?1
      WHERE head > coalesce(d.watermark, 0)
      """
    )
    try statement.bind(version, at: 1)
    var found: [(run: Int64, head: Int64)] = []
    try statement.forEachRow { found.append(($0.int64(at: 0), $0.int64(at: 1))) }
    return found
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
