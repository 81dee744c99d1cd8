/// Why the model stopped, in the words of its provider: one of those below, or any other, which counts as abnormal.
public struct StopReason: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
  /// The word as the log has it.
  public var rawValue: String

  /// Takes any word.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// Takes any word.
  public init(stringLiteral value: String) {
    rawValue = value
  }

  static let normal: Set<StopReason> = [
    "success", "completed", "end_turn", "stop", "stop_sequence", "tool_use", "cancelled",
    "interrupted",
  ]
}
