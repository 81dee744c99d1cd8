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

  package func damage(isDeep: Bool) throws -> String? {
    let check: StaticString = isDeep ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)"
    do {
      let result = try connection.statement(check).first { $0.next(String.self) }
      guard result != "ok" else { return nil }
      // The first line names the database: *** in database main ***.
      let lines = (result ?? "").split(separator: "\n").filter { !$0.hasPrefix("***") }
      return lines.first.map(String.init) ?? "SQLite's check said nothing"
    } catch let error as SQLiteError where error.isDamage {
      return error.message
    }
  }

  package func schemaDifferences() throws -> [String] {
    let expected = try Schema.objects()
    let found = try Schema.objects(of: connection)
    return expected.keys.sorted().filter { expected[$0] != found[$0] }
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
