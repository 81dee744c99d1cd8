import Glibc
import TestSupport
import Testing

@testable import Storage

@Suite("The writer")
struct WriterTests {
  let folder: TemporaryFolder
  let writer: Writer

  init() throws {
    folder = try TemporaryFolder()
    writer = try folder.writer()
  }

  private func insertRun(_ name: String, _ connection: Connection) throws {
    let insert = try connection.statement("INSERT INTO runs(name) VALUES (?)")
    try insert.bind(name, at: 1)
    try insert.run()
  }

  private func insertEvent(_ connection: Connection) throws {
    try connection.execute(
      """
      INSERT INTO events(run, seq, ts, kind, producer, payload)
      VALUES (1, 1 + (SELECT count(*) FROM events), 0, 'text', 0, '{}')
      """
    )
  }

  private func count(_ table: String) throws -> Int64? {
    try writer.connection.prepare("SELECT count(*) FROM \(table)").firstRow { $0.int64(at: 0) }
  }

  @Test("commits what the body did, and leaves the sync to who wants it")
  func commits() throws {
    try writer.transaction(wait: .never) { try insertRun("a", $0) }
    try writer.transaction(wait: .never) { try insertRun("b", $0) }
    #expect(try count("runs") == 2)
    // NORMAL: a commit is written, and a checkpoint synced.
    #expect(try writer.connection.integer("PRAGMA synchronous") == 1)
    #expect(writer.connection.walPages > 0)
    #expect(!writer.gate.isHeld)
  }

  @Test("rolls back when the body throws, and goes on")
  func rollsBack() throws {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try writer.transaction(wait: .never) { connection in
        try insertRun("a", connection)
        throw Stop()
      }
    }
    #expect(!writer.gate.isHeld)
    #expect(!writer.connection.isInTransaction)
    try writer.transaction(wait: .never) { try insertRun("b", $0) }
    #expect(try count("runs") == 1)
  }

  @Test("lets nobody change or delete an event")
  func appendOnly() throws {
    try writer.transaction(wait: .never) { try insertEvent($0) }
    for sql in [
      "UPDATE events SET payload = 'x'", "DELETE FROM events",
      """
      INSERT OR REPLACE INTO events(pos, run, seq, ts, kind, producer, payload)
      VALUES (1, 1, 1, 9, 'text', 0, '{}')
      """,
    ] {
      let error = #expect(throws: SQLiteError.self) {
        try writer.transaction(wait: .never) { try $0.execute(sql) }
      }
      #expect(error?.message.contains("append-only") == true, "\(sql)")
    }
    #expect(try count("events WHERE ts = 0 AND payload = '{}'") == 1)
  }

  @Test("lets a maintenance transaction change events, and never gives a position twice")
  func maintenance() throws {
    try writer.transaction(wait: .never) { try insertEvent($0) }
    try writer.transaction(wait: .never) { connection in
      try connection.execute("INSERT INTO maintenance VALUES ('test')")
      try connection.execute("DELETE FROM events")
      try connection.execute("DELETE FROM maintenance")
    }
    try writer.transaction(wait: .never) { try insertEvent($0) }
    #expect(try writer.connection.integer("SELECT pos FROM events") == 2)
    #expect(throws: SQLiteError.self) {
      try writer.transaction(wait: .never) { try $0.execute("DELETE FROM events") }
    }
  }

  @Test("sees by the data version that another connection wrote, and not that it did itself")
  func dataVersion() throws {
    func version() throws -> Int64 {
      try writer.transaction(wait: .never) { _ in try writer.dataVersion() }
    }
    let first = try version()
    try writer.transaction(wait: .never) { try insertRun("a", $0) }
    #expect(try version() == first)
    let other = try folder.writer()
    try other.transaction(wait: .never) { try insertRun("b", $0) }
    #expect(try version() != first)
  }

  @Test("checkpoints, and starts the log over")
  func checkpoint() throws {
    for index in 0..<50 {
      try writer.transaction(wait: .never) { try insertRun("r\(index)", $0) }
    }
    #expect(writer.connection.walPages >= 50)
    #expect(try writer.checkpoint(.restart, wait: .never))
    try writer.transaction(wait: .never) { try insertRun("last", $0) }
    #expect(writer.connection.walPages < 50)
    #expect(try writer.checkpoint(.truncate, wait: .never))
    var status = stat()
    #expect(stat(folder.file() + "-wal", &status) == 0 && status.st_size == 0)
  }

  @Test("says that a checkpoint is not complete while a reader holds an old snapshot")
  func checkpointBesideReader() throws {
    let pool = ReaderPool(path: writer.connection.path)
    try writer.transaction(wait: .never) { try insertRun("a", $0) }
    try pool.snapshot { connection in
      let before = try connection.integer("SELECT count(*) FROM runs")
      try writer.transaction(wait: .never) { try insertRun("b", $0) }
      #expect(try !writer.checkpoint(.restart, wait: .never))
      #expect(try connection.integer("SELECT count(*) FROM runs") == before)
    }
    #expect(try writer.checkpoint(.restart, wait: .never))
  }
}
