internal import CSQLite

/// What SQLite itself holds in this process.
package enum SQLiteMemory {
  /// The bytes that SQLite has allocated for all connections of the process: page caches above all.
  package static var usedBytes: Int { Int(sqlite3_memory_used()) }
}
