package import Events

/// The reads of one snapshot, or of an open transaction.
package protocol EngineSnapshot {
}

/// An open write transaction: what it has written, its reads see.
package protocol EngineTransaction: EngineSnapshot {
  /// Appends events within this transaction.
  ///
  /// When it throws, let the error out of the job: what it wrote must be rolled back.
  func append(_ call: AppendCall) throws -> AppendReceipt

  /// The row of a run; where there is none of that name, it is added if `adding`.
  func runID(_ run: RunID, adding: Bool) throws -> Int64?

  /// The last seq of a run, 0 if it has no events.
  func head(_ run: RunID) throws -> Int64

  /// Lets `body` change and delete events: for retention and redaction only.
  func maintain<R>(_ purpose: String, _ body: () throws -> R) throws -> R
}

extension EngineTransaction {
  /// The row of a run, which is added if there is none of that name.
  package func runID(_ run: RunID) throws -> Int64? { try runID(run, adding: true) }
}
