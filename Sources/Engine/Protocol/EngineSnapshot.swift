internal import Events

/// The reads of one snapshot, or of an open transaction.
package protocol EngineSnapshot: LogSnapshot, DigestSnapshot, ListSnapshot, ImportSnapshot {
  /// Whether all reads see the same state of the store.
  var isInTransaction: Bool { get }
}

/// An open write transaction: what it has written, its reads see.
package protocol EngineTransaction: EngineSnapshot, DigestTransaction, ImportTransaction {
  /// Appends events within this transaction.
  ///
  /// When it throws, let the error out of the job: what it wrote must be rolled back.
  func append(_ call: AppendCall) throws -> AppendReceipt

  /// Lets `body` change and delete events: for retention and redaction only.
  func maintain<R>(_ purpose: String, _ body: () throws -> R) throws -> R

  /// Makes what leads from runs to events again, from the events themselves, if it leads astray.
  ///
  /// Returns the runs that it cannot be made of, because events of theirs are missing; they stay as they
  /// are.
  func remakeIndex() throws -> [RunReference]
}
