package import Events

/// The events of a batch that are stamped with one session.
package struct SessionPart: Sendable, Hashable {
  package var session: String
  /// The ordinal of the first one.
  package var firstOrdinal: Int64
  /// The least and the greatest time among those that move the clock; `nil` if none does.
  package var firstTs: Timestamp?
  package var lastTs: Timestamp?

  package init(session: String, firstOrdinal: Int64) {
    self.session = session
    self.firstOrdinal = firstOrdinal
  }

  mutating func note(_ ts: Timestamp) {
    firstTs = min(firstTs ?? ts, ts)
    lastTs = max(lastTs ?? ts, ts)
  }
}
