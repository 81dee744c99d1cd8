internal import CSQLite

/// How SQLite counts the memory that it has.
enum SQLiteMemory {
  /// Lets SQLite allocate without counting, unless the process has begun to use it before.
  ///
  /// The count is one number for the whole process, under one mutex that each allocation takes, and a row
  /// written is a dozen of them: where two threads use SQLite, both wait there. Without it the fold of
  /// many short tails takes half the time. SQLite's manual recommends it (`SQLITE_CONFIG_MEMSTATUS`).
  static let stopCounting: Void = { _ = rundigest_config_memory_status(0) }()
}
