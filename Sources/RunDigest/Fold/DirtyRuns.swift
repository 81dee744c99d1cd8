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
}
