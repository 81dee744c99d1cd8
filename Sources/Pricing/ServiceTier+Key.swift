internal import Events

extension ServiceTier {
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
