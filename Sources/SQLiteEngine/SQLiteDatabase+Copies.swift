package import Engine
internal import Storage
internal import Support

extension SQLiteDatabase {
  package func backup(to path: String) throws -> CopiedStore {
    var (full, copy) = try StoreCopy.make(at: path, fill)
    copy.path = full
    return copy
  }

  /// Puts a checked copy of another store, or of a backup, in the place of the store at a path; what was
  /// there is kept under another name.
  ///
  /// Waits for programs that write to the store for as long as `patience`.
  package static func restore(
    _ path: String,
    from source: String,
    patience: Duration
  ) throws -> CopiedStore {
    guard !StorageFile.isSame(path, source) else {
      throw StoreError(.invalidArgument, "\(source) is the store itself; name a backup of it")
    }
    let backup = try openForReading(source, allowsNetworkFileSystem: true)
    defer { backup.closeReaders() }
    let deadline = MonotonicTime.now() + MonotonicTime.nanoseconds(patience)
    var (full, kept, copy) = try StoreCopy.replace(path, deadline: deadline, backup.fill)
    copy.path = full
    copy.kept = kept
    return copy
  }

  /// Writes all of the store into an empty file, and checks it.
  ///
  /// One statement that reads one snapshot: appends go on meanwhile. It holds the snapshot until it is
  /// done, so the WAL grows by what is appended in that time.
  private func fill(_ file: String) throws -> CopiedStore {
    let position = try readers.read { connection in
      let position = try SQLiteSnapshot(connection: connection).lastPosition()
      try connection.statement("VACUUM INTO ?").run(file)
      return position
    }
    return try Self.check(file, position)
  }

  private static func check(_ file: String, _ position: LogPosition) throws -> CopiedStore {
    let connection = try Connection(path: file, mode: .readOnly)
    try Schema.check(connection, path: file)
    let damage = try connection.statement("PRAGMA integrity_check(1)").first {
      $0.next(String.self)
    }
    let reads = SQLiteSnapshot(connection: connection)
    guard damage == "ok", try reads.checkLog().isGood, try reads.lastPosition() >= position else {
      throw StoreError(
        .corrupt,
        "the copy does not hold all of the store, so it was removed: the store is damaged; run "
          + "digest-ctl doctor to see where"
      )
    }
    return CopiedStore(
      path: file,
      events: try connection.integer("SELECT count(*) FROM events"),
      runs: try connection.integer("SELECT count(*) FROM runs"),
      bytes: FileSize.bytes(of: file)
    )
  }
}
