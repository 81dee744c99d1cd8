import TestSupport
import Testing

@testable import Storage

@Suite("A statement")
struct StatementTests {
  let folder: TemporaryFolder
  let connection: Connection

  init() throws {
    folder = try TemporaryFolder()
    let path = try StorageFile.prepare(folder.file(), .create)
    connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("CREATE TABLE t(a INTEGER, b REAL, c TEXT, d BLOB, e ANY) STRICT")
  }

  @Test("gives back every type as it was bound")
  func roundTrip() throws {
    let insert = try connection.statement("INSERT INTO t VALUES (?, ?, ?, ?, ?)")
    try insert.bind(Int64.min, at: 1)
    try insert.bind(0.1, at: 2)
    try insert.bind("größer \u{0} als", at: 3)
    try [UInt8](0...255).withUnsafeBytes { try insert.bind(blob: $0, at: 4) }
    try insert.bind(nil as String?, at: 5)
    try insert.run()

    let select = try connection.statement("SELECT a, b, c, d, e FROM t")
    let found = try select.firstRow { row in
      #expect(row.int64(at: 0) == .min)
      #expect(row.double(at: 1) == 0.1)
      #expect(row.string(at: 2) == "größer \u{0} als")
      #expect(Array(row.bytes(at: 3)) == [UInt8](0...255))
      #expect(row.isNull(at: 4))
      #expect(row.optionalString(at: 4) == nil)
      #expect(row.optionalInt64(at: 4) == nil)
      return true
    }
    #expect(found == true)
  }

  @Test("keeps empty text and an empty blob apart from null")
  func emptyIsNotNull() throws {
    let insert = try connection.statement("INSERT INTO t(c, d) VALUES (?, ?)")
    try insert.bind("", at: 1)
    try insert.bind(blob: UnsafeRawBufferPointer(start: nil, count: 0), at: 2)
    try insert.run()
    try connection.statement("SELECT c, d FROM t").forEachRow { row in
      #expect(!row.isNull(at: 0))
      #expect(!row.isNull(at: 1))
      #expect(row.bytes(at: 1).isEmpty)
    }
  }

  @Test("borrows bytes for one execution and forgets them")
  func borrowed() throws {
    let insert = try connection.statement("INSERT INTO t(c) VALUES (?)")
    try Array("borrowed".utf8).withUnsafeBytes { bytes in
      try insert.withBorrowed(text: bytes, at: 1) { try insert.run() }
    }
    try insert.run()
    var texts: [String?] = []
    try connection.statement("SELECT c FROM t ORDER BY rowid").forEachRow {
      texts.append($0.optionalString(at: 0))
    }
    #expect(texts == ["borrowed", nil])
  }

  @Test("is the same one for the same literal")
  func cached() throws {
    func same() throws -> Statement { try connection.statement("SELECT 1") }
    #expect(try same() === same())
  }

  @Test("says which statement failed and why, and can be used again")
  func failure() throws {
    let insert = try connection.statement("INSERT INTO t(a) VALUES (?)")
    try insert.bind("not a number", at: 1)
    do {
      try insert.run()
      Issue.record("STRICT accepted text as a number")
    } catch let error as SQLiteError {
      #expect(error.code == .constraint)
      #expect(error.sql == "INSERT INTO t(a) VALUES (?)")
      #expect(error.message.contains("TEXT"))
      #expect(!error.isBusy && !error.isFull && !error.isCorrupt && !error.poisonsConnection)
    }
    try insert.bind(1 as Int64, at: 1)
    try insert.run()
    #expect(connection.changes == 1)
  }

  @Test("does not take a double-quoted string for text")
  func doubleQuotes() {
    #expect(throws: SQLiteError.self) { try connection.prepare("SELECT \"no such column\"") }
  }

  @Test("cannot load an extension or edit the schema table")
  func defended() {
    #expect(throws: SQLiteError.self) {
      try connection.prepare("SELECT load_extension('x')").run()
    }
    #expect(throws: SQLiteError.self) {
      try connection.execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema")
    }
  }
}
