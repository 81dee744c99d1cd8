package import Engine
internal import Folding
internal import Storage

/// Sums in a temporary file of SQLite's own, which is deleted with the connection.
///
/// Costs the file's size on disk, about that of the store's sums, and a cache of 8 MiB.
final class SQLiteRollupScratch: RollupScratch {
  private let connection: Connection

  init() throws {
    // A database without a name is a temporary file.
    connection = try Connection(path: "", mode: .readWrite, cacheKiB: 8192)
    try connection.execute(
      """
      PRAGMA synchronous = OFF;
      PRAGMA journal_mode = OFF;
      CREATE TABLE sums(
        scope INTEGER, dimension INTEGER, id INTEGER, key TEXT, body BLOB NOT NULL,
        PRIMARY KEY(scope, dimension, id, key)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE session_runs(
        session INTEGER, run INTEGER, first_ordinal INTEGER, first_ts INTEGER, last_ts INTEGER,
        PRIMARY KEY(session, run)
      ) STRICT, WITHOUT ROWID;
      BEGIN;
      """
    )
  }

  func add(_ totals: Totals, to key: RollupKey) throws {
    var sum = try sum(key) ?? Totals()
    sum.merge(totals)
    try connection.statement(
      """
      INSERT INTO sums(scope, dimension, id, key, body) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET body = excluded.body
      """
    ).run(key.scope.rawValue, key.dimension, key.id, key.key, sum.encodedBody())
  }

  func sum(_ key: RollupKey) throws -> Totals? {
    try connection.statement(
      "SELECT body FROM sums WHERE scope = ? AND dimension = ? AND id = ? AND key = ?"
    ).bind(key.scope.rawValue, key.dimension, key.id, key.key).first {
      try Totals(body: $0.next())
    }
  }

  func forEachSum(_ body: (RollupKey, Totals) throws -> Void) throws {
    try connection.statement("SELECT scope, dimension, id, key, body FROM sums").forEach { row in
      guard let scope = RollupScope(rawValue: row.next()) else { return }
      let key = RollupKey(scope: scope, dimension: row.next(), id: row.next(), key: row.next())
      try body(key, try Totals(body: row.next()))
    }
  }

  func sumCount() throws -> Int64 { try connection.integer("SELECT count(*) FROM sums") }

  func add(_ run: SessionRun) throws {
    try connection.statement(
      """
      INSERT OR IGNORE INTO session_runs(session, run, first_ordinal, first_ts, last_ts)
      VALUES (?, ?, ?, ?, ?)
      """
    ).run(run.session, run.run, run.firstOrdinal, run.firstTs, run.lastTs)
  }

  func sessionRun(_ run: RunRowID, in session: SessionRowID) throws -> SessionRun? {
    try connection.statement("SELECT * FROM session_runs WHERE session = ? AND run = ?")
      .bind(session, run).first { SessionRun(&$0) }
  }

  func forEachSessionRun(_ body: (SessionRun) throws -> Void) throws {
    try connection.statement("SELECT * FROM session_runs").forEach { try body(SessionRun(&$0)) }
  }

  func sessionRunCount() throws -> Int64 {
    try connection.integer("SELECT count(*) FROM session_runs")
  }
}

extension SQLiteReads {
  package func makeRollupScratch() throws -> any RollupScratch { try SQLiteRollupScratch() }
}

extension SessionRun {
  /// Reads session, run, first_ordinal, first_ts and last_ts, in this order.
  init(_ row: inout RowReader) {
    self.init(
      session: row.next(),
      run: row.next(),
      firstOrdinal: row.next(),
      firstTs: row.next(),
      lastTs: row.next()
    )
  }
}
