package import Folding

/// Sums that are added up beside a store and thrown away: on disk, so that they take the same memory however
/// many there are.
package protocol RollupScratch: AnyObject {
  /// Adds to a sum, which is made if it is the first.
  func add(_ totals: Totals, to key: RollupKey) throws

  /// A sum; `nil` if nothing was added to it.
  func sum(_ key: RollupKey) throws -> Totals?

  /// Gives all sums to `body`.
  func forEachSum(_ body: (RollupKey, Totals) throws -> Void) throws

  /// How many sums there are.
  func sumCount() throws -> Int64

  /// Adds a run of a session.
  func add(_ run: SessionRun) throws

  /// A run of a session; `nil` if it was not added.
  func sessionRun(_ run: RunRowID, in session: SessionRowID) throws -> SessionRun?

  /// Gives all runs of sessions to `body`.
  func forEachSessionRun(_ body: (SessionRun) throws -> Void) throws

  /// How many runs of sessions there are.
  func sessionRunCount() throws -> Int64
}
