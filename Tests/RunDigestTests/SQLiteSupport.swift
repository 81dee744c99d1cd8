import Engine
import EventLog
import SQLiteEngine
import Storage

@testable import RunDigest

/// What tests do behind the engine's back: look at the tables, and damage them.
extension EngineSnapshot {
  var connection: Connection {
    guard let reads = self as? any SQLiteReads else { preconditionFailure("not SQLite") }
    return reads.connection
  }
}

extension RunStore {
  var readers: ReaderPool {
    guard let database = engine as? SQLiteDatabase else { preconditionFailure("not SQLite") }
    return database.readers
  }
}

extension Connection {
  /// The engine's reads on this connection.
  var tables: SQLiteSnapshot { SQLiteSnapshot(connection: self) }
}

extension WriteQueue {
  /// A queue on a file, which is made if need be.
  convenience init(
    path: String,
    options: StoreOptions = StoreOptions(),
    notices: CommitNotices = CommitNotices(),
    didFailCheckpoint: @escaping @Sendable (any Error) -> Void = { _ in },
    disk: (() throws -> Void)? = nil
  ) throws {
    try self.init(
      engine: SQLiteDatabase(path: path, options: options),
      options: options,
      notices: notices,
      didFailCheckpoint: didFailCheckpoint,
      disk: disk
    )
  }
}

extension RunRowID: ExpressibleByIntegerLiteral {
  /// Takes a number that stands in a test's text.
  public init(integerLiteral value: Int64) { self.init(rawValue: value) }
}

extension Generation: ExpressibleByIntegerLiteral {
  /// Takes a number that stands in a test's text.
  public init(integerLiteral value: Int64) { self.init(rawValue: value) }
}

extension SessionRowID: ExpressibleByIntegerLiteral {
  /// Takes a number that stands in a test's text.
  public init(integerLiteral value: Int64) { self.init(rawValue: value) }
}

extension LogPosition: ExpressibleByIntegerLiteral {
  /// Takes a number that stands in a test's text.
  public init(integerLiteral value: Int64) { self.init(rawValue: value) }
}
