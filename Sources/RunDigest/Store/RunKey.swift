public import Events

/// The name of a run, under the name that this library has had for it: there is one type, with one
/// check.
public typealias RunKey = RunID

extension RunID {
  /// The name.
  package var name: String { rawValue }
}
