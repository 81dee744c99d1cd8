import Glibc
import Support
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
    let good = Schema.migration(7, "CREATE TABLE a(x INTEGER) STRICT")
    let alsoGood = Schema.migration(8, "CREATE TABLE c(x INTEGER) STRICT")
    let bad = Schema.migration(
      9,
      "CREATE TABLE b(x INTEGER) STRICT; INSERT INTO nowhere VALUES (1)"
    )
    try Migrator.migrate(connection, with: [good])
    #expect(throws: SQLiteError.self) {
      try Migrator.migrate(connection, with: [good, alsoGood, bad])
    }
    #expect(try Schema.version(of: connection) == 7)
    #expect(!connection.isInTransaction)
    #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 1)

    let mended = Schema.migration(8, "CREATE TABLE b(x INTEGER) STRICT")
    try Migrator.migrate(connection, with: [good, mended])
    #expect(try Schema.version(of: connection) == 8)
    #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 2)
  }

  @Test("is never taken for another program's while another process makes it")
  func checkedWhileMade() throws {
    for number in 0..<30 {
      let path = try StorageFile.prepare(folder.file("\(number).sqlite"), .create)
      let onlooker = try Connection(path: path, mode: .readWrite)
      // A thread: this one looks all the time, and a task might wait for it to end.
      let made = Locked(Result<Void, any Error>?.none)
      try onThread {
        let result = Result { try untilFree { _ = try Writer(path: path, wait: .until(.max)) } }
        made.withLock { $0 = result }
        made.signal()
      }
      repeat {
        try untilFree { try Schema.check(onlooker, path: path) }
      } while try untilFree { try Schema.version(of: onlooker) } == 0
      try made.waitFor { made, _ in made }?.get()
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

  @Test("keeps a digest's key equal to its run and generation")
  func digestKey() throws {
    let writer = try folder.writer()
    try writer.transaction(wait: .never) {
      try $0.execute("INSERT INTO digests(id, run, generation, watermark) VALUES (513, 2, 1, 0)")
    }
    #expect(throws: SQLiteError.self) {
      try writer.transaction(wait: .never) {
        try $0.execute("INSERT INTO digests(id, run, generation, watermark) VALUES (514, 3, 1, 0)")
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
          return try untilFree {
            let writer = try Writer(path: real, wait: .until(.max))
            return try Schema.version(of: writer.connection)
          }
        }
      }
      for try await version in group { #expect(version == Schema.version) }
    }
  }

  @Test(
    "refuses a store of a program before the first release, says what to do, and leaves it as it is"
  )
  func beforeTheFirstRelease() throws {
    let connection = try emptyFile()
    try connection.execute(
      """
      CREATE TABLE heads(run INTEGER PRIMARY KEY) STRICT;
      PRAGMA application_id = \(Schema.applicationID);
      PRAGMA user_version = 5;
      """
    )
    let path = connection.path
    #expect { try Writer(path: path, wait: .never) } throws: { error in
      let error = error as? StorageError
      return error?.code == .olderSchema
        && error?.message == """
          \(path) was written before the first release (schema 5, this version reads 10 and later); \
          export its events with the program that wrote it (digest-ctl export events) and import \
          them into a new store with this one
          """
    }
    #expect(try Schema.version(of: connection) == 5)
    #expect(try connection.integer("SELECT count(*) FROM sqlite_schema") == 1)
  }
}

/// Tries again while another connection is in the way for longer than SQLite waits, as one is that was
/// put to sleep in the middle of it.
private func untilFree<R>(_ body: () throws -> R) throws -> R {
  while true {
    do { return try body() } catch let error as SQLiteError where error.isBusy { continue }
  }
}
