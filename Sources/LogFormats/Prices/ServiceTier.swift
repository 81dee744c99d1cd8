/// How soon a model is asked to answer, which changes its price.
package enum ServiceTier: String, Sendable, CaseIterable {
  /// Sooner, for more money: Claude's name for it.
  case fast
  /// Sooner, for more money: OpenAI's name for it.
  case priority
  /// Later, for less money.
  case flex
  /// Within a day, for less money.
  case batch

  /// Whether a request of the tier costs at least what a standard one does.
  var costsMore: Bool { self == .fast || self == .priority }

  /// Takes the tier off a key of a digest, `<model>@<tier>`.
  ///
  /// Vertex writes versions behind an `@` too, so that only the four words are tiers.
  static func split(_ key: String) -> (model: String, tier: ServiceTier?) {
    guard let at = key.lastIndex(of: "@"),
      let tier = ServiceTier(rawValue: String(key[key.index(after: at)...]))
    else { return (key, nil) }
    return (String(key[..<at]), tier)
  }
}
