internal import CSQLite

/// A prepared statement: bind its parameters, step, read its columns.
///
/// By their order: ``bind(_:)``, ``run(_:)`` and ``RowReader``; or one by its number, parameters from 1
/// and columns from 0.
///
/// Confined like its connection. Pointers from ``bytes(at:)`` live until the next step or reset.
@usableFromInline
package final class Statement {
  private let handle: OpaquePointer

  init(handle: OpaquePointer) {
    self.handle = handle
  }

  deinit {
    sqlite3_finalize(handle)
  }

  /// The text that it was prepared from.
  @usableFromInline
  package var sql: String { sqlite3_sql(handle).map { String(cString: $0) } ?? "" }

  /// Whether it was stepped and not yet run to its end or reset.
  package var isBusy: Bool { sqlite3_stmt_busy(handle) != 0 }

  /// How many parameters it has; one that is named twice counts once.
  @usableFromInline
  package var parameterCount: Int32 { sqlite3_bind_parameter_count(handle) }

  /// How many columns its rows have.
  @usableFromInline
  package var columnCount: Int32 { sqlite3_column_count(handle) }

  // MARK: Running

  /// Steps to the next row; `false` at the end.
  ///
  /// After an error it is reset.
  @usableFromInline
  package func step() throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw failed(code)
    }
  }

  /// Runs to the end and resets: for statements that return no rows.
  @usableFromInline
  package func run() throws {
    let code = sqlite3_step(handle)
    guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failed(code) }
    sqlite3_reset(handle)
  }

  /// Ends the execution, so that it holds no snapshot; the bindings stay.
  @usableFromInline
  package func reset() {
    sqlite3_reset(handle)
  }

  /// Ends the execution and sets all parameters to NULL.
  @usableFromInline
  package func clear() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  /// Gives each row to `body`, and resets whatever happens.
  @inlinable
  package func forEachRow(_ body: (Statement) throws -> Void) throws {
    defer { reset() }
    while try step() { try body(self) }
  }

  /// What `body` makes of the first row, or `nil` if there is none; resets whatever happens.
  @inlinable
  package func firstRow<R>(_ body: (Statement) throws -> R) throws -> R? {
    defer { reset() }
    return try step() ? try body(self) : nil
  }

  // MARK: Binding

  @usableFromInline
  package func bind(_ value: Int64, at index: Int32) throws {
    try check(sqlite3_bind_int64(handle, index, value))
  }

  @usableFromInline
  package func bind(_ value: Int64?, at index: Int32) throws {
    guard let value else { return try bindNull(at: index) }
    try check(sqlite3_bind_int64(handle, index, value))
  }

  @usableFromInline
  package func bind(_ value: Double, at index: Int32) throws {
    try check(sqlite3_bind_double(handle, index, value))
  }

  @usableFromInline
  package func bind(_ value: String, at index: Int32) throws {
    var value = value
    try check(
      value.withUTF8 {
        rundigest_bind_text_copied(handle, index, $0.baseAddress, UInt64($0.count))
      }
    )
  }

  @usableFromInline
  package func bind(_ value: String?, at index: Int32) throws {
    guard let value else { return try bindNull(at: index) }
    try bind(value, at: index)
  }

  @usableFromInline
  package func bindNull(at index: Int32) throws {
    try check(sqlite3_bind_null(handle, index))
  }

  /// Binds UTF-8 bytes as TEXT; SQLite copies them.
  @usableFromInline
  package func bind(text bytes: UnsafeRawBufferPointer, at index: Int32) throws {
    try check(
      rundigest_bind_text_copied(handle, index, bytes.baseAddress, UInt64(bytes.count))
    )
  }

  /// Binds bytes as a BLOB; SQLite copies them.
  @usableFromInline
  package func bind(blob bytes: UnsafeRawBufferPointer, at index: Int32) throws {
    try check(
      rundigest_bind_blob_copied(handle, index, bytes.baseAddress, UInt64(bytes.count))
    )
  }

  /// Binds UTF-8 bytes as TEXT for the time of `body` only, without a copy.
  @inlinable
  package func withBorrowed<R>(
    text bytes: UnsafeRawBufferPointer,
    at index: Int32,
    _ body: () throws -> R
  ) throws -> R {
    try borrow(bytes, asText: true, at: index)
    defer { endBorrow(at: index) }
    return try body()
  }

  /// Binds bytes as a BLOB for the time of `body` only, without a copy.
  @inlinable
  package func withBorrowed<R>(
    blob bytes: UnsafeRawBufferPointer,
    at index: Int32,
    _ body: () throws -> R
  ) throws -> R {
    try borrow(bytes, asText: false, at: index)
    defer { endBorrow(at: index) }
    return try body()
  }

  @usableFromInline
  func borrow(_ bytes: UnsafeRawBufferPointer, asText: Bool, at index: Int32) throws {
    let count = UInt64(bytes.count)
    try check(
      asText
        ? rundigest_bind_text_borrowed(handle, index, bytes.baseAddress, count)
        : rundigest_bind_blob_borrowed(handle, index, bytes.baseAddress, count)
    )
  }

  // A statement that is still stepped would go on reading the bytes, so it is ended first.
  @usableFromInline
  func endBorrow(at index: Int32) {
    sqlite3_reset(handle)
    sqlite3_bind_null(handle, index)
  }

  // MARK: Columns

  @usableFromInline
  package func isNull(at column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  @usableFromInline
  package func isInteger(at column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_INTEGER
  }

  @usableFromInline
  package func int64(at column: Int32) -> Int64 {
    sqlite3_column_int64(handle, column)
  }

  package func optionalInt64(at column: Int32) -> Int64? {
    isNull(at: column) ? nil : int64(at: column)
  }

  @usableFromInline
  package func double(at column: Int32) -> Double {
    sqlite3_column_double(handle, column)
  }

  /// The text of a column, empty when it is null.
  @usableFromInline
  package func string(at column: Int32) -> String {
    String(decoding: bytes(at: column), as: UTF8.self)
  }

  package func optionalString(at column: Int32) -> String? {
    isNull(at: column) ? nil : string(at: column)
  }

  /// The bytes of a TEXT or BLOB column, empty when it is null; valid until the next step or reset.
  @usableFromInline
  package func bytes(at column: Int32) -> UnsafeRawBufferPointer {
    // Asking for a blob spares SQLite the terminating zero; the text is UTF-8 as it stands.
    let start = sqlite3_column_blob(handle, column)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
  }

  // MARK: Errors

  private func check(_ code: Int32) throws {
    guard code == SQLITE_OK else { throw failed(code) }
  }

  private func failed(_ code: Int32) -> SQLiteError {
    let error = SQLiteError(database: sqlite3_db_handle(handle), code: code, sql: sql)
    sqlite3_reset(handle)
    return error
  }
}
