/// The numbered promises of the protocol, as its documentation lists them.
///
/// A debug build stops where one of them is broken, before the transaction that breaks it can
/// commit. A release build does not look.
package enum Invariant: Int {
  /// The seq of a run are 1, 2, 3 …, and the heads in memory are those of the tables.
  case denseLog = 1
  /// `step` takes exactly the event after the watermark, and has counted as many events as that.
  case exactStep
  /// What a batch adds to all sums is what it adds to its digest.
  case equalRollups
  /// The compare-and-set changed one row before any derived row of its batch is written.
  case compareAndSet
  /// Digest and tail are read in one snapshot, and written in one transaction.
  case oneSnapshot
  /// A commit and a checkpoint hold the gate, and nobody else does; or a checkpoint holds the WAL.
  case gate
  /// A watermark only grows, and is never beyond the log.
  case watermark
  /// A run that was just ended is sealed at its head.
  case seal
  /// Digest and state are of one fold: they read back as they were written.
  case agreement
  /// One generation is live, and none of its runs lagged when it went live.
  case oneLiveGeneration
  /// When an end or an append is answered, it is committed, and synced if that was asked for.
  case answer

  /// Stops a debug build in which `holds` is false.
  ///
  /// If the check itself fails with an I/O error, the invariant counts as held.
  @inlinable
  package func assert(
    _ holds: @autoclosure () throws -> Bool,
    _ what: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
  ) {
    Swift.assert((try? holds()) ?? true, "invariant \(rawValue): \(what())", file: file, line: line)
  }
}
