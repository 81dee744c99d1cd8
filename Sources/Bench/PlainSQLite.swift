internal import CSQLite
internal import Engine
internal import RunDigest

/// What the same rows cost in plain SQLite through its C API: the measure for this store.
///
/// It calls C itself: a baseline must not go through the code that it is compared with.
final class PlainSQLite {
  private var database: OpaquePointer?
  private var insert: OpaquePointer?
  private var select: OpaquePointer?
  private var begin: OpaquePointer?
  private var commit: OpaquePointer?

  /// SQLite refused.
  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  /// Makes a database with the columns of the store's event log, the same page cache and a WAL of
  /// the same size.
  ///
  /// `hasIndex` adds an index by (run, seq), without which a run is read by a scan.
  init(path: String, isDurable: Bool, hasIndex: Bool) throws {
    guard
      sqlite3_open_v2(
        path,
        &database,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
        nil
      )
        == SQLITE_OK
    else { throw failure }
    try run(
      """
      PRAGMA journal_mode = WAL; PRAGMA synchronous = \(isDurable ? "FULL" : "NORMAL");
      PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = \(StoreOptions().checkpointBytes / 4096);
      CREATE TABLE events(pos INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL, seq INTEGER NOT NULL, session INTEGER, ordinal INTEGER,
        ts INTEGER NOT NULL, kind ANY NOT NULL, producer INTEGER NOT NULL, event_id TEXT,
        traceparent TEXT, payload TEXT NOT NULL) STRICT;
      CREATE UNIQUE INDEX events_by_id ON events(run, event_id) WHERE event_id IS NOT NULL;
      """
    )
    if hasIndex { try run("CREATE UNIQUE INDEX events_by_seq ON events(run, seq)") }
    insert = try prepare(
      "INSERT INTO events(run, seq, ts, kind, producer, payload) VALUES (?1, ?2, ?3, ?4, 0, ?5)"
    )
    begin = try prepare("BEGIN IMMEDIATE")
    commit = try prepare("COMMIT")
  }

  deinit {
    for statement in [insert, select, begin, commit] { sqlite3_finalize(statement) }
    sqlite3_close(database)
  }

  /// Opens a store's file to read a row of it, with nothing between the caller and SQLite.
  init(reading path: String, sql: String) throws {
    guard
      sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK
    else { throw failure }
    select = try prepare(sql)
  }

  /// Reads one row by its key, its columns copied out as a caller needs them who goes on to use
  /// them; answers how many bytes they have.
  func readRow(key: Int64) -> Int {
    sqlite3_bind_int64(select, 1, key)
    var bytes = 0
    if sqlite3_step(select) == SQLITE_ROW {
      for column in 0..<sqlite3_column_count(select) {
        switch sqlite3_column_type(select, column) {
        case SQLITE_NULL: continue
        case SQLITE_INTEGER: bytes += sqlite3_column_int64(select, column) == 0 ? 1 : 8
        default:
          let start = sqlite3_column_blob(select, column)
          let count = Int(sqlite3_column_bytes(select, column))
          bytes += [UInt8](UnsafeRawBufferPointer(start: start, count: count)).count
        }
      }
    }
    sqlite3_reset(select)
    return bytes
  }

  /// Steps to one row by its key and looks at none of its columns: no reader does less.
  func touchRow(key: Int64) {
    sqlite3_bind_int64(select, 1, key)
    _ = sqlite3_step(select)
    sqlite3_reset(select)
  }

  /// Writes one transaction: `rows` rows for each of `runs` runs, from a seq on.
  func write(runs: Int, from seq: Int64, rows: Int, kind: Int64, payload: [UInt8]) throws {
    try step(begin)
    for row in 0..<Int64(runs * rows) {
      sqlite3_bind_int64(insert, 1, row / Int64(rows))
      sqlite3_bind_int64(insert, 2, seq + row % Int64(rows))
      sqlite3_bind_int64(insert, 3, 1_780_000_000_000_000)
      sqlite3_bind_int64(insert, 4, kind)
      try payload.withUnsafeBytes { bytes in
        sqlite3_bind_text(
          insert,
          5,
          bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
          Int32(bytes.count),
          nil
        )
        try step(insert)
      }
    }
    try step(commit)
  }

  /// Moves the WAL into the file.
  func checkpoint() throws {
    guard sqlite3_wal_checkpoint_v2(database, nil, SQLITE_CHECKPOINT_RESTART, nil, nil) == SQLITE_OK
    else { throw failure }
  }

  private func step(_ statement: OpaquePointer?) throws {
    guard sqlite3_step(statement) == SQLITE_DONE else { throw failure }
    sqlite3_reset(statement)
  }

  private func run(_ sql: String) throws {
    guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw failure }
  }

  private func prepare(_ sql: String) throws -> OpaquePointer? {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK else { throw failure }
    return statement
  }

  private var failure: Failed {
    Failed(description: database.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "?")
  }
}
