internal import CSQLite

/// Moves what the write-ahead log has into the store while others go on writing, without the gate.
///
/// SQLite's bug (see ``WriteGate``) needs a log that is started over while a checkpoint runs. This
/// one is not: a reader holds it.
///
/// 1. A log is started over only by who can lock all readers of the log out: a commit that finds all
///    of it moved, or a checkpoint made for that.
/// 2. ``pin()`` opens such a reader. It is called with the gate held and directly after a commit: so
///    there is a page in the log that nobody has moved yet, and SQLite makes it a reader of the log,
///    and not one of the store's file alone, which would hold nothing.
/// 3. The reader stays until the copying is over, and only what it sees is copied.
///
/// Confined to one thread at a time.
// Unchecked: whoever has another thread pin it waits for that before it goes on.
package final class LogCopy: @unchecked Sendable {
  private let reader: Connection
  private let copier: Connection
  private var pinError: (any Error)?
  private var isPinned = false

  /// Opens what copies the log of a store that has been opened.
  package init(path: String) throws {
    reader = try Connection(path: path, mode: .readOnly, cacheKiB: 64)
    copier = try Connection(path: path, mode: .readWrite, cacheKiB: 64)
    // As the writer's: the log is synced before the file, and the file before the log is given up.
    try copier.execute("PRAGMA synchronous = NORMAL")
  }

  /// Holds the log; with the gate held, directly after a commit.
  ///
  /// An error comes out of ``copy()``.
  package func pin() {
    do {
      try reader.execute("BEGIN")
      _ = try reader.integer("SELECT count(*) FROM meta WHERE key = 'checkpoints'")
      isPinned = true
    } catch {
      pinError = error
    }
  }

  /// Copies what is in the log since before ``pin()``, as far as readers let it, and lets go of the log.
  ///
  /// Blocks for as long as the disk takes. Answers how many pages of the log are in the file now.
  package func copy() throws -> Int {
    defer { unpin() }
    if let pinError { throw pinError }
    Invariant.gate.assert(
      isPinned && reader.isInTransaction,
      "a checkpoint beside the gate of a log that is not held"
    )
    guard isPinned else { return 0 }
    return try copier.checkpoint(SQLITE_CHECKPOINT_PASSIVE).moved
  }

  private func unpin() {
    isPinned = false
    pinError = nil
    if reader.isInTransaction { try? reader.execute("ROLLBACK") }
  }
}
