/// A failure of a run: one that something reported, or one that only shows in the shape of the log.
public struct Finding: Sendable, Hashable {
  /// The number of the finding in its run, from 0.
  public var n: Int64
  /// Whether it was reported or only shows.
  public var type: FindingType
  /// What it is, for example `tool_error` or `error:timeout`.
  public var errorClass: String
  /// How bad it is.
  public var severity: Severity
  /// The event that caused it, which is not always the one that showed it.
  public var anchor: Anchor
  /// The turn of the anchor.
  public var turn: Int64?

  package init(
    n: Int64,
    type: FindingType,
    errorClass: String,
    severity: Severity,
    anchor: Anchor,
    turn: Int64?
  ) {
    self.n = n
    self.type = type
    self.errorClass = errorClass
    self.severity = severity
    self.anchor = anchor
    self.turn = turn
  }
}
