public import Events

/// The event that a finding points to.
public struct Anchor: Sendable, Hashable {
  /// Its seq in the run.
  public var seq: Int64
  /// Its ordinal in the session.
  public var ordinal: Int64?
  /// Its time.
  public var ts: Timestamp
  /// What to call it: a tool, an error type, a reason.
  public var label: String?

  package init(seq: Int64, ordinal: Int64?, ts: Timestamp, label: String?) {
    self.seq = seq
    self.ordinal = ordinal
    self.ts = ts
    self.label = label
  }
}
