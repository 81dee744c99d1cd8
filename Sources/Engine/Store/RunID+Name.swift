package import Events

extension RunID {
  /// The name.
  package var name: String { rawValue }
}
