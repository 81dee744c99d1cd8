/// Where JSON prints the counters.
///
/// The order of the keys is a stable interface: a counter that is added is printed after the last of its object, or
/// of the digest.
extension DigestCounter {
  /// The counters in `turns`.
  static let turns = members(of: "turns")
  /// The counters in `permissions`.
  static let permissions = members(of: "permissions")
  /// The counters after the models.
  static let requests: [DigestCounter] = [.retries, .rateLimits]
  /// The counters after the tools.
  static let tools: [DigestCounter] = [.toolCalls, .toolFailed]
  /// The counters at the end.
  static let last = allCases.filter { counter in
    !counter.rawValue.contains(".") && !elsewhere.contains(counter)
  }

  /// What is printed under its own key and not at the end.
  private static let elsewhere: [DigestCounter] =
    [.eventCount, .runs, .activeMicros] + requests + tools

  /// The key within its object.
  var key: String { rawValue.split(separator: ".").last.map(String.init) ?? rawValue }

  private static func members(of object: String) -> [DigestCounter] {
    allCases.filter { $0.rawValue.hasPrefix(object + ".") }
  }
}
