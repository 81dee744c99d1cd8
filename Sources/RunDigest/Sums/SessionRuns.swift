internal import Folding
internal import Storage

/// The runs of each session, with what cannot be summed: which came first, and the times that the
/// session begins and ends at.
///
/// A run is folded in the order of its log, so that the row which its first batch in a session makes has
/// the ordinal of its first event there.
struct SessionRuns {
  let connection: Connection
  let version: Int64

  /// The row of a run in a session.
  struct Row: Hashable {
    var session: Int64
    var run: Int64
    var firstOrdinal: Int64
    var firstTs: Int64?
    var lastTs: Int64?
  }

  /// Adds what a batch has of a session.
  func add(_ part: SessionPart, of run: Int64, toSession session: Int64) throws {
    let statement = try connection.statement(
      """
      INSERT INTO session_runs(version, session, run, first_ordinal, first_ts, last_ts)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      ON CONFLICT(version, session, run) DO UPDATE SET
        first_ts = min(coalesce(first_ts, excluded.first_ts), coalesce(excluded.first_ts, first_ts)),
        last_ts = max(coalesce(last_ts, excluded.last_ts), coalesce(excluded.last_ts, last_ts))
      """
    )
    try statement.bind(version, at: 1)
    try statement.bind(session, at: 2)
    try statement.bind(run, at: 3)
    try statement.bind(part.firstOrdinal, at: 4)
    try statement.bind(part.firstTs?.microseconds, at: 5)
    try statement.bind(part.lastTs?.microseconds, at: 6)
    try statement.run()
  }

  /// All rows.
  func all() throws -> [Row] {
    let statement = try connection.statement(
      """
      SELECT session, run, first_ordinal, first_ts, last_ts FROM session_runs WHERE version = ?1
      """
    )
    try statement.bind(version, at: 1)
    var rows: [Row] = []
    try statement.forEachRow { row in
      rows.append(
        Row(
          session: row.int64(at: 0),
          run: row.int64(at: 1),
          firstOrdinal: row.int64(at: 2),
          firstTs: row.optionalInt64(at: 3),
          lastTs: row.optionalInt64(at: 4)
        )
      )
    }
    return rows
  }
}

extension RunReads {
  /// The runs of a session in the order of their first event there, and the least and the greatest
  /// time of its events.
  func runs(
    ofSession session: Int64
  ) throws -> (names: [String], firstTs: Int64?, lastTs: Int64?) {
    let statement = try connection.statement(
      """
      SELECT r.name, s.first_ordinal, s.first_ts, s.last_ts
      FROM session_runs s JOIN runs r ON r.id = s.run WHERE s.version = ?1 AND s.session = ?2
      """
    )
    try statement.bind(version, at: 1)
    try statement.bind(session, at: 2)
    var runs: [(name: String, ordinal: Int64)] = []
    var firstTs: Int64?
    var lastTs: Int64?
    try statement.forEachRow { row in
      runs.append((row.string(at: 0), row.int64(at: 1)))
      if let ts = row.optionalInt64(at: 2) { firstTs = min(firstTs ?? ts, ts) }
      if let ts = row.optionalInt64(at: 3) { lastTs = max(lastTs ?? ts, ts) }
    }
    return (runs.sorted { $0.ordinal < $1.ordinal }.map(\.name), firstTs, lastTs)
  }
}
