package import Events
package import Folding

/// What a snapshot tells of the event log.
///
/// Seqs, ordinals and positions begin with 1; 0 is before the first.
package protocol LogSnapshot {
  // MARK: Names

  /// The run of a name; `nil` if no event and no child has named it.
  func run(named name: String) throws -> RunReference?

  /// The name of a run.
  func runName(_ run: RunRowID) throws -> String?

  /// All runs, also those that are known only as a parent, in the order of their rows.
  func allRuns() throws -> [RunReference]

  /// The last row of a run; `nil` if there are none.
  func lastRun() throws -> RunRowID?

  /// The row of a session.
  func sessionID(named name: String) throws -> SessionRowID?

  /// The name of a session.
  func sessionName(_ session: SessionRowID) throws -> String?

  // MARK: Places

  /// The last seq of a run, 0 if it has no events.
  func head(of run: RunRowID) throws -> Int64

  /// The last position of the store, 0 if it has no events.
  func lastPosition() throws -> Int64

  /// The position of an event; `nil` if the run has none of that seq.
  func position(of run: RunRowID, seq: Int64) throws -> Int64?

  /// The last seq of a run that is greater than `seq` and lies at or before a position.
  func lastSeq(of run: RunRowID, after seq: Int64, through position: Int64) throws -> Int64?

  /// The runs that have events after a position; costs those events.
  func runs(after position: Int64) throws -> Set<RunRowID>

  // MARK: Events

  /// The time of an event, in microseconds since 1970; `nil` if the run has none of that seq.
  func timestamp(of run: RunRowID, seq: Int64) throws -> Int64?

  /// The event of a run with an id.
  func event(id: String, of run: RunRowID) throws -> LoggedEvent?

  /// The event of a run with a seq.
  func event(seq: Int64, of run: RunRowID) throws -> LoggedEvent?

  /// Whether a run has an event of an imported line: one whose id is the line's, or begins with it and a
  /// slash.
  func hasEvent(ofLine line: String, of run: RunRowID) throws -> Bool

  /// Whether a run has an event of a kind after a seq; costs the events after it.
  func hasEvent(of kind: KnownKind, in run: RunRowID, after seq: Int64) throws -> Bool

  /// Gives the events of a run after a seq to `body`, at most `limit`, in the order of their seqs, without
  /// a copy, until it returns `false`.
  func forEachEvent(
    of run: RunRowID,
    after seq: Int64,
    limit: Int,
    _ body: (EventRow) throws -> Bool
  ) throws

  /// Gives the events of all runs after a position to `body`, at most `limit`, in the order of their
  /// positions, without a copy, until it returns `false`.
  func forEachEvent(
    after position: Int64,
    limit: Int,
    _ body: (EventRow) throws -> Bool
  ) throws

  /// Gives the events of a run after a seq to `body`, at most `limit`, as the fold takes them, until it
  /// returns `false`; returns the last seq that the log says is there, as far as it looked.
  func forEachFoldEvent(
    of run: RunRowID,
    after seq: Int64,
    limit: Int,
    sessions: SessionNames,
    _ body: (FoldEvent) throws -> Bool
  ) throws -> Int64

  /// The `usage` event of a run with an id, lent to `body`; `nil` if the run has no such event.
  func withUsage<R>(
    id: String,
    of run: RunRowID,
    _ body: (RunFold.RecordedUsage?) throws -> R
  ) throws -> R

  /// Goes through the whole log by what leads from runs to events; costs a look at each event.
  func checkLog() throws -> LogCheck
}

extension LogSnapshot {
  /// Finds a run by its name.
  ///
  /// - Throws: ``StoreError`` `notFound` for a name that no run has.
  package func require(_ name: String) throws -> RunReference {
    guard let run = try run(named: name) else { throw StoreError.noRun(name) }
    return run
  }
}

/// An event as its row says it, valid until the next row.
package struct EventRow {
  package let run: RunRowID
  package let seq: Int64
  package let position: Int64
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
    position: Int64,
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
  package let position: Int64
  package let ordinal: Int64?
  /// Its `ts` is never nil.
  package let event: Event

  package init(run: RunRowID, seq: Int64, position: Int64, ordinal: Int64?, event: Event) {
    self.run = run
    self.seq = seq
    self.position = position
    self.ordinal = ordinal
    self.event = event
  }
}

/// What a walk through the whole log found.
package struct LogCheck: Sendable {
  /// Runs of which an event is missing, and the seq of the first that is.
  package var torn: [(run: RunReference, seq: Int64)] = []
  /// How many events no run leads to; negative if two lead to one.
  package var unlisted: Int64 = 0
  /// Whether all events are there, so that what leads to them can be made anew.
  package var isWhole = true

  package init() {}

  package var isGood: Bool { torn.isEmpty && unlisted == 0 }
}

/// The names of sessions by their rows, read once each.
package final class SessionNames {
  // Sessions are never renamed, so an entry stays right; only their number has to be bounded.
  private static let namesMax = 4096

  private var names: [SessionRowID: String] = [:]
  // Nearly every event has the session of the one before.
  private var last: (session: SessionRowID, name: String)?

  package init() {}

  /// The name of a session, which is looked up the first time.
  ///
  /// - Throws: ``StoreError`` `corrupt` for a row that is not there.
  package func name(
    of session: SessionRowID,
    lookUp: (SessionRowID) throws -> String?
  ) throws -> String {
    if let last, last.session == session { return last.name }
    let name = try known(session, lookUp)
    last = (session, name)
    return name
  }

  private func known(
    _ session: SessionRowID,
    _ lookUp: (SessionRowID) throws -> String?
  ) throws -> String {
    if let name = names[session] { return name }
    guard let name = try lookUp(session) else {
      throw StoreError(
        .corrupt,
        "an event names session \(session.rawValue), which is not in the store; run digest-ctl doctor"
      )
    }
    if names.count >= Self.namesMax { names.removeAll(keepingCapacity: true) }
    names[session] = name
    return name
  }
}

extension LogSnapshot {
  /// A page of a run's events.
  package func events(of run: RunRowID, after seq: Int64, limit: Int) throws -> [LoggedEvent] {
    var events: [LoggedEvent] = []
    try forEachEvent(of: run, after: seq, limit: limit) {
      events.append($0.copy())
      return true
    }
    return events
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
