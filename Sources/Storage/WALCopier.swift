internal import CSQLite

/// Moves what the write-ahead log has into the store while others go on writing, without the gate.
///
/// SQLite's bug (see ``WriteGate``) needs a log that is started over by a commit while a checkpoint
/// runs. Here a reader is open from before the checkpoint to after it. SQLite makes it one of two:
///
/// 1. A reader of the log. Then nobody can start the log over: that takes a lock that keeps all such
///    readers out.
/// 2. A reader of the file alone, where all of the log was moved already. Then the checkpoint moves
///    nothing, whatever it takes the log for: it writes to the file only under a lock that keeps these
///    readers out. (That it finds nothing to do is usual, and no error.)
///
/// A checkpoint of anybody else finds this one's lock and is not made.
///
/// Confined to one thread at a time.
package final class WALCopier {
  private let reader: Connection
  private let copier: Connection

  /// Opens what copies the log of a store that has been opened.
  package init(path: String) throws {
    reader = try Connection(path: path, mode: .readOnly, cacheKiB: 64)
    copier = try Connection(path: path, mode: .readWrite, cacheKiB: 64)
  }

  /// Moves what is in the log now, as far as readers let it; answers how many pages of the log are in
  /// the file then.
  ///
  /// Blocks for as long as the disk takes. `whenHeld` is for tests: the reader is open then.
  package func copy(whenHeld: () throws -> Void = {}) throws -> Int {
    try reader.execute("BEGIN")
    defer { try? reader.execute("ROLLBACK") }
    // Only now SQLite has looked at the log.
    _ = try reader.integer("SELECT count(*) FROM meta WHERE key = 'checkpoints'")
    try whenHeld()
    Invariant.gate.assert(
      reader.isInTransaction,
      "a checkpoint without the gate, of a log that nobody holds"
    )
    return try copier.checkpoint(SQLITE_CHECKPOINT_PASSIVE).moved
  }
}
