import Glibc
import TestSupport
import Testing

@testable import Storage

@Suite("The schema")
struct SchemaTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func emptyFile() throws -> Connection {
    try Connection(path: StorageFile.prepare(folder.file(), .create), mode: .readWrite)
  }

  @Test("lists every migration file there is, in order")
  func everyFileIsListed() {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let files = names(in: "/" + root + "/Migrations").filter { $0.hasSuffix(".sql") }
    #expect(files.sorted() == Schema.migrationFiles)
    #expect(!files.isEmpty)
  }

  @Test("is marked as ours, and opening again changes nothing")
  func marked() throws {
    let before = try folder.writer().connection.integer("PRAGMA schema_version")
    let connection = try folder.writer().connection
    #expect(try connection.integer("PRAGMA application_id") == Schema.applicationID)
    #expect(try connection.integer("PRAGMA user_version") == Int64(Schema.version))
    #expect(try connection.integer("PRAGMA schema_version") == before)
    #expect(try connection.integer("PRAGMA page_size") == Int64(Schema.pageBytes))
  }

  @Test("has only STRICT tables")
  func strict() throws {
    let connection = try folder.writer().connection
    let lax = try connection.integer(
      """
      SELECT count(*) FROM pragma_table_list
      WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite%'
      """
    )
    #expect(lax == 0)
    #expect(try connection.integer("SELECT count(*) FROM pragma_table_list") > 15)
  }

  @Test("stays at the version before a migration that fails, with nothing of it left")
  func failingMigration() throws {
    let connection = try emptyFile()
    let good = Schema.migration(1, "CREATE TABLE a(x INTEGER) STRICT")
    let alsoGood = Schema.migration(2, "CREATE TABLE c(x INTEGER) STRICT")
    let bad = Schema.migration(
      3,
      "CREATE TABLE b(x INTEGER) STRICT; INSERT INTO nowhere VALUES (1)"
    )
    try Migrator.migrate(connection, with: [good])
    #expect(throws: SQLiteError.self) {
      try Migrator.migrate(connection, with: [good, alsoGood, bad])
    }
    #expect(try Schema.version(of: connection) == 1)
    #expect(!connection.isInTransaction)
    #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 1)

    let mended = Schema.migration(2, "CREATE TABLE b(x INTEGER) STRICT")
    try Migrator.migrate(connection, with: [good, mended])
    #expect(try Schema.version(of: connection) == 2)
    #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 2)
  }

  @Test("is never taken for another program's while another process makes it")
  func checkedWhileMade() async throws {
    let folder = folder
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<30 {
        let path = try StorageFile.prepare(folder.file("\(number).sqlite"), .create)
        let onlooker = try Connection(path: path, mode: .readWrite)
        group.addTask { _ = try Writer(path: path, wait: .until(.max)) }
        repeat {
          try Schema.check(onlooker, path: path)
        } while try Schema.version(of: onlooker) == 0
        try await group.next()
      }
    }
  }

  @Test("refuses a version that nobody wrote")
  func negativeVersion() throws {
    let path = folder.file()
    try folder.writer().connection.execute("PRAGMA user_version = -1")
    #expect { try Writer(path: path, wait: .never) } throws: {
      ($0 as? StorageError)?.code == .foreign
    }
  }

  @Test("keeps a digest's key equal to its run and version")
  func digestKey() throws {
    let writer = try folder.writer()
    try writer.transaction(wait: .never) {
      try $0.execute("INSERT INTO digests(id, run, version, watermark) VALUES (513, 2, 1, 0)")
    }
    #expect(throws: SQLiteError.self) {
      try writer.transaction(wait: .never) {
        try $0.execute("INSERT INTO digests(id, run, version, watermark) VALUES (514, 3, 1, 0)")
      }
    }
  }

  @Test("is made once when eight open a new store at the same time")
  func concurrentCreation() async throws {
    let path = folder.file()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let real = try StorageFile.prepare(path, .create)
          let writer = try Writer(path: real, wait: .until(MonotonicTime.now() + 10_000_000_000))
          return try Schema.version(of: writer.connection)
        }
      }
      for try await version in group { #expect(version == Schema.version) }
    }
  }
}
