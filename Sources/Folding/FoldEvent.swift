package import Events

/// One event of the log as the fold sees it: its bytes still lie where the reader found them.
///
/// The pointers are read during one call of ``RunFold/prepare(_:)`` and the ``RunFold/step(_:)``
/// after it, and never kept.
package struct FoldEvent {
  package var seq: Int64
  package var ordinal: Int64?
  package var ts: Timestamp
  package var session: String?
  /// The name of its kind.
  package var kind: UnsafeRawBufferPointer
  /// What the fold knows that kind as.
  package var known: KnownKind?
  package var traceparent: UnsafeRawBufferPointer?
  package var payload: UnsafeRawBufferPointer

  @inlinable
  package init(
    seq: Int64,
    ordinal: Int64?,
    ts: Timestamp,
    session: String?,
    kind: UnsafeRawBufferPointer,
    known: KnownKind?,
    traceparent: UnsafeRawBufferPointer?,
    payload: UnsafeRawBufferPointer
  ) {
    self.seq = seq
    self.ordinal = ordinal
    self.ts = ts
    self.session = session
    self.kind = kind
    self.known = known
    self.traceparent = traceparent
    self.payload = payload
  }
}

/// Why a run cannot be folded further.
package enum FoldError: Error, Hashable {
  /// The log does not go on where the digest stops.
  case gap(expected: Int64, found: Int64)
  /// The stored state of the fold does not read back.
  case damagedState(String)
}
