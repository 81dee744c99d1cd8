internal import Engine
internal import SQLiteEngine
internal import Support

extension RunStore {
  /// Makes a copy of the whole store, of one moment, while this and other processes go on writing.
  ///
  /// The copy is one file of mode 0600, checked and on disk when this returns, and a store like any other.
  /// Costs about as long as it takes to read and to write the file twice; the WAL grows by what is appended
  /// meanwhile.
  ///
  /// - Throws: ``StoreError``: `refused` if there is a file of that name; `corrupt` if the store is damaged;
  ///   `full` if there is no room left for the copy. No copy is left then.
  public func backup(to path: String) async throws -> CopiedStore {
    try await reader.backup(to: path)
  }

  /// Puts a copy of a backup, or of another store, in the place of the store at a path.
  ///
  /// The copy is made and checked before anything is replaced. The store that was there is kept under another
  /// name, which the result tells. A process that has it open fails with `moved` before its next commit.
  ///
  /// - Throws: ``StoreError``: `notFound` or `refused` if `backup` is not a store, `corrupt` if it is
  ///   damaged, `busy` if other processes write to the store for longer than `patience`. The store is as it
  ///   was then.
  public static func restore(
    _ path: String,
    from backup: String,
    patience: Duration = .seconds(10)
  ) async throws -> CopiedStore {
    try await BlockingWork.run {
      try StoreError.translating {
        try SQLiteDatabase.restore(path, from: backup, patience: patience)
      }
    }
  }
}

extension RunReader {
  /// As ``RunStore/backup(to:)``, of a store that was opened for reading.
  public func backup(to path: String) async throws -> CopiedStore {
    try await BlockingWork.run {
      try StoreError.translating { try engine.backup(to: path) }
    }
  }
}
