/// The database that holds one store: what the event log and the digests ask of it.
///
/// All SQL is behind this protocol, so that the queue, the fold worker, the finalizer, the change feeds
/// and the verification are the same code on every database. What an engine has to keep:
///
/// 1. A transaction is written whole or not at all, and only one is open at a time in one writer.
/// 2. The events of a run have the seqs 1, 2, 3 …, those of a session the ordinals 1, 2, 3 …; positions
///    rise in the order of the commits, and a reader that has seen a position never finds a new event
///    before it.
/// 3. An event whose id its run has already is a duplicate if its body is the same, else a conflict.
/// 4. A digest row changes only by a compare-and-set on its ``DigestRevision``.
/// 5. All reads of one snapshot see the same state of the store.
///
/// Errors are of the engine's own types and conform to ``StoreFailure``.
package protocol StoreEngine: AnyObject, Sendable {
  /// Where the store is, as messages name it: a path or an address without a password.
  var location: String { get }

  /// Opens the store for writing; `notices` get each commit, on the thread that made it.
  func makeWriter(notices: CommitNotices) throws -> any EngineWriter

  /// Runs `body` with a connection of its own; the engine waits for one if all are in use.
  func read<R>(_ body: (any EngineSnapshot) throws -> R) throws -> R

  /// Runs `body` in one snapshot: hold it for a page of rows, never for a stream.
  func snapshot<R>(_ body: (any EngineSnapshot) throws -> R) throws -> R

  /// Checks that ``location`` still leads to the store that is open, in a few microseconds.
  ///
  /// - Throws: A failure of the code `moved`: the store was deleted, moved or replaced. A transaction of the
  ///   writer checks the same before it commits.
  func requireInPlace() throws

  /// Copies all of the store, as it is in one snapshot, into a new file, and checks the copy.
  ///
  /// Appends go on meanwhile. A failure leaves no file.
  func backup(to path: String) throws -> CopiedStore

  /// Ends the connections of readers; a later read fails as `closed`.
  func closeReaders()
}

/// What makes the write transactions of one store in one process.
///
/// The user calls it from one thread at a time, but for ``sync(deadline:)`` and ``copyWAL()``, which run on
/// threads of their own beside the others.
package protocol EngineWriter: AnyObject, Sendable {
  /// The bytes that were committed and are not in the main file yet.
  var walBytes: Int { get }

  /// Runs `body` in one transaction; rolled back when it throws.
  ///
  /// - Throws: ``WouldBlock`` if it may not block and would have to; then nothing was done.
  func transaction<R>(
    mayBlock: Bool,
    _ body: (any EngineTransaction) throws -> R
  ) throws -> R

  /// Writes one caller's events in one transaction.
  func append(_ call: AppendCall, mayBlock: Bool) throws -> AppendReceipt

  /// Writes the events of many callers in one transaction; a result for each.
  ///
  /// - Throws: What kept the whole transaction from being made.
  func append(
    group calls: [AppendCall],
    mayBlock: Bool
  ) throws -> [Result<AppendReceipt, any Error>]

  /// Moves the WAL into the main file.
  func checkpoint(_ kind: WALCheckpoint) throws

  /// Copies most of the WAL into the main file while others go on writing.
  func copyWAL() throws

  /// Puts on disk what any process committed before; waits until the deadline, in nanoseconds of
  /// ``MonotonicTime``, for what is in its way.
  func sync(deadline: UInt64) throws

  /// Ends the connection; the writer is not used after that.
  func close()
}

/// How far a WAL checkpoint goes.
package enum WALCheckpoint: Sendable {
  /// Moves the WAL into the file and starts it over; its file keeps its size.
  case restart
  /// Also truncates the WAL: on close.
  case truncate
}

/// A write would have had to wait; nothing was done.
package struct WouldBlock: Error {
  package init() {}
}

/// An error that an engine reports, with what the user of the store is told.
package protocol StoreFailure: Error {
  /// The error in the store's own words.
  var storeError: StoreError { get }
}
