/// A value that a statement takes for a parameter.
///
/// A type of one field, as an id is, conforms by its raw value.
@usableFromInline
package protocol SQLValue {
  /// Binds the value until the parameter is bound again; SQLite copies bytes.
  func bind(to statement: Statement, at index: Int32) throws

  /// Binds the value for one execution, and returns whether its binding has to be cleared after it.
  ///
  /// Bytes are lent without a copy.
  func lend(to statement: Statement, at index: Int32) throws -> Bool
}

extension SQLValue {
  @inlinable
  package func lend(to statement: Statement, at index: Int32) throws -> Bool {
    try bind(to: statement, at: index)
    return false
  }
}

extension SQLValue where Self: RawRepresentable, RawValue: SQLValue {
  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    try rawValue.bind(to: statement, at: index)
  }
}

extension Int64: SQLValue {
  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(self, at: index)
  }
}

extension Int: SQLValue {
  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(Int64(self), at: index)
  }
}

/// 0 or 1.
extension Bool: SQLValue {
  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(self ? 1 : 0 as Int64, at: index)
  }
}

extension Double: SQLValue {
  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(self, at: index)
  }
}

extension String: SQLValue {
  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(self, at: index)
  }
}

/// `nil` is NULL.
extension Optional: SQLValue where Wrapped: SQLValue {
  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    guard let self else { return try statement.bindNull(at: index) }
    try self.bind(to: statement, at: index)
  }

  @inlinable
  package func lend(to statement: Statement, at index: Int32) throws -> Bool {
    guard let self else {
      try statement.bindNull(at: index)
      return false
    }
    return try self.lend(to: statement, at: index)
  }
}

/// Bytes that are bound as a BLOB; without bytes an empty one, not NULL.
@usableFromInline
package struct SQLBlob: SQLValue {
  @usableFromInline let bytes: UnsafeRawBufferPointer

  @inlinable
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(blob: bytes, at: index)
  }

  @inlinable
  package func lend(to statement: Statement, at index: Int32) throws -> Bool {
    try statement.borrow(bytes, asText: false, at: index)
    return true
  }
}

/// UTF-8 bytes that are bound as TEXT; without bytes an empty one, not NULL.
@usableFromInline
package struct SQLText: SQLValue {
  @usableFromInline let bytes: UnsafeRawBufferPointer

  @inlinable
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(text: bytes, at: index)
  }

  @inlinable
  package func lend(to statement: Statement, at index: Int32) throws -> Bool {
    try statement.borrow(bytes, asText: true, at: index)
    return true
  }
}

/// Bound as a BLOB.
extension Array: SQLValue where Element == UInt8 {
  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {
    try withUnsafeBytes { try statement.bind(blob: $0, at: index) }
  }
}
