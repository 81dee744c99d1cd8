/// A run as the tables know it: the name was looked up once, the number is handed on.
public struct RunReference: Sendable, Hashable {
  /// The key of the run in the store's tables.
  package let key: Int64
  /// The name of the run.
  public let name: String

  package init(key: Int64, name: String) {
    self.key = key
    self.name = name
  }

  /// The key of the run's digest row of one generation.
  func digestID(generation: Int64) -> Int64 { key * 256 + generation }
}
