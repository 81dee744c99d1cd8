internal import CSQLite

/// What SQLite itself holds in this process.
package enum SQLiteMemory {
  /// Lets SQLite allocate without counting, unless the process has begun to use it already.
  ///
  /// Its count is one number for the process, under one mutex, and a write allocates a dozen times for each row:
  /// where two threads use SQLite, they spend a tenth of their time waiting for each other there.
  /// <https://www.sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus>
  static let stopCounting: Void = { _ = rundigest_config_memory_status(0) }()

  /// The bytes that SQLite has allocated for all connections of the process: page caches above all.
  package static var usedBytes: Int { Int(sqlite3_memory_used()) }
}
