package import Storage

/// An open write transaction, lent to a job for its time.
package struct WriterContext {
  /// For the job's own statements, which must be reset by its end.
  package let connection: Connection
  let appender: Appender

  /// Appends events within this transaction.
  ///
  /// When it throws, let the error out of the job: what it wrote must be rolled back.
  package func append(_ call: AppendCall) throws -> AppendReceipt {
    try appender.append(call, connection)
  }

  /// The id of a run, added if there is none of that name.
  package func runID(_ key: RunKey, adding: Bool = true) throws -> Int64? {
    if let run = try appender.heads.run(key.name, connection) { return run.id }
    return adding ? try appender.heads.addRun(key.name, connection).id : nil
  }

  /// The last seq of a run, 0 if it has no events.
  package func head(_ key: RunKey) throws -> Int64 {
    try appender.heads.run(key.name, connection)?.head ?? 0
  }

  /// Forgets the heads kept in memory; for jobs that change runs, sessions or events themselves.
  package func dropHeads() throws {
    try appender.heads.flush(connection)
    appender.heads.drop()
  }

  /// Lets `body` change and delete events: for retention and redaction only.
  package func maintain<R>(_ purpose: String, _ body: () throws -> R) throws -> R {
    let insert = try connection.statement("INSERT INTO maintenance(purpose) VALUES (?)")
    try insert.bind(purpose, at: 1)
    try insert.run()
    // What is removed here is meant to be gone, not to lie in a free page.
    try connection.execute("PRAGMA secure_delete = ON")
    defer { try? connection.execute("PRAGMA secure_delete = FAST") }
    let result = try body()
    try connection.statement("DELETE FROM maintenance").run()
    try dropHeads()
    return result
  }

  // Sorted by run, so that the rows of `run_heads` are visited in their order.
  func append(
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
    } catch let error where WriteEngine.isOwnFault(error) && connection.isInTransaction {
      try connection.statement("ROLLBACK TO caller").run()
      try connection.statement("RELEASE caller").run()
      appender.heads.rollBack(to: savepoint)
      return .failure(error)
    }
  }
}
