// One model, several spellings: the vendor writes `claude-opus-4-5` and `gpt-5.2`, others write
// `claude-opus-4.5`, `claude-4.5-opus` and `gpt-5-2`.
extension ModelName {
  private static let claudeFamilies: Set<Substring> = [
    "opus", "sonnet", "haiku", "fable", "mythos",
  ]

  /// Other spellings of a name, each of which means the same model if it is in a list at all.
  static func spellings(_ name: String) -> [String] {
    if name.hasPrefix("claude-") { return claude(name) }
    if name.hasPrefix("gpt-") { return [dotted(name)].compactMap(\.self) }
    return []
  }

  /// With dashes for dots, and the family before or behind the version.
  private static func claude(_ name: String) -> [String] {
    var parts = name.split(separator: "-", omittingEmptySubsequences: false).dropFirst()
      .flatMap { $0.split(separator: ".", omittingEmptySubsequences: false) }
    var spellings = [(["claude"] + parts).joined(separator: "-")]
    guard let family = parts.firstIndex(where: { claudeFamilies.contains($0) }) else {
      return spellings
    }
    let word = parts.remove(at: family)
    let version = parts.prefix { isShortNumber($0) }
    guard (1...2).contains(version.count) else { return spellings }
    let rest = parts.dropFirst(version.count)
    spellings.append((["claude", word] + version + rest).joined(separator: "-"))
    spellings.append((["claude"] + version + [word] + rest).joined(separator: "-"))
    return spellings
  }

  /// `gpt-5-2-codex` as `gpt-5.2-codex`.
  private static func dotted(_ name: String) -> String? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count > 2, isShortNumber(parts[1]), isShortNumber(parts[2]) else { return nil }
    return (["gpt", parts[1] + "." + parts[2]] + parts.dropFirst(3)).joined(separator: "-")
  }

  private static func isShortNumber(_ text: Substring) -> Bool {
    (1...2).contains(text.count) && text.utf8.allSatisfy { $0 &- 0x30 <= 9 }
  }
}
