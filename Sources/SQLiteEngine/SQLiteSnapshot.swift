package import Engine
package import Storage

/// The reads of one connection: a reader's, or the writer's within its transaction.
package struct SQLiteSnapshot: EngineSnapshot {
  package let connection: Connection

  package init(connection: Connection) {
    self.connection = connection
  }
}

extension EngineSnapshot {
  /// For what is not behind the protocol yet.
  package var connection: Connection {
    if let snapshot = self as? SQLiteSnapshot { return snapshot.connection }
    if let transaction = self as? SQLiteTransaction { return transaction.connection }
    fatalError("not SQLite")
  }
}
