/// A value that is read from one column of a row.
///
/// A type of one field, as an id is, reads its raw value.
@usableFromInline
package protocol SQLColumn {
  static func read(_ row: Statement, at column: Int32) -> Self
}

/// The columns of one row, read in the order in which the statement selects them.
///
/// `let seq: Int64 = row.next()`. Valid until the statement's next step or reset.
@usableFromInline
package struct RowReader {
  @usableFromInline let statement: Statement
  @usableFromInline var column: Int32 = 0

  @inlinable
  init(_ statement: Statement) { self.statement = statement }

  /// The next column.
  ///
  /// NULL is `nil` for an optional, and otherwise 0, `false` or empty.
  @inlinable
  package mutating func next<Value: SQLColumn>(_ type: Value.Type = Value.self) -> Value {
    assert(column < statement.columnCount, "more columns are read than selected: \(statement.sql)")
    defer { column += 1 }
    return Value.read(statement, at: column)
  }

  /// Goes past the next column.
  @inlinable
  package mutating func skip() { column += 1 }

  /// Whether the next column is NULL; it stays the next one.
  @inlinable
  package var isNull: Bool { statement.isNull(at: column) }

  /// Whether the next column is an integer; it stays the next one.
  @inlinable
  package var isInteger: Bool { statement.isInteger(at: column) }
}

extension Statement {
  /// The row that the statement stands on, from its first column.
  @inlinable
  package var row: RowReader { RowReader(self) }

  /// Gives each row to `body`, and resets whatever happens.
  @inlinable
  package func forEach(_ body: (inout RowReader) throws -> Void) throws {
    defer { reset() }
    while try step() {
      var row = RowReader(self)
      try body(&row)
    }
  }

  /// What `body` makes of the first row, or `nil` if there is none; resets whatever happens.
  @inlinable
  package func first<R>(_ body: (inout RowReader) throws -> R) throws -> R? {
    defer { reset() }
    guard try step() else { return nil }
    var row = RowReader(self)
    return try body(&row)
  }
}

extension Int64: SQLColumn {
  @inlinable
  package static func read(_ row: Statement, at column: Int32) -> Int64 { row.int64(at: column) }
}

extension Int: SQLColumn {
  @inlinable
  package static func read(_ row: Statement, at column: Int32) -> Int {
    Int(truncatingIfNeeded: row.int64(at: column))
  }
}

extension Bool: SQLColumn {
  @inlinable
  package static func read(_ row: Statement, at column: Int32) -> Bool {
    row.int64(at: column) != 0
  }
}

extension Double: SQLColumn {
  @inlinable
  package static func read(_ row: Statement, at column: Int32) -> Double { row.double(at: column) }
}

extension String: SQLColumn {
  @inlinable
  package static func read(_ row: Statement, at column: Int32) -> String { row.string(at: column) }
}

/// The bytes of a TEXT or BLOB column, valid until the statement's next step or reset.
extension UnsafeRawBufferPointer: SQLColumn {
  @inlinable
  package static func read(_ row: Statement, at column: Int32) -> UnsafeRawBufferPointer {
    row.bytes(at: column)
  }
}

/// A copy of the bytes of a TEXT or BLOB column.
extension Array: SQLColumn where Element == UInt8 {
  @inlinable
  package static func read(_ row: Statement, at column: Int32) -> [UInt8] {
    Array(row.bytes(at: column))
  }
}

extension Optional: SQLColumn where Wrapped: SQLColumn {
  @inlinable
  package static func read(_ row: Statement, at column: Int32) -> Wrapped? {
    row.isNull(at: column) ? nil : Wrapped.read(row, at: column)
  }
}
