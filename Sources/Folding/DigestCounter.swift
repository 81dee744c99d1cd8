/// A number of a digest that is summed: over the events of a run, and over runs, sessions and buckets of time.
///
/// The raw value is the JSON key. One with a dot stands in the object before the dot. Adding, subtracting,
/// storing and printing are loops over the cases, so that adding a counter takes four edits:
///
/// 1. A case, as the last one: stored values are in the order of the cases.
/// 2. The line of its rule, for example `case .compaction: edit { $0[.compactions] += 1 }` in `RunFold`.
/// 3. A fixture in `Fixtures/fold` with the figure as worked out by hand.
/// 4. The same rule in `Tests/Oracle/fold_oracle.py`.
///
/// A digest that was stored before has 0 for it. A release that adds counters also raises
/// ``Digest/version``, once, so that `migrate --digests` folds stored runs again.
public enum DigestCounter: String, Sendable, Hashable, CaseIterable {
  /// Events.
  case eventCount = "event_count"
  /// Runs whose first event is counted.
  case runs
  /// Microseconds with a turn open and none of the next two.
  case modelMicros = "time.model_ms"
  /// Microseconds with a turn and at least one tool call open.
  case toolMicros = "time.tool_ms"
  /// Microseconds with a turn and a permission request open.
  case waitingMicros = "time.waiting_ms"
  /// Microseconds of none of these.
  case idleMicros = "time.idle_ms"
  /// The durations of closed turns in microseconds.
  case activeMicros = "active_ms"
  /// Turns that ended well.
  case completedTurns = "turns.completed"
  /// Turns that a user interrupted.
  case cancelledTurns = "turns.cancelled"
  /// Turns that ended in any other way.
  case failedTurns = "turns.failed"
  /// Turns that no result closed.
  case abandonedTurns = "turns.abandoned"
  /// Reports of money paid.
  case costReports = "cost.reports"
  /// What was reported to have been paid, in nano-dollars.
  case costNanoUSD = "cost.reported_usd"
  /// Tool calls, repeated announcements not counted.
  case toolCalls = "tool_calls"
  /// Tool calls that failed.
  case toolFailed = "tool_failed"
  /// Model requests that failed and were tried again.
  case retries
  /// Limits that were reached.
  case rateLimits = "rate_limits"
  /// Compactions of the context window.
  case compactions
  /// Events after a seal.
  case lateEvents = "late_events"
  /// Events whose payload could not be read.
  case quarantined
  /// Permission requests.
  case requestedPermissions = "permissions.requested"
  /// Decisions to allow.
  case allowedPermissions = "permissions.allowed"
  /// Decisions to deny.
  case deniedPermissions = "permissions.denied"
  /// Permission requests that were open when their turn or their run ended.
  case unansweredPermissions = "permissions.unanswered"

  /// The number of the case.
  ///
  /// An enum without payloads is stored as that number in one byte; a test compares it with `allCases`.
  var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

  static let count = allCases.count
}
