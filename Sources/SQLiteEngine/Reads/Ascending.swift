internal import Engine

/// Makes sure that the keys of a scan rise: pages of a damaged file may lead round in a circle, and the scan
/// would never end.
struct Ascending {
  private let table: String
  private var last: Int64?

  init(_ table: String) { self.table = table }

  /// - Throws: ``StoreError`` `corrupt` for a key that is not greater than the one before it.
  mutating func check(_ key: Int64) throws {
    if let last, key <= last {
      throw StoreError(
        .corrupt,
        "the store is damaged: \(table) goes on with row \(key) after row \(last); restore a backup, or "
          + "run digest-ctl doctor"
      )
    }
    last = key
  }
}
