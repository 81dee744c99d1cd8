/// Points within a fold at which a test may look, wait or die; production has none set.
///
/// The order in one batch is that of the cases. The first two lie outside the write transaction, so
/// that anything may happen to the run in between; the others within it.
package struct FoldHooks: Sendable {
  /// Where a fold is.
  package enum Point: String, Sendable, CaseIterable {
    /// The position of the digest was read, and nothing folded.
    case afterRead
    /// The tail was folded in memory.
    case afterFold
    /// The write transaction is open, and nothing written for the batch.
    case beforeCompareAndSet
    /// The digest row was changed, and no derived row.
    case afterCompareAndSet
    /// Everything is written, and not committed.
    case beforeCommit
  }

  /// Called with the point and the run's row, on the thread that folds.
  package let reached: @Sendable (Point, RunRowID) -> Void

  package init(_ reached: @escaping @Sendable (Point, RunRowID) -> Void) {
    self.reached = reached
  }
}
