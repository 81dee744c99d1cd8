internal import CSQLite
internal import Support

/// Copies the WAL into the file without the gate, while other connections go on writing.
///
/// SQLite's bug (see ``WriteGate``) needs a commit that resets the WAL while a checkpoint runs. Here a
/// reader is open from before the checkpoint to after it. SQLite makes it one of two:
///
/// 1. A reader of the WAL. Then no connection can reset the WAL: that takes a lock which such readers
///    hold.
/// 2. A reader of the file alone, if all of the WAL was moved already. Then the checkpoint writes
///    nothing: it writes to the file only under a lock which these readers hold.
///
/// Another connection's checkpoint finds this one's lock and is not made.
///
/// Confined to one thread at a time.
package final class WALCopier {
  private let reader: Connection
  private let copier: Connection

  /// Opens the two connections; the store must exist.
  package init(path: String) throws {
    reader = try Connection(path: path, mode: .readOnly, cacheKiB: 64)
    copier = try Connection(path: path, mode: .readWrite, cacheKiB: 64)
  }

  /// Copies what is in the WAL now, as far as readers let it; returns how many pages of the WAL are in
  /// the file then.
  ///
  /// Blocks for as long as the disk takes. `whenHeld` is for tests: it runs while the reader is open.
  package func copy(whenHeld: () throws -> Void = {}) throws -> Int {
    try reader.execute("BEGIN")
    defer { try? reader.execute("ROLLBACK") }
    // The first read takes the snapshot.
    _ = try reader.integer("SELECT count(*) FROM meta WHERE key = 'checkpoints'")
    try whenHeld()
    Invariant.gate.assert(
      reader.isInTransaction,
      "a checkpoint without the gate, of a WAL that no reader holds"
    )
    return try copier.checkpoint(SQLITE_CHECKPOINT_PASSIVE).moved
  }
}
