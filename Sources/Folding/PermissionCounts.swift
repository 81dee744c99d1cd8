/// What persons were asked whether the agent may do it, and what they answered.
public struct PermissionCounts: Sendable, Hashable {
  /// Requests.
  public var requested: Int64 = 0
  /// Decisions to allow.
  public var allowed: Int64 = 0
  /// Decisions to deny.
  public var denied: Int64 = 0
  /// Requests that were still open when their turn or their run ended.
  public var unanswered: Int64 = 0

  /// Makes counts of zero.
  public init() {}

  static func += (lhs: inout PermissionCounts, rhs: PermissionCounts) {
    lhs.requested &+= rhs.requested
    lhs.allowed &+= rhs.allowed
    lhs.denied &+= rhs.denied
    lhs.unanswered &+= rhs.unanswered
  }

  static func -= (lhs: inout PermissionCounts, rhs: PermissionCounts) {
    lhs.requested &-= rhs.requested
    lhs.allowed &-= rhs.allowed
    lhs.denied &-= rhs.denied
    lhs.unanswered &-= rhs.unanswered
  }
}
