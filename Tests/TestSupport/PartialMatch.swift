internal import Foundation

/// Compares what is expected with what was found, key by key: what the expectation does not name
/// is free, lists have to be of the same length.
package enum PartialMatch {
  /// Objects whose keys are data.
  ///
  /// In them `null` expects that there is no such name, and `(count)` how many names there are.
  private static let maps: Set<String> = [
    "kinds", "models", "tools", "classes", "launch", "stages", "sessions", "agents", "buckets",
    "scores",
  ]

  package static func differences(
    _ expected: Any?,
    _ found: Any?,
    at path: String,
    key: String = ""
  ) -> [String] {
    switch (expected, found) {
    case (let expected as [String: Any], let found as [String: Any]):
      return expected.keys.sorted().flatMap { name -> [String] in
        let place = path + "." + name
        if maps.contains(key) {
          if name == "(count)" {
            return differences(expected[name], found.count as NSNumber, at: place)
          }
          if expected[name] is NSNull {
            return found[name] == nil ? [] : ["\(place): expected no such name"]
          }
        }
        guard let value = found[name] else { return ["\(place): there is no such key"] }
        return differences(expected[name], value, at: place, key: name)
      }
    case (let expected as [Any], let found as [Any]):
      guard expected.count == found.count else {
        return ["\(path): expected \(expected.count) rows, found \(found.count): \(found)"]
      }
      return zip(expected, found).enumerated().flatMap {
        differences($1.0, $1.1, at: "\(path)[\($0)]")
      }
    default:
      return JSONDifference.between(expected, found, at: path)
    }
  }
}
