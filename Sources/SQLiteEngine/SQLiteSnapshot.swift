package import Engine
internal import Events
package import Storage

/// What reads through one connection: a reader's, or the writer's within its transaction.
package protocol SQLiteReads: EngineSnapshot {
  var connection: Connection { get }
}

/// The reads of one connection.
package struct SQLiteSnapshot: SQLiteReads {
  package let connection: Connection

  package init(connection: Connection) {
    self.connection = connection
  }
}

extension SQLiteReads {
  package var isInTransaction: Bool { connection.isInTransaction }
}

// MARK: Ids and times as SQL values

extension RowReader {
  /// The next column, a time in microseconds since 1970.
  mutating func nextTime() -> Timestamp { Timestamp(microseconds: next()) }

  /// The next column, a time or NULL.
  mutating func nextOptionalTime() -> Timestamp? {
    next(Int64?.self).map(Timestamp.init(microseconds:))
  }
}

extension RunRowID: SQLValue, SQLColumn {
  package static func read(_ row: Statement, at column: Int32) -> RunRowID {
    RunRowID(rawValue: row.int64(at: column))
  }
}

extension SessionRowID: SQLValue, SQLColumn {
  package static func read(_ row: Statement, at column: Int32) -> SessionRowID {
    SessionRowID(rawValue: row.int64(at: column))
  }
}

extension LogPosition: SQLValue, SQLColumn {
  package static func read(_ row: Statement, at column: Int32) -> LogPosition {
    LogPosition(rawValue: row.int64(at: column))
  }
}

extension Generation: SQLValue, SQLColumn {
  package static func read(_ row: Statement, at column: Int32) -> Generation {
    Generation(rawValue: row.int64(at: column))
  }
}

/// The row of a digest, by one number made of both parts of its key: a read is one descent of one tree.
extension DigestKey: SQLValue {
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(rowID, at: index)
  }

  /// `digests.id`; the statements that join say the same in SQL.
  ///
  /// A run of a damaged file may have any number, so this does not trap.
  package var rowID: Int64 { run.rawValue &* 256 &+ generation.rawValue }
}
