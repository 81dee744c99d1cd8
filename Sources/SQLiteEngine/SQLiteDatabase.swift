package import Engine
package import Storage

/// A store in a SQLite file.
package final class SQLiteDatabase: StoreEngine {
  /// The file, absolute and without symbolic links.
  package let location: String
  package let readers: ReaderPool
  private let options: StoreOptions
  private let files: StoreFiles?

  /// Makes an engine for a file that ``StorageFile`` has prepared; nothing is opened yet.
  package init(path: String, options: StoreOptions = StoreOptions()) {
    location = path
    files = try? StoreFiles(path: path)
    self.options = options
    readers = ReaderPool(
      path: path,
      files: files,
      capacity: options.readers,
      cacheKiB: options.readerCacheKiB
    )
  }

  package func makeWriter(notices: CommitNotices) throws -> any EngineWriter {
    try SQLiteWriter(path: location, files: files, options: options, notices: notices)
  }

  package func requireInPlace() throws {
    try files?.requireInPlace()
  }

  package func read<R>(_ body: (any EngineSnapshot) throws -> R) throws -> R {
    try readers.read { try body(SQLiteSnapshot(connection: $0)) }
  }

  package func snapshot<R>(_ body: (any EngineSnapshot) throws -> R) throws -> R {
    try readers.snapshot { try body(SQLiteSnapshot(connection: $0)) }
  }

  package func closeReaders() {
    readers.close()
  }
}
