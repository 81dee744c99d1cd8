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
          return try untilFree {
            let writer = try Writer(path: real, wait: .until(.max))
            return try Schema.version(of: writer.connection)
          }
        }
      }
      for try await version in group { #expect(version == Schema.version) }
    }
  }

  @Test("takes the events of a store of the second version over, and lists them")
  func eventsOfVersion2() throws {
    let connection = try emptyFile()
    try connection.execute("PRAGMA journal_mode = WAL")
    try Migrator.migrate(connection, with: Schema.migrations(through: 2))
    // 50 events of run 1 and every second one of run 2 between them; retention removed the first two of
    // run 3, all it had, at the positions 151 and 152.
    try connection.execute(
      """
      INSERT INTO runs(id, name, pruned_through) VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 2);
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
      INSERT INTO events(pos, run, seq, ts, kind, producer, event_id, payload)
      SELECT i + 1, 1 + i % 2, 1 + i / 2, i, 'text', 0, iif(i = 4, 'once', NULL), '{}' FROM n;
      UPDATE sqlite_sequence SET seq = 152 WHERE name = 'events';
      """
    )
    let path = connection.path
    let writer = try Writer(path: path, wait: .never)
    let postings = RunIndex(writer.connection)
    #expect(try Schema.version(of: writer.connection) == Schema.version)
    #expect(try [1, 2, 3, 4].map(postings.head) == [50, 50, 2, 0])
    #expect(
      try postings.positions(of: 2, after: 0, limit: 99).positions == (1...50).map { $0 * 2 }
    )
    #expect(try postings.positions(of: 3, after: 0, limit: 99).positions == [])
    try writer.transaction(wait: .never) { connection in
      try connection.execute("INSERT INTO events SELECT NULL, 1, 51, 0, 0, 0, 0, 0, NULL, '', '{}'")
      #expect(connection.lastInsertRowID == 153)
      #expect(try connection.integer("SELECT count(*) FROM log WHERE run = 'a'") == 51)
      for sql in [
        "DELETE FROM events", "UPDATE events SET ts = 0",
        """
        INSERT INTO events(run, seq, ts, kind, producer, event_id, payload)
        VALUES (1, 52, 0, 'text', 0, 'once', '{}')
        """,
      ] {
        #expect(throws: SQLiteError.self) { try connection.execute(sql) }
      }
    }
    let integrity = try writer.connection.prepare("PRAGMA integrity_check")
      .firstRow { $0.string(at: 0) }
    #expect(integrity == "ok")
  }

  @Test("leaves a store of the second version as it is where its log has a gap")
  func tornEventsOfVersion2() throws {
    let connection = try emptyFile()
    try connection.execute("PRAGMA journal_mode = WAL")
    try Migrator.migrate(connection, with: Schema.migrations(through: 2))
    try connection.execute(
      """
      INSERT INTO runs(id, name) VALUES (1, 'a');
      INSERT INTO events(run, seq, ts, kind, producer, payload)
      VALUES (1, 1, 0, 'text', 0, '{}'), (1, 3, 0, 'text', 0, '{}');
      """
    )
    #expect(refusal { _ = try Writer(path: connection.path, wait: .never) } == .corrupt)
    #expect(try Schema.version(of: connection) == 2)
    #expect(try connection.integer("SELECT count(*) FROM events") == 2)
  }
}

/// Tries again while another connection is in the way for longer than SQLite waits, as one is that was
/// put to sleep in the middle of it.
private func untilFree<R>(_ body: () throws -> R) throws -> R {
  while true {
    do { return try body() } catch let error as SQLiteError where error.isBusy { continue }
  }
}
