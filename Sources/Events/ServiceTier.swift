/// How a model request was served, where that changes its price.
public enum ServiceTier: String, Sendable, Hashable, CaseIterable {
  /// Served faster than usual, for more money.
  case fast
  /// Served before others, for more money.
  case priority
  /// Served when there is capacity left, for less money.
  case flex
  /// Served as part of a batch, for less money.
  case batch
}
