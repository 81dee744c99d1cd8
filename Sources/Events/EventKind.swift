/// What an event says happened.
///
/// The log keeps any kind; the fold knows those below and counts the others by name.
public struct EventKind: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
  /// The kind as the log and the JSON write it, for example `tool_call`.
  public var rawValue: String

  /// Makes a kind from its name, known or not.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// Makes a kind from its name, known or not.
  public init(stringLiteral value: String) {
    self.rawValue = value
  }
}
