/// A copy that was made of a store, and checked.
public struct CopiedStore: Sendable, Hashable {
  /// The file, absolute and without symbolic links.
  public package(set) var path: String
  /// How many events it has.
  public let events: Int64
  /// How many runs it knows.
  public let runs: Int64
  /// Its size.
  public let bytes: Int64
  /// Where a restore has kept the store that was there before; its WAL lies beside it.
  public package(set) var kept: String?

  package init(path: String, events: Int64, runs: Int64, bytes: Int64) {
    self.path = path
    self.events = events
    self.runs = runs
    self.bytes = bytes
  }
}
