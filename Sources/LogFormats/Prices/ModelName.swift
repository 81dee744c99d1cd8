/// A model's name as logs have it, and what it may be called in a price list.
///
/// Names are never compared by likeness: each step takes off one known wrapping, and what is left
/// must be in the list to the letter.
struct ModelName {
  /// What the name may be called, the likeliest first, each with whether the fast mode is meant.
  let candidates: [(name: String, isFast: Bool)]

  /// Who else sells, or names, another's models at that other's list price.
  private static let providers = [
    "anthropic", "openai", "openai-codex", "google", "gemini", "models", "vertex_ai", "vertex",
    "vertexai", "google-vertex", "google-vertex-anthropic", "bedrock", "amazon-bedrock", "azure",
    "openrouter", "moonshot", "moonshotai", "moonshot-ai", "kimi-code", "kimi-for-coding",
    "github-copilot", "copilot", "opencode", "zenmux", "~anthropic",
  ]

  private static let regions = ["us", "eu", "apac", "jp", "au", "global", "us-gov"]

  init(_ name: String) {
    var candidates: [(name: String, isFast: Bool)] = []
    func add(_ name: String, isFast: Bool = false) {
      guard !name.isEmpty, !candidates.contains(where: { $0.name == name }) else { return }
      candidates.append((name, isFast))
    }
    add(name)
    let plain = Self.withoutMode(name)
    add(plain)
    let bare = Self.withoutProvider(plain)
    add(bare)
    let undated = Self.withoutDate(bare)
    add(undated)
    for slow in [name, plain, bare, undated] where slow.hasSuffix("-fast") {
      let base = String(slow.dropLast("-fast".count))
      add(base, isFast: true)
      add(Self.withoutDate(base), isFast: true)
    }
    self.candidates = candidates
  }

  /// Without `[1m]`, the mark of a large context window.
  private static func withoutMode(_ name: String) -> String {
    guard name.hasSuffix("]"), let bracket = name.lastIndex(of: "[") else { return name }
    return String(name[..<bracket])
  }

  /// Without `anthropic/`, `openrouter/anthropic/`, `bedrock/us-east-1/` and `us.anthropic.`.
  private static func withoutProvider(_ name: String) -> String {
    var parts = name.split(separator: "/", omittingEmptySubsequences: false)
    var last = ""
    while parts.count > 1, providers.contains(String(parts[0])) || last == "bedrock" {
      last = String(parts.removeFirst())
    }
    var rest = Substring(parts.joined(separator: "/"))
    for region in regions where rest.hasPrefix(region + ".anthropic.") {
      rest = rest.dropFirst(region.count + 1)
    }
    return String(rest.hasPrefix("anthropic.") ? rest.dropFirst("anthropic.".count) : rest)
  }

  /// Without `-v1:0`, `@20250929`, `@default`, `-20250929`, `-2025-08-07` and `-latest`.
  private static func withoutDate(_ name: String) -> String {
    var rest = Substring(name)
    if let dash = rest.lastIndex(of: "-"), isVersion(rest[rest.index(after: dash)...]) {
      rest = rest[..<dash]
    }
    if let at = rest.lastIndex(of: "@") { rest = rest[..<at] }
    if rest.hasSuffix("-latest") { return String(rest.dropLast("-latest".count)) }
    let parts = rest.split(separator: "-", omittingEmptySubsequences: false)
    if let day = parts.last, day.count == 8, isNumber(day) {
      return parts.dropLast().joined(separator: "-")
    }
    let date = parts.suffix(3).map(\.count)
    if parts.count > 3, date == [4, 2, 2], parts.suffix(3).allSatisfy(isNumber) {
      return parts.dropLast(3).joined(separator: "-")
    }
    return String(rest)
  }

  /// `v1:0`, as Bedrock counts.
  private static func isVersion(_ text: Substring) -> Bool {
    let numbers = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    return text.hasPrefix("v") && numbers.count == 2 && numbers.allSatisfy(isNumber)
  }

  private static func isNumber(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 &- 0x30 <= 9 }
  }
}
