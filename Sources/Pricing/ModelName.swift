internal import Events

/// A model's name as logs have it, and what it may be called in a price list.
///
/// Names are never compared by likeness. Each step takes off one known wrapping of a host, a
/// gateway or a version, and what is left must be in the list to the letter.
struct ModelName {
  /// What the name may be called.
  struct Candidate: Hashable {
    var name: String
    /// The tier that the name asks for.
    var tier: ServiceTier?
    /// Whether the tier stands in the name alone, `…-fast`: a model without that tier is not meant.
    var needsTier = false
  }

  /// The likeliest first.
  private(set) var candidates: [Candidate] = []

  /// Reads a key of a digest, `<model>` or `<model>@<tier>`.
  init(_ key: String) {
    let (name, tier) = ServiceTier.split(key)
    let plain = Self.withoutMode(name)
    let bare = Self.withoutHost(plain)
    var names = [name, plain, bare]
    names += Self.withoutVersion(bare)
    // Some write names in capitals.
    names += names.map { $0.lowercased() }
    for name in names {
      for spelling in [name] + Self.spellings(name) { add(spelling, tier) }
    }
    guard tier == nil || tier == .fast else { return }
    for slow in candidates where slow.name.hasSuffix("-fast") {
      let base = String(slow.name.dropLast("-fast".count))
      for name in [base] + Self.withoutVersion(base) {
        for spelling in [name] + Self.spellings(name) { add(spelling, .fast, needsTier: true) }
      }
    }
  }

  private mutating func add(_ name: String, _ tier: ServiceTier?, needsTier: Bool = false) {
    let candidate = Candidate(name: name, tier: tier, needsTier: needsTier)
    guard !name.isEmpty, !candidates.contains(candidate) else { return }
    candidates.append(candidate)
  }

  /// Without `[1m]`, the mark of a large context window, and the marks that OpenRouter puts behind
  /// names of the same model at the same price.
  private static func withoutMode(_ name: String) -> String {
    var name = name
    if name.hasSuffix("]"), let bracket = name.lastIndex(of: "[") {
      name = String(name[..<bracket])
    }
    for mark in [":thinking", ":beta"] where name.hasSuffix(mark) {
      name = String(name.dropLast(mark.count))
    }
    return name
  }

  /// The same name with less of its version: `-v1:0`, `-v1`, `@20250929`, `@default`, `-001`,
  /// `-20250929`, `-2025-08-07`, `-latest`, and the amount of thinking.
  private static func withoutVersion(_ name: String) -> [String] {
    var rest = Substring(name)
    if let dash = rest.lastIndex(of: "-"), isHostVersion(rest[rest.index(after: dash)...]) {
      rest = rest[..<dash]
    }
    if let at = rest.lastIndex(of: "@") { rest = rest[..<at] }
    let undated = withoutDate(String(rest))
    var names = [String(rest), undated]
    if let effort = withoutEffort(undated) { names += [effort, withoutDate(effort)] }
    return names
  }

  private static func withoutDate(_ name: String) -> String {
    if name.hasSuffix("-latest") { return String(name.dropLast("-latest".count)) }
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    if let day = parts.last, parts.count > 1, isNumber(day),
      day.count == 8 || (day.count == 3 && day.hasPrefix("00"))
    {
      return parts.dropLast().joined(separator: "-")
    }
    let date = parts.suffix(3)
    if parts.count > 3, date.map(\.count) == [4, 2, 2], date.allSatisfy(isNumber) {
      return parts.dropLast(3).joined(separator: "-")
    }
    return name
  }

  /// The amount of thinking changes the number of tokens, not their price.
  private static func withoutEffort(_ name: String) -> String? {
    let efforts = ["-minimal", "-low", "-medium", "-high", "-xhigh", "-thinking"]
    return efforts.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
  }

  /// `v1` or `v1:0`, as Bedrock counts.
  private static func isHostVersion(_ text: Substring) -> Bool {
    let numbers = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    return text.hasPrefix("v") && (1...2).contains(numbers.count) && numbers.allSatisfy(isNumber)
  }

  private static func isNumber(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 &- 0x30 <= 9 }
  }
}
