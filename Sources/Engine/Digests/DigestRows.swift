package import Folding

/// A run whose watermark is below its head.
package struct LaggingRun: Sendable, Hashable {
  package let run: RunRowID
  /// The seq of its last event.
  package let head: Int64
  /// The seq of the last one that is folded.
  package let watermark: Int64

  package init(run: RunRowID, head: Int64, watermark: Int64) {
    self.run = run
    self.head = head
    self.watermark = watermark
  }
}

/// A run whose fold fails, as the store tells it to other processes.
package struct StalledRow: Sendable, Hashable {
  package let run: String
  /// The event at which the fold fails.
  package let seq: Int64
  package let reason: String

  package init(run: String, seq: Int64, reason: String) {
    self.run = run
    self.seq = seq
    self.reason = reason
  }
}

/// A digest row as it is read for an insight, valid within one call.
package struct DigestBytes {
  package let body: UnsafeRawBufferPointer
  /// The sum over the run's family; `nil` if the digest says all of it.
  package let family: UnsafeRawBufferPointer?
  /// The last seq of the run's log.
  package let head: Int64

  package init(body: UnsafeRawBufferPointer, head: Int64, family: UnsafeRawBufferPointer?) {
    self.body = body
    self.family = family
    self.head = head
  }
}

/// A digest row as a fold writes it.
package struct DigestRow: Sendable {
  package let key: DigestKey
  /// Where the row must still stand; `nil` if there must be none.
  package let expected: DigestRevision?
  package var digest: Digest
  package var body: [UInt8]
  package var state: [UInt8]

  package init(
    key: DigestKey,
    expected: DigestRevision?,
    digest: Digest,
    body: [UInt8],
    state: [UInt8]
  ) {
    self.key = key
    self.expected = expected
    self.digest = digest
    self.body = body
    self.state = state
  }
}

/// Which tool calls are meant.
package enum CallFilter: Sendable {
  /// All from a seq on, in the order of their seqs.
  case from(Int64)
  /// Those that failed, from a seq on, in the order of their seqs.
  case failed(from: Int64)
  /// Those that have a result, the slowest first.
  case slowest
}

/// A run in a session.
package struct SessionRun: Sendable, Hashable {
  package var session: SessionRowID
  package var run: RunRowID
  /// The ordinal of the run's first event in the session.
  package var firstOrdinal: Int64
  /// The least and the greatest time of the run's events in the session, in microseconds.
  package var firstTs: Int64?
  package var lastTs: Int64?

  package init(
    session: SessionRowID,
    run: RunRowID,
    firstOrdinal: Int64,
    firstTs: Int64?,
    lastTs: Int64?
  ) {
    self.session = session
    self.run = run
    self.firstOrdinal = firstOrdinal
    self.firstTs = firstTs
    self.lastTs = lastTs
  }
}

/// The first parent that a run named.
package struct FamilyLink: Sendable, Hashable {
  package var child: RunRowID
  package var parent: RunRowID
  /// The position of the event that named it.
  package var position: LogPosition
  /// `false` if it would close a ring.
  package var isAccepted: Bool

  package init(child: RunRowID, parent: RunRowID, position: LogPosition, isAccepted: Bool) {
    self.child = child
    self.parent = parent
    self.position = position
    self.isAccepted = isAccepted
  }
}
