package import Folding

/// A fold in memory, and the row that it was read from or last written to.
package final class CachedFold {
  package var fold: RunFold
  /// Where the row must still stand when this fold is written; `nil` if there was no row.
  package var revision: DigestRevision?
  /// The rows that it kept in memory when they were last counted.
  package var rowsCounted = 0

  package init(_ fold: consuming RunFold = RunFold(), at revision: DigestRevision? = nil) {
    self.fold = fold
    self.revision = revision
  }
}
