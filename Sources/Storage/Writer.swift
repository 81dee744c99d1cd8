internal import CSQLite
internal import Glibc
internal import Support

/// The connection that writes, with its gate: transactions and checkpoints.
///
/// 1. Every transaction is IMMEDIATE. A deferred one that turns to writing fails at once when
///    another connection wrote since, whatever the timeout.
/// 2. Every transaction and every checkpoint runs with the gate held (see ``WriteGate``).
/// 3. A body that throws leaves nothing behind: the transaction is rolled back.
/// 4. After an error that poisons the connection nothing more is written through it.
/// 5. A commit is in the kernel: it survives the death of the process, but the last ones may not
///    survive a power cut. ``WALFile`` puts them on disk.
///
/// Keeps ``Invariant/gate`` and ``Invariant/answer``.
///
/// Confined: one thread at a time.
package final class Writer {
  /// How long to wait for the gate and for SQLite's own locks.
  package enum Wait: Sendable {
    /// Not at all: for threads that must not block.
    case never
    /// Until a point of ``MonotonicTime``; may block, so only on a thread of one's own.
    case until(UInt64)
  }

  package let connection: Connection
  package let gate: WriteGate
  private let files: StoreFiles
  private var nextLookAtNeighbours: UInt64 = 0
  private let begin: Statement
  private let commit: Statement
  private let rollback: Statement
  private let dataVersionStatement: Statement
  /// Whether an error forbids to go on with this connection.
  package private(set) var isPoisoned = false

  /// Opens the store at a path that ``StorageFile`` prepared, and creates or migrates its schema.
  ///
  /// `wait` says how long to wait for other writers; `files` are those that the path must still lead to,
  /// if it was opened before.
  package init(
    path: String,
    files: StoreFiles? = nil,
    wait: Wait,
    cacheKiB: Int = 16384
  ) throws {
    var files = try files ?? StoreFiles(path: path)
    try files.requireInPlace()
    let connection: Connection
    do {
      connection = try Connection(path: path, mode: .readWrite, cacheKiB: cacheKiB)
      // Before the gate file is made: a file that is refused gets no neighbours.
      try Schema.check(connection, path: path)
    } catch let error as SQLiteError {
      throw StorageFile.reason(for: error, path: path)
    }
    let gate = try WriteGate(storePath: path, files: files)
    try Self.acquire(gate, wait)
    do {
      defer { gate.release() }
      // The schema is on disk before the first event is.
      try connection.execute("PRAGMA synchronous = FULL")
      try Schema.prepare(connection, path: path)
      try connection.execute("PRAGMA synchronous = NORMAL")
    }
    begin = try connection.prepare("BEGIN IMMEDIATE")
    commit = try connection.prepare("COMMIT")
    rollback = try connection.prepare("ROLLBACK")
    dataVersionStatement = try connection.prepare("PRAGMA data_version")
    self.connection = connection
    self.gate = gate
    files.noteNeighbours()
    self.files = files
  }

  private static func acquire(_ gate: WriteGate, _ wait: Wait) throws {
    switch wait {
    case .never:
      guard try gate.tryAcquire() else {
        throw StorageError(.gateBusy, "another process is writing to the store; try again")
      }
    case .until(let deadline):
      if gate.othersWait() { gate.letOthersPass() }
      try gate.acquire(deadline: deadline)
    }
  }

  // MARK: Gate

  /// Runs `body` with the gate held.
  ///
  /// - Throws: ``StorageError`` `gateBusy`, or what `body` throws.
  package func withGate<R>(_ wait: Wait, _ body: () throws -> R) throws -> R {
    try Self.acquire(gate, wait)
    if case .never = wait { connection.setBusyTimeout(0) } else { connection.setBusyTimeout(5000) }
    defer { gate.release() }
    do {
      return try body()
    } catch let error as SQLiteError {
      if error.poisonsConnection { isPoisoned = true }
      throw error
    }
  }

  // MARK: Transactions

  /// One `BEGIN IMMEDIATE … COMMIT` under the gate; rolled back when `body` throws.
  package func transaction<R>(
    wait: Wait,
    _ body: (Connection) throws -> R
  ) throws -> R {
    try withGate(wait) { try transactionInGate(body) }
  }

  private func transactionInGate<R>(_ body: (Connection) throws -> R) throws -> R {
    precondition(gate.isHeld, "a transaction without the write gate")
    try begin.run()
    do {
      let result = try body(connection)
      Invariant.gate.assert(gate.isHeld && gate.keepsOthersOut, "a commit without the gate")
      Invariant.answer.assert(
        try connection.integer("PRAGMA synchronous") >= 1,
        "a commit of a connection whose checkpoints do not sync"
      )
      // Before the caller gets an answer: what is committed to another file is lost.
      try requireInPlace()
      try commit.run()
      Invariant.answer.assert(!connection.isInTransaction, "an answer before the commit")
      return result
    } catch {
      // SQLite has rolled back by itself after some errors; else this must not fail silently,
      // for a transaction left open would swallow the next one.
      if connection.isInTransaction, (try? rollback.run()) == nil { isPoisoned = true }
      throw error
    }
  }

  private func requireInPlace() throws {
    let now = MonotonicTime.now()
    let isDue = now >= nextLookAtNeighbours
    try files.requireInPlace(withNeighbours: isDue)
    if isDue { nextLookAtNeighbours = now + 20_000_000 }
  }

  /// A number that changes when another connection has committed; ask inside a transaction.
  package func dataVersion() throws -> Int64 {
    try dataVersionStatement.firstRow { $0.int64(at: 0) } ?? 0
  }

  // MARK: Checkpoints

  /// How far to go.
  package enum Checkpoint: Sendable {
    /// Moves the WAL into the file and resets it. The WAL's file keeps
    /// its blocks, up to the size limit, and the next transactions overwrite them: 20 to 30 %
    /// faster than growing a truncated file again.
    case restart
    /// Also truncates the WAL: on close, and for a copy of the file.
    case truncate
  }

  /// Moves the WAL into the file; `false` if readers used a part of it for longer than `milliseconds`.
  @discardableResult
  package func checkpoint(
    _ kind: Checkpoint,
    wait: Wait,
    readers milliseconds: Int32 = 10
  ) throws -> Bool {
    try withGate(wait) {
      try files.requireInPlace()
      connection.setImpatientBusyTimeout(milliseconds)
      Invariant.gate.assert(gate.isHeld && gate.keepsOthersOut, "a checkpoint without the gate")
      let mode = kind == .restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_TRUNCATE
      let (complete, pages, _) = try connection.checkpoint(mode)
      connection.walPages = complete ? 0 : pages
      return complete
    }
  }
}
