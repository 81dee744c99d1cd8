package import Events
package import Telemetry

/// One caller's events for one run: written together or not at all.
package struct AppendCall: Sendable {
  package let run: RunID
  package let events: [Event]
  package let expecting: ExpectedHead
  /// The time of those events that name none.
  package let now: Timestamp
  /// About the size of the events, for the bounds of a group.
  package let bytes: Int
  /// Whether an event has an id, which may be in the event log already.
  package let hasIDs: Bool
  /// Where it is noted when it was taken up, if it is traced.
  package var stages: AppendStages?

  /// Checks the events and puts empty text, which reads as absent, to `nil`.
  package init(
    _ events: [Event],
    to run: RunID,
    expecting: ExpectedHead,
    options: StoreOptions
  ) throws {
    var bytes = 0
    var hasIDs = false
    var hasEmptyText = false
    var lacksTime = false
    for event in events {
      guard !event.kind.rawValue.isEmpty else {
        throw StoreError(.invalidArgument, "an event needs a kind; name one")
      }
      let payload = event.payload.bytes.count
      guard payload <= options.payloadBytesMax else {
        throw StoreError(
          .invalidArgument,
          "a payload of \(payload) bytes is above the limit of \(options.payloadBytesMax)"
        )
      }
      bytes += payload + 64
      if let id = event.id { if id.isEmpty { hasEmptyText = true } else { hasIDs = true } }
      if event.session?.isEmpty == true || event.traceparent?.isEmpty == true {
        hasEmptyText = true
      }
      if event.ts == nil { lacksTime = true }
    }
    self.run = run
    self.events = hasEmptyText ? events.map(Self.withoutEmptyText) : events
    self.expecting = expecting
    self.now = lacksTime ? options.now() : Timestamp(microseconds: 0)
    self.bytes = bytes
    self.hasIDs = hasIDs
  }

  private static func withoutEmptyText(_ event: Event) -> Event {
    var event = event
    if event.id?.isEmpty == true { event.id = nil }
    if event.session?.isEmpty == true { event.session = nil }
    if event.traceparent?.isEmpty == true { event.traceparent = nil }
    return event
  }
}

extension Producer {
  /// The number that stands for the producer in the event log.
  package var code: Int64 {
    switch self {
    case .agent: 0
    case .user: 1
    case .system: 2
    }
  }

  /// The producer that a number in the event log stands for.
  package init(code: Int64) {
    switch code {
    case 1: self = .user
    case 2: self = .system
    default: self = .agent
    }
  }
}
