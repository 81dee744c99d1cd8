/// What a digest keeps of all findings of one class: how many, the first and the last.
public struct FindingSummary: Sendable, Hashable {
  /// How many there are.
  public var count: Int64
  /// How bad the class is.
  public var severity: Severity
  /// The first one's anchor.
  public var first: Anchor
  /// The last one's anchor.
  public var last: Anchor
}
