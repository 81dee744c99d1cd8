/// What one tool was called for and how its calls ended.
public struct ToolUsage: Sendable, Hashable {
  /// Calls, repeated announcements not counted.
  public var calls: Int64 = 0
  /// Calls that failed.
  public var failed: Int64 = 0
  /// Calls that a person refused.
  public var denied: Int64 = 0
  /// Calls that were cancelled.
  public var cancelled: Int64 = 0
  /// Calls whose result never came.
  public var missing: Int64 = 0
  /// Time from the call to its resolution.
  public var latency = Sketch()

  /// Makes usage of zero.
  public init() {}

  static func += (lhs: inout ToolUsage, rhs: ToolUsage) {
    lhs.calls &+= rhs.calls
    lhs.failed &+= rhs.failed
    lhs.denied &+= rhs.denied
    lhs.cancelled &+= rhs.cancelled
    lhs.missing &+= rhs.missing
    lhs.latency.merge(rhs.latency)
  }
}
