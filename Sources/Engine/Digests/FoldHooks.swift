internal import Folding

/// Points within a fold at which a test may look, wait or die, and the version of the fold that a test
/// makes up; production has none set.
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

  /// The version that the folds are said to be of.
  package let foldVersion: Int64
  /// Called with the point and the run's row, on the thread that folds.
  package let reached: @Sendable (Point, RunRowID) -> Void

  package init(
    foldVersion: Int64? = nil,
    _ reached: @escaping @Sendable (Point, RunRowID) -> Void = { _, _ in }
  ) {
    self.foldVersion = foldVersion ?? Digest.version
    self.reached = reached
  }
}

extension FoldHooks? {
  /// The version that folds are of.
  package var foldVersion: Int64 { self?.foldVersion ?? Digest.version }
}
