package import Events

/// An event as its row says it, valid until the next row.
package struct EventRow {
  package let run: RunRowID
  package let seq: Int64
  package let position: LogPosition
  package let ordinal: Int64?
  package let ts: Timestamp
  package let producer: Producer
  /// The name of its kind.
  package let kind: UnsafeRawBufferPointer
  /// The name of its session; empty without one.
  package let session: UnsafeRawBufferPointer
  /// Empty without one.
  package let id: UnsafeRawBufferPointer
  /// Empty without one.
  package let traceparent: UnsafeRawBufferPointer
  package let payload: UnsafeRawBufferPointer

  package init(
    run: RunRowID,
    seq: Int64,
    position: LogPosition,
    ordinal: Int64?,
    ts: Timestamp,
    producer: Producer,
    kind: UnsafeRawBufferPointer,
    session: UnsafeRawBufferPointer,
    id: UnsafeRawBufferPointer,
    traceparent: UnsafeRawBufferPointer,
    payload: UnsafeRawBufferPointer
  ) {
    self.run = run
    self.seq = seq
    self.position = position
    self.ordinal = ordinal
    self.ts = ts
    self.producer = producer
    self.kind = kind
    self.session = session
    self.id = id
    self.traceparent = traceparent
    self.payload = payload
  }

  /// The event in memory of its own.
  package func copy() -> LoggedEvent {
    func text(_ bytes: UnsafeRawBufferPointer) -> String? {
      bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
    return LoggedEvent(
      run: run,
      seq: seq,
      position: position,
      ordinal: ordinal,
      event: Event(
        EventKind(rawValue: String(decoding: kind, as: UTF8.self)),
        payload: Payload(unchecked: Array(payload)),
        ts: ts,
        producer: producer,
        session: text(session),
        id: text(id),
        traceparent: text(traceparent)
      )
    )
  }
}

/// An event with the places that the log gave it.
package struct LoggedEvent: Sendable, Hashable {
  package let run: RunRowID
  package let seq: Int64
  package let position: LogPosition
  package let ordinal: Int64?
  /// Its `ts` is never nil.
  package let event: Event

  package init(run: RunRowID, seq: Int64, position: LogPosition, ordinal: Int64?, event: Event) {
    self.run = run
    self.seq = seq
    self.position = position
    self.ordinal = ordinal
    self.event = event
  }
}

extension LoggedEvent {
  /// Whether an event is this one, byte for byte; its time counts if it names one.
  package func isSame(as other: Event) -> Bool {
    event.kind.rawValue.isExactly(other.kind.rawValue)
      && event.producer == other.producer
      && event.payload.bytes.elementsEqual(other.payload.bytes)
      && (other.ts.map { $0 == event.ts } ?? true)
      && event.session.isExactly(other.session.nonEmpty)
      && event.traceparent.isExactly(other.traceparent.nonEmpty)
  }
}

extension String? {
  /// Empty text reads as absent.
  fileprivate var nonEmpty: String? { self?.isEmpty == true ? nil : self }
}
