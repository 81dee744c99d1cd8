package import Engine
internal import Glibc
internal import Storage

/// What SQLite and the files say of the store.
extension SQLiteReads {
  package func databaseFacts() throws -> DatabaseFacts {
    var facts = DatabaseFacts()
    facts.engineVersion =
      try connection.statement("SELECT sqlite_version()").first { $0.next() } ?? ""
    facts.schemaVersion = try connection.integer("PRAGMA user_version")
    facts.fileBytes = FileSize.bytes(of: connection.path)
    facts.walBytes = FileSize.bytes(of: connection.path + "-wal")
    return facts
  }

  package func damage() throws -> String? {
    let result = try connection.statement("PRAGMA quick_check(1)").first { $0.next(String.self) }
    return result == "ok" ? nil : result ?? "SQLite's check said nothing"
  }
}

/// The size of a file.
enum FileSize {
  /// 0 if it is not there.
  static func bytes(of path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }
}
