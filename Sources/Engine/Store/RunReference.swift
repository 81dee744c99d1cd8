/// A run as the tables know it: its name was looked up once, its row is handed on.
public struct RunReference: Sendable, Hashable {
  /// The row of the run.
  package let row: RunRowID
  /// The name of the run.
  public let name: String

  package init(row: RunRowID, name: String) {
    self.row = row
    self.name = name
  }
}
