package import Engine
internal import Events
package import Storage

/// An open write transaction, lent to a job for its time.
package struct SQLiteTransaction: SQLiteReads, EngineTransaction {
  /// For the job's own statements, which must be reset by its end.
  package let connection: Connection
  let appender: Appender

  /// Appends events within this transaction.
  ///
  /// When it throws, let the error out of the job: what it wrote must be rolled back.
  package func append(_ call: AppendCall) throws -> AppendReceipt {
    try appender.append(call, connection)
  }

  /// The run of a name, from the cache of heads.
  package func run(named name: String) throws -> RunReference? {
    try appender.heads.run(name, connection).map { RunReference(row: $0.rowID, name: name) }
  }

  /// By the cache of heads as well: it has to forget the row if the transaction is rolled back.
  package func runRow(named name: String) throws -> RunRowID {
    try (appender.heads.run(name, connection) ?? appender.heads.addRun(name, connection)).rowID
  }

  /// Forgets the heads kept in memory; for jobs that change runs, sessions or events themselves.
  func dropHeads() throws {
    try appender.heads.flush(connection)
    appender.heads.drop()
  }

  /// Lets `body` change and delete events: for retention and redaction only.
  package func maintain<R>(_ purpose: String, _ body: () throws -> R) throws -> R {
    try connection.statement("INSERT INTO maintenance(purpose) VALUES (?)").run(purpose)
    // What is removed here is meant to be gone, not to lie in a free page.
    try connection.execute("PRAGMA secure_delete = ON")
    defer { try? connection.execute("PRAGMA secure_delete = FAST") }
    let result = try body()
    try connection.statement("DELETE FROM maintenance").run()
    try dropHeads()
    return result
  }

  package func remakeIndex() throws {
    // As if events had changed: whatever is known of where they are is void.
    try maintain("index") { try RunIndex(connection).remake() }
  }

  // Sorted by run, so that the rows of `run_heads` are visited in their order.
  package func append(
    group calls: [AppendCall],
    isolated: Bool
  ) throws -> [Result<AppendReceipt, any Error>] {
    var order: [(run: Int64, index: Int)] = []
    order.reserveCapacity(calls.count)
    for (index, call) in calls.enumerated() {
      order.append((try appender.heads.run(call.run.name, connection)?.id ?? .max, index))
    }
    order.sort { $0 < $1 }
    let none = Result<AppendReceipt, any Error>.success(
      AppendReceipt(outcomes: [], head: 0, pos: 0)
    )
    var results = [Result<AppendReceipt, any Error>](repeating: none, count: calls.count)
    for (_, index) in order {
      results[index] =
        isolated
        ? try appendIsolated(calls[index]) : .success(try appender.append(calls[index], connection))
    }
    return results
  }

  private func appendIsolated(_ call: AppendCall) throws -> Result<AppendReceipt, any Error> {
    let savepoint = appender.heads.savepoint
    try connection.statement("SAVEPOINT caller").run()
    do {
      let receipt = try appender.append(call, connection)
      try connection.statement("RELEASE caller").run()
      return .success(receipt)
    } catch let error where SQLiteWriter.isOwnFault(error) && connection.isInTransaction {
      try connection.statement("ROLLBACK TO caller").run()
      try connection.statement("RELEASE caller").run()
      appender.heads.rollBack(to: savepoint)
      return .failure(error)
    }
  }
}
