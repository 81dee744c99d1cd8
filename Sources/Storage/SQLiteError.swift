internal import CSQLite
internal import Glibc

/// An error that SQLite reported, with what it was asked to do.
///
/// The codes are those of <https://sqlite.org/rescode.html>.
package struct SQLiteError: Error, Sendable, CustomStringConvertible {
  /// A primary result code.
  package struct Code: RawRepresentable, Sendable, Hashable {
    package let rawValue: Int32

    package init(rawValue: Int32) {
      self.rawValue = rawValue
    }

    package static let error = Code(rawValue: SQLITE_ERROR)
    package static let busy = Code(rawValue: SQLITE_BUSY)
    package static let locked = Code(rawValue: SQLITE_LOCKED)
    package static let outOfMemory = Code(rawValue: SQLITE_NOMEM)
    package static let readOnly = Code(rawValue: SQLITE_READONLY)
    package static let interrupted = Code(rawValue: SQLITE_INTERRUPT)
    package static let io = Code(rawValue: SQLITE_IOERR)
    package static let corrupt = Code(rawValue: SQLITE_CORRUPT)
    package static let full = Code(rawValue: SQLITE_FULL)
    package static let cantOpen = Code(rawValue: SQLITE_CANTOPEN)
    package static let schema = Code(rawValue: SQLITE_SCHEMA)
    package static let tooBig = Code(rawValue: SQLITE_TOOBIG)
    package static let constraint = Code(rawValue: SQLITE_CONSTRAINT)
    package static let mismatch = Code(rawValue: SQLITE_MISMATCH)
    package static let notADatabase = Code(rawValue: SQLITE_NOTADB)
  }

  /// The extended result code, such as 1034 for a failed fsync.
  package let extendedCode: Int32
  /// What SQLite says about it.
  package let message: String
  /// The statement that failed, if there was one.
  package let sql: String?
  /// The `errno` of the system call behind an I/O error, else 0.
  package let systemErrno: Int32

  package init(extendedCode: Int32, message: String, sql: String? = nil, systemErrno: Int32 = 0) {
    self.extendedCode = extendedCode
    self.message = message
    self.sql = sql
    self.systemErrno = systemErrno
  }

  /// Takes the message of the last failed call on `database`.
  init(database: OpaquePointer?, code: Int32, sql: String? = nil) {
    let lastErrno = errno
    let noted = database.map { sqlite3_system_errno($0) } ?? 0
    let text = database.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
    self.init(
      extendedCode: database.map { sqlite3_extended_errcode($0) } ?? code,
      message: text.map { String(cString: $0) } ?? "unknown error",
      sql: sql,
      // SQLite forgets to note it when a commit fails.
      systemErrno: noted == 0 && code & 0xFF == SQLITE_IOERR ? lastErrno : noted
    )
  }

  // Writing, truncating (which also grows a file), and sizing the shared memory.
  private static let growing: Set<Int32> = [778, 1546, 4874]
  private static let limits: Set<Int32> = [ENOSPC, EDQUOT, EFBIG]

  /// The primary result code.
  package var code: Code { Code(rawValue: extendedCode & 0xFF) }

  /// Another connection holds the lock that this one needs.
  package var isBusy: Bool { code == .busy || code == .locked }

  /// There is no room: the disk is full, or a quota or file size limit is reached.
  ///
  /// The limits surface as failed writes, not as `SQLITE_FULL`. A failed fsync is never one of
  /// them, whatever its reason: see ``poisonsConnection``.
  package var isFull: Bool {
    switch code {
    case .full: true
    case .io: Self.growing.contains(extendedCode) && Self.limits.contains(systemErrno)
    default: false
    }
  }

  /// The file is damaged, or is no SQLite database.
  package var isCorrupt: Bool { code == .corrupt || code == .notADatabase }

  /// The file is damaged, or lacks something that this program made: a table, a column, a unique key.
  ///
  /// All statements are this program's own, so that one that cannot be prepared is the file's fault.
  package var isDamage: Bool {
    switch code {
    case .corrupt, .notADatabase, .error, .schema, .mismatch: true
    default: false
    }
  }

  /// The connection that met this error must not be used again.
  ///
  /// After a failed fsync the kernel may have dropped the dirty pages and a second fsync would
  /// say yes: what is on disk is only known by closing, opening and looking again.
  package var poisonsConnection: Bool {
    switch code {
    case .io, .corrupt, .notADatabase, .cantOpen: !isFull
    default: false
    }
  }

  package var description: String {
    "SQLite error \(extendedCode): \(message)" + (sql.map { " in \"\($0)\"" } ?? "")
  }
}
