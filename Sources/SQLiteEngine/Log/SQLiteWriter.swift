package import Engine
internal import Events
package import Storage
internal import Support

/// What makes the write transactions: groups of appends, jobs, checkpoints.
///
/// 1. One transaction at a time, made by the owner of the queue (see ``WriteQueue``).
/// 2. The heads in memory follow the tables: rolled back with them, dropped when another
///    connection wrote (`PRAGMA data_version`, asked inside the transaction), dropped on reopening.
/// 3. A group is first tried without savepoints, because a conflict is rare. If a caller of it fails,
///    all is rolled back and tried again with a savepoint for each, so that only that caller's events
///    are missing.
/// 4. After a failed read or write the connection is closed, and opened again for the next transaction.
///    Committed events must still be there then.
// Unchecked: only the queue's owner calls it, and the owner changes under a lock.
package final class SQLiteWriter: EngineWriter, @unchecked Sendable {
  package let path: String
  private let files: StoreFiles
  private let options: StoreOptions
  private let appender = Appender()
  private let notices: CommitNotices
  private var writer: Writer?
  private var dataVersion: Int64 = -1
  private var lastCommittedPos: Int64 = 0
  private let file: WALFile

  package init(
    path: String,
    files: StoreFiles? = nil,
    options: StoreOptions,
    notices: CommitNotices
  ) throws {
    let files = try files ?? StoreFiles(path: path)
    self.path = path
    self.files = files
    self.options = options
    self.notices = notices
    let deadline = MonotonicTime.now() + MonotonicTime.nanoseconds(options.busyTimeout)
    let opened = try Writer(
      path: path,
      files: files,
      wait: .until(deadline),
      cacheKiB: options.writerCacheKiB
    )
    writer = opened
    file = try WALFile(storePath: path)
  }

  private var patience: Writer.Wait {
    .until(MonotonicTime.now() + MonotonicTime.nanoseconds(options.busyTimeout))
  }

  /// Bytes in the WAL.
  package var walBytes: Int { (writer?.connection.walPages ?? 0) * Schema.pageBytes }

  package func close() {
    writer = nil
    appender.heads.drop()
  }

  // MARK: Transactions

  /// One transaction with the heads kept in step.
  package func transaction<R>(
    mayBlock: Bool,
    _ body: (any EngineTransaction) throws -> R
  ) throws -> R {
    try sqliteTransaction(mayBlock: mayBlock) { try body($0) }
  }

  private func sqliteTransaction<R>(
    mayBlock: Bool,
    _ body: (SQLiteTransaction) throws -> R
  ) throws -> R {
    let writer = try openWriter(mayBlock: mayBlock)
    do {
      var isForeign = false
      let wait = mayBlock ? patience : .never
      let result = try writer.transaction(wait: wait) { connection in
        let version = try writer.dataVersion()
        isForeign = version != dataVersion
        dataVersion = version
        appender.begin(isStale: isForeign)
        let result = try body(SQLiteTransaction(connection: connection, appender: appender))
        try appender.heads.flush(connection)
        return result
      }
      announce(isForeign: isForeign)
      return result
    } catch {
      appender.heads.rollBack(to: 0)
      throw failed(error, mayBlock: mayBlock)
    }
  }

  private func announce(isForeign: Bool) {
    let runs = appender.heads.commit()
    if appender.lastPos > 0 { lastCommittedPos = appender.lastPos }
    guard !runs.isEmpty || isForeign else { return }
    notices.send(
      CommitNotice(
        runs: runs,
        position: LogPosition(rawValue: appender.lastPos),
        isAfterForeignWrite: isForeign
      )
    )
  }

  private func failed(_ error: any Error, mayBlock: Bool) -> any Error {
    let poisons = (error as? SQLiteError)?.poisonsConnection ?? false
    if poisons || writer?.isPoisoned == true {
      writer = nil
      appender.heads.drop()
    }
    guard !mayBlock else { return error }
    switch error {
    case let error as StorageError where error.code == .gateBusy: return WouldBlock()
    case let error as SQLiteError where error.isBusy: return WouldBlock()
    default: return error
    }
  }

  private func openWriter(mayBlock: Bool) throws -> Writer {
    if let writer { return writer }
    guard mayBlock else { throw WouldBlock() }
    let opened = try Writer(
      path: path,
      files: files,
      wait: patience,
      cacheKiB: options.writerCacheKiB
    )
    let last = try opened.connection.integer(
      "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)"
    )
    guard last >= lastCommittedPos else {
      throw StoreError(
        .corrupt,
        "the store lost events that it had committed (position \(lastCommittedPos), now \(last)); "
          + "run doctor, or restore a backup"
      )
    }
    appender.heads.drop()
    dataVersion = -1
    writer = opened
    return opened
  }

  // MARK: Appends

  /// Writes one caller's events.
  package func append(
    _ call: AppendCall,
    mayBlock: Bool
  ) throws -> AppendReceipt {
    try transaction(mayBlock: mayBlock) { try $0.append(call) }
  }

  /// Writes the events of many callers in one transaction; a result for each.
  ///
  /// - Throws: What kept the whole transaction from being made.
  package func append(
    group calls: [AppendCall],
    mayBlock: Bool
  ) throws -> [Result<AppendReceipt, any Error>] {
    do {
      return try sqliteTransaction(mayBlock: mayBlock) { context in
        try context.append(group: calls, isolated: false)
      }
    } catch let error where Self.isOwnFault(error) {
      return try sqliteTransaction(mayBlock: mayBlock) { context in
        try context.append(group: calls, isolated: true)
      }
    }
  }

  /// Whether an error is about one caller's events and not about the store.
  static func isOwnFault(_ error: any Error) -> Bool {
    switch error {
    case let error as StoreError: error.code == .conflict || error.code == .invalidArgument
    case let error as SQLiteError: error.code == .constraint || error.code == .tooBig
    default: false
    }
  }

  // MARK: Checkpoints

  /// How many milliseconds a checkpoint waits for readers, and all writes with it.
  ///
  /// Most readers hold a snapshot for milliseconds. If many overlap there is always one, and the WAL
  /// would grow without end. So the wait doubles with each further bound that the WAL exceeds, to 320 ms.
  private var readersPatience: Int32 {
    10 << min(5, max(0, walBytes / max(1, options.checkpointBytes) - 1))
  }

  /// Moves the WAL into the file, so that the next commit need not sync.
  ///
  /// The first commit after a reset of the WAL syncs its header. A commit made here does that, so that
  /// no caller waits for the disk.
  package func checkpoint(_ kind: WALCheckpoint) throws {
    guard let writer else { return }
    do {
      let isComplete = try writer.checkpoint(
        kind == .restart ? .restart : .truncate,
        wait: patience,
        readers: readersPatience
      )
      guard isComplete, kind == .restart else { return }
      try writer.transaction(wait: patience) { connection in
        try connection.statement(
          "UPDATE meta SET value = value + 1 WHERE key = 'checkpoints'"
        ).run()
      }
    } catch {
      throw failed(error, mayBlock: true)
    }
  }

  /// How many pages may be left to be moved under the gate.
  private static let restPages = 256
  private static let copiesMax = 3

  package func copyWAL() throws {
    let copier = try WALCopier(path: path)
    var moved = 0
    for _ in 0..<Self.copiesMax {
      let before = moved
      moved = try copier.copy()
      // Less than this came while that was copied. Or another process copies.
      guard moved - before > Self.restPages else { return }
    }
  }

  package func sync(deadline: UInt64) throws {
    try file.sync(deadline: deadline)
  }
}
