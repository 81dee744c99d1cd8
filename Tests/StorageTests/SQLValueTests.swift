import TestSupport
import Testing

@testable import Storage

/// A number of one meaning, as the ids of the layers above are.
private struct Seq: RawRepresentable, SQLValue, SQLColumn, Equatable {
  let rawValue: Int64
  static func read(_ row: Statement, at column: Int32) -> Seq {
    Seq(rawValue: row.int64(at: column))
  }
}

@Suite("Values in their order")
struct SQLValueTests {
  let folder: TemporaryFolder
  let connection: Connection

  init() throws {
    folder = try TemporaryFolder()
    let path = try StorageFile.prepare(folder.file(), .create)
    connection = try Connection(path: path, mode: .readWrite)
    try connection.execute(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a ANY, b ANY, c ANY, d ANY) STRICT"
    )
  }

  @Test("Every type that is bound in order is read back in order, and nil as NULL")
  func roundTrip() throws {
    let insert = try connection.statement("INSERT INTO t VALUES (?, ?, ?, ?, ?)")
    try insert.run(1, Int64.min, "größer \u{0} als", true, 0.5)
    try insert.run(2, Seq(rawValue: 7), nil as String?, false, nil as Seq?)
    try insert.run(3, [1, 0, 255] as [UInt8], "" as String?, 9 as Int64?, [] as [UInt8])
    let select = try connection.statement("SELECT a, b, c, d FROM t WHERE id = ?1")

    let first = try select.bind(1).first { row in
      let a: Int64 = row.next()
      let b: String = row.next()
      let c: Bool = row.next()
      let d: Double = row.next()
      #expect(a == .min && b == "größer \u{0} als" && c && d == 0.5)
      return true
    }
    let second = try select.bind(2).first { row in
      let a: Seq = row.next()
      let b: String? = row.next()
      let c: Bool = row.next()
      let isNull = row.isNull
      let d: Seq? = row.next()
      #expect(a == Seq(rawValue: 7) && b == nil && !c && isNull && d == nil)
      return true
    }
    let third = try select.bind(3).first { row in
      let a: [UInt8] = row.next()
      let isInteger = row.isInteger
      let b: String? = row.next()
      let c: Int64? = row.next()
      let d: UnsafeRawBufferPointer? = row.next()
      #expect(a == [1, 0, 255] && !isInteger && b == "" && c == 9)
      #expect(d?.isEmpty == true)
      return true
    }
    #expect([first, second, third] == [true, true, true])
    #expect(try select.bind(4).first { $0.next(Int64.self) } == nil)
  }

  @Test("Bytes are lent for a run and copied for a binding, as text and as a blob")
  func bytes() throws {
    let insert = try connection.statement("INSERT INTO t VALUES (?, ?, ?, ?, NULL)")
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    try Array("bytes".utf8).withUnsafeBytes { bytes in
      try insert.run(1, SQLText(bytes), SQLBlob(bytes), SQLText(none))
      try insert.bind(2, SQLText(bytes), SQLBlob(bytes), nil as SQLBlob?)
    }
    try insert.run()
    var types: [String] = []
    try connection.statement("SELECT typeof(a) || typeof(b) || typeof(c) || a FROM t ORDER BY id")
      .forEach { types.append($0.next()) }
    #expect(types == ["textblobtextbytes", "textblobnullbytes"])
  }

  @Test("What was lent for a run is not read by the next one")
  func lentIsForgotten() throws {
    let insert = try connection.statement("INSERT INTO t(a) VALUES (?1)")
    try Array("lent".utf8).withUnsafeBytes { try insert.run(SQLText($0)) }
    try insert.run()
    var found: [String?] = []
    try connection.statement("SELECT a FROM t ORDER BY id").forEach { found.append($0.next()) }
    #expect(found == ["lent", nil])
  }

  @Test("A run that fails forgets what it was lent, and the statement can be used again")
  func failure() throws {
    let insert = try connection.statement("INSERT INTO t(id, a) VALUES (?1, ?2)")
    try insert.run(1, "once")
    #expect(throws: SQLiteError.self) {
      try Array("lent".utf8).withUnsafeBytes { try insert.run(1, SQLText($0)) }
    }
    try insert.run(2, "again")
    #expect(try connection.integer("SELECT count(*) FROM t") == 2)
  }

  @Test("Columns can be skipped, and a statement without parameters runs")
  func skipped() throws {
    try connection.statement("INSERT INTO t VALUES (1, 2, 3, 4, 5)").run()
    let sum = try connection.statement("SELECT a, b, c, d FROM t").first { row -> Int in
      row.skip()
      let b: Int = row.next()
      row.skip()
      return b + row.next()
    }
    #expect(sum == 8)
  }

  @Test("Rows of more than twelve values are bound in order too")
  func wide() throws {
    try connection.execute("CREATE TABLE w(a, b, c, d, e, f, g, h, i, j, k, l, m, n)")
    let insert = try connection.statement(
      "INSERT INTO w VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    try insert.bind(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, "12", nil as Int64?, 14).run()
    try Array("lent".utf8).withUnsafeBytes { bytes in
      try insert.run(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, SQLText(bytes), 13, SQLBlob(bytes))
    }
    var rows: [String] = []
    try connection.statement("SELECT a || b || c || k || l || ifnull(m, '-') || n FROM w")
      .forEach { rows.append($0.next()) }
    #expect(rows == ["1231112-14", "12311lent13lent"])
  }
}
