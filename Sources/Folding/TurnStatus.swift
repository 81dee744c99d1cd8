/// How a turn ended, in the agent's words: one of those below, or any other, which counts as a failure.
public struct TurnStatus: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
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

  /// It ended well.
  public static let success: TurnStatus = "success"
  /// It ended well.
  public static let completed: TurnStatus = "completed"
  /// A user stopped it.
  public static let cancelled: TurnStatus = "cancelled"
  /// A user stopped it.
  public static let interrupted: TurnStatus = "interrupted"
  /// Another turn or the end of the run closed it.
  public static let abandoned: TurnStatus = "abandoned"
}
