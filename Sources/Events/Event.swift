/// One thing that an agent run did, as a hub or an importer hands it to the log.
///
/// The store adds `seq`, `ordinal` and `pos` inside the write transaction.
public struct Event: Sendable, Hashable {
  /// What happened.
  public var kind: EventKind
  /// When it happened; `nil` means the time of the append.
  public var ts: Timestamp?
  /// Who caused it.
  public var producer: Producer
  /// The session that it belongs to, if any.
  public var session: String?
  /// The client's own id of this event, unique per run: the idempotency key.
  public var id: String?
  /// The W3C trace context that it was emitted under, unchecked.
  public var traceparent: String?
  /// A JSON object, kept byte for byte.
  public var payload: Payload

  /// Makes an event; everything but the kind has the default that an absent key has.
  public init(
    _ kind: EventKind,
    payload: Payload = .empty,
    ts: Timestamp? = nil,
    producer: Producer = .agent,
    session: String? = nil,
    id: String? = nil,
    traceparent: String? = nil
  ) {
    self.kind = kind
    self.ts = ts
    self.producer = producer
    self.session = session
    self.id = id
    self.traceparent = traceparent
    self.payload = payload
  }
}

/// Who caused an event.
public enum Producer: String, Sendable, Hashable, CaseIterable {
  /// The agent itself: the default.
  case agent
  /// A person.
  case user
  /// The hub or another program around the agent.
  case system
}
