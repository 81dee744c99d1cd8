internal import CSQLite
internal import Glibc

/// One SQLite connection, with the switches that every connection of this store has.
///
/// Confined: its owner lets in one thread at a time, and SQLite is told so (NOMUTEX).
package final class Connection {
  /// What the connection may do to the file.
  package enum Mode: Sendable {
    case readWrite
    case readOnly
    /// As `readOnly`, of a file that has no WAL and that nobody writes to: SQLite makes no file beside it
    /// and takes no lock. Whether it was written to all the same, ``ReaderPool`` checks.
    case unchanging
  }

  package let path: String
  private let handle: OpaquePointer
  /// By the address of their literal: to hash that costs less than to hash the text.
  private var statements: [UnsafePointer<UInt8>: Statement] = [:]
  private let walSize = WALSize()
  private let statementsRun = StatementCount()

  /// Opens an existing file.
  ///
  /// The path comes from ``StorageFile``: absolute, and no symbolic link in it.
  package init(path: String, mode: Mode, cacheKiB: Int = 2048) throws {
    self.path = path
    SQLiteMemory.stopCounting
    let access = mode == .readWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY
    let flags =
      access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW
      | SQLITE_OPEN_EXRESCODE
    var opened: OpaquePointer?
    let uri = Self.uri(of: path) + (mode == .unchanging ? "?immutable=1" : "")
    let code = sqlite3_open_v2(uri, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let error = SQLiteError(database: opened, code: code)
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    // Some of the settings read the file, and another process may be creating it just now.
    setBusyTimeout(5000)
    do {
      try configure(mode, cacheKiB: cacheKiB)
    } catch let error as SQLiteError where error.code == .notADatabase {
      throw StorageError(.foreign, "\(path) is not a SQLite file; choose another path")
    }
  }

  /// A `file:` URI, in which only the bytes that mean something there are written as numbers.
  static func uri(of path: String) -> String {
    var uri = "file:"
    for scalar in path.unicodeScalars {
      switch scalar {
      case "%": uri += "%25"
      case "?": uri += "%3f"
      case "#": uri += "%23"
      default: uri.unicodeScalars.append(scalar)
      }
    }
    return uri
  }

  deinit {
    statements.removeAll()
    sqlite3_close_v2(handle)
  }

  // Nothing here writes to the file: a store that is going to be refused stays untouched.
  private func configure(_ mode: Mode, cacheKiB: Int) throws {
    for (option, on) in [
      (SQLITE_DBCONFIG_DEFENSIVE, 1),
      (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
      (SQLITE_DBCONFIG_DQS_DDL, 0),
      (SQLITE_DBCONFIG_DQS_DML, 0),
      (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
      (SQLITE_DBCONFIG_ENABLE_FKEY, 1),
      // Closing would checkpoint without the gate: the WAL-reset bug (see WriteGate).
      (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1),
    ] {
      let code = rundigest_db_config_switch(handle, option, Int32(on), nil)
      guard code == SQLITE_OK else { throw SQLiteError(database: handle, code: code) }
    }
    try execute("PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0")
    try execute("PRAGMA cache_size = -\(cacheKiB)")
    guard mode == .readWrite else { return }
    // INSERT OR REPLACE fires the append-only triggers only with this.
    try execute("PRAGMA recursive_triggers = ON")
    // A commit is in the kernel and not synced (see WALFile); a checkpoint syncs the WAL, then the file.
    try execute("PRAGMA synchronous = NORMAL")
    // FAST: freed space is zeroed only in pages that are written anyway.
    try execute("PRAGMA secure_delete = FAST")
    // A hook replaces SQLite's automatic checkpoints, which would not take the gate.
    sqlite3_wal_hook(
      handle,
      { context, _, _, pages in
        guard let context else { return SQLITE_OK }
        Unmanaged<WALSize>.fromOpaque(context).takeUnretainedValue().pages = Int(pages)
        return SQLITE_OK
      },
      Unmanaged.passUnretained(walSize).toOpaque()
    )
  }

  // MARK: Statements

  /// The statement of a literal, prepared once for this connection and ready to bind.
  ///
  /// One use at a time: a second user of the same literal within a loop over its rows would
  /// take the rows away.
  package func statement(_ sql: StaticString) throws -> Statement {
    if let statement = statements[sql.utf8Start] {
      assert(!statement.isBusy, "this statement is still in use")
      return statement
    }
    let text = UnsafeBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount)
    let statement = try prepare(text, persistent: true)
    statements[sql.utf8Start] = statement
    return statement
  }

  /// A statement for text made at run time, from fixed parts only: never put a value into it.
  package func prepare(_ sql: String) throws -> Statement {
    var sql = sql
    return try sql.withUTF8 { try prepare($0, persistent: false) }
  }

  private func prepare(_ sql: UnsafeBufferPointer<UInt8>, persistent: Bool) throws -> Statement {
    var prepared: OpaquePointer?
    let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
    let code = sql.withMemoryRebound(to: CChar.self) {
      sqlite3_prepare_v3(handle, $0.baseAddress, Int32($0.count), flags, &prepared, nil)
    }
    guard code == SQLITE_OK, let prepared else {
      throw SQLiteError(database: handle, code: code, sql: String(decoding: sql, as: UTF8.self))
    }
    return Statement(handle: prepared)
  }

  /// Runs one or more statements that return nothing of interest.
  package func execute(_ sql: String) throws {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw SQLiteError(database: handle, code: code, sql: sql) }
  }

  /// The first column of the first row as a number.
  package func integer(_ sql: StaticString) throws -> Int64 {
    try statement(sql).firstRow { $0.int64(at: 0) } ?? 0
  }

  // MARK: State

  /// How many rows the last INSERT, UPDATE or DELETE changed, without those of triggers.
  package var changes: Int { Int(sqlite3_changes(handle)) }

  /// The rowid of the last inserted row.
  package var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }

  /// Whether a transaction is open.
  package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Pages in the WAL after this connection's last commit.
  package var walPages: Int {
    get { walSize.pages }
    set { walSize.pages = newValue }
  }

  /// How long SQLite itself waits for a lock; 0 means not at all.
  package func setBusyTimeout(_ milliseconds: Int32) {
    sqlite3_busy_timeout(handle, milliseconds)
  }

  /// As ``setBusyTimeout(_:)``, but looks again every fifth of a millisecond.
  ///
  /// SQLite itself sleeps ever longer, and all writers wait with it.
  func setImpatientBusyTimeout(_ milliseconds: Int32) {
    sqlite3_busy_handler(
      handle,
      { looksMax, looks in
        guard Int(looks) < Int(bitPattern: looksMax) else { return 0 }
        usleep(200)
        return 1
      },
      UnsafeMutableRawPointer(bitPattern: Int(milliseconds) * 5)
    )
  }

  /// Counts the statements that run from now on, for tests of what something costs.
  ///
  /// Without it nothing is counted. Statements that triggers run are left out.
  package func countStatements() {
    statementsRun.count = 0
    sqlite3_trace_v2(
      handle,
      UInt32(SQLITE_TRACE_STMT),
      { _, context, _, text in
        guard let context, let text else { return 0 }
        // The statements of triggers come as comments.
        if text.assumingMemoryBound(to: CChar.self).pointee == CChar(bitPattern: 0x2D) { return 0 }
        Unmanaged<StatementCount>.fromOpaque(context).takeUnretainedValue().count += 1
        return 0
      },
      Unmanaged.passUnretained(statementsRun).toOpaque()
    )
  }

  /// How many statements have run since ``countStatements()``.
  package var statementCount: Int { statementsRun.count }

  /// How many pages the connection has asked its cache for; steady where time is not.
  package var pagesRead: Int {
    var sum = 0
    for counter in [SQLITE_DBSTATUS_CACHE_HIT, SQLITE_DBSTATUS_CACHE_MISS] {
      var now: Int32 = 0
      var highest: Int32 = 0
      sqlite3_db_status(handle, counter, &now, &highest, 0)
      sum += Int(now)
    }
    return sum
  }

  /// Ends what the connection is running, from any thread.
  package func interrupt() {
    sqlite3_interrupt(handle)
  }

  /// Runs SQLite's checkpoint, with the write gate held or as ``WALCopier`` does.
  func checkpoint(_ mode: Int32) throws -> (complete: Bool, pages: Int, moved: Int) {
    var pages: Int32 = 0
    var moved: Int32 = 0
    let code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &pages, &moved)
    guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else {
      throw SQLiteError(database: handle, code: code, sql: "checkpoint")
    }
    return (code == SQLITE_OK && pages == moved, Int(max(pages, 0)), Int(max(moved, 0)))
  }
}

/// Where SQLite's hook leaves the size of the WAL; a class, so that it has an address.
private final class WALSize {
  var pages = 0
}

/// Where SQLite's trace counts statements.
private final class StatementCount {
  var count = 0
}
