package import Engine
internal import Storage

extension SQLiteDatabase {
  /// Prepares the file of a store that is opened for writing, which is made if the options let it.
  ///
  /// - Throws: ``StorageError`` for a path that no store can have, or that is refused.
  package static func open(_ path: String, options: StoreOptions) throws -> SQLiteDatabase {
    let real = try StorageFile.prepare(
      path,
      options.creates ? .create : .existing,
      allowsNetwork: options.allowsNetworkFileSystem
    )
    return SQLiteDatabase(path: real, options: options)
  }

  /// Opens an existing store for reading only: nothing is made or changed.
  ///
  /// - Throws: ``StoreError`` or ``StorageError``: `notFound` when there is none, `refused` for a file
  ///   that is not a store of this version.
  package static func openForReading(
    _ path: String,
    allowsNetworkFileSystem: Bool
  ) throws -> SQLiteDatabase {
    let real = try StorageFile.prepare(path, .existing, allowsNetwork: allowsNetworkFileSystem)
    var options = StoreOptions()
    options.readers = 4
    options.cacheBytes = 12 << 20
    let database = SQLiteDatabase(path: real, options: options)
    try database.readers.read { connection in
      do {
        try Schema.check(connection, path: path)
      } catch let error as SQLiteError where error.code == .cantOpen {
        let reason = StorageFile.reason(for: error, path: real)
        guard reason is SQLiteError else { throw reason }
        throw StoreError(
          .io,
          "\(path) cannot be read here: SQLite needs to make its -wal and -shm files beside it; "
            + "make the folder writable or copy the store",
          cause: error
        )
      } catch let error as SQLiteError where error.code == .notADatabase {
        throw StoreError(
          .refused,
          "\(path) is not a SQLite file; choose another path",
          cause: error
        )
      }
      let version = try Schema.version(of: connection)
      guard version > 0 else {
        throw StoreError(.notFound, "\(path) is an empty file; import or append something first")
      }
      guard version == Schema.version else {
        throw StoreError(
          .refused,
          "\(path) has schema \(version), this version reads \(Schema.version); run "
            + "digest-ctl migrate to bring it up to date"
        )
      }
    }
    return database
  }
}
