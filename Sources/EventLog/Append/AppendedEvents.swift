package import Events

/// The events of one append as they are in the event log: consecutive events of one run, of one session
/// or of none.
///
/// Shares the caller's array, so keeping it copies nothing.
package struct AppendedEvents: Sendable {
  package let events: [Event]
  package let firstSeq: Int64
  /// The ordinal of the first, each of the others having the next; `nil` without a session.
  package let firstOrdinal: Int64?
  /// The time of those events that name none.
  package let now: Timestamp
  /// About the memory that they take.
  package let bytes: Int

  package var lastSeq: Int64 { firstSeq + Int64(events.count) - 1 }
}
