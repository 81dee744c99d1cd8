internal import Engine
package import Events
package import Storage

/// Reads of the log, on a connection that the caller has: a reader's or the writer's.
package enum LogReader {
  /// The id of a run.
  package static func runID(_ name: String, _ connection: Connection) throws -> Int64? {
    let select = try connection.statement("SELECT id FROM runs WHERE name = ?")
    try select.bind(name, at: 1)
    return try select.firstRow { $0.int64(at: 0) }
  }

  /// The name of a run.
  package static func runName(_ id: Int64, _ connection: Connection) throws -> String? {
    let select = try connection.statement("SELECT name FROM runs WHERE id = ?")
    try select.bind(id, at: 1)
    return try select.firstRow { $0.string(at: 0) }
  }

  /// The last seq of a run, 0 for a run without events.
  package static func head(_ run: Int64, _ connection: Connection) throws -> Int64 {
    try RunIndex(connection).head(of: run)
  }

  /// The time of an event, in microseconds; `nil` if the run has none of that seq.
  package static func ts(_ run: Int64, seq: Int64, _ connection: Connection) throws -> Int64? {
    guard let pos = try RunIndex(connection).position(of: run, seq: seq) else { return nil }
    let select = try connection.statement("SELECT ts FROM events WHERE pos = ?")
    try select.bind(pos, at: 1)
    return try select.firstRow { $0.int64(at: 0) }
  }

  /// The last position in the whole log, 0 for an empty one.
  package static func lastPos(_ connection: Connection) throws -> Int64 {
    try connection.integer("SELECT coalesce((SELECT max(pos) FROM events), 0)")
  }

  /// Gives the events of a run to `body`, in the order of their seqs, without a copy.
  package static func forEachEvent(
    of run: Int64,
    after seq: Int64,
    limit: Int,
    _ connection: Connection,
    _ body: (EventRow) throws -> Void
  ) throws {
    var rows = RunCursor(
      of: run,
      after: seq,
      limit: limit,
      """
      SELECT e.run, e.seq, e.pos, s.name, e.ordinal, e.ts, e.kind, e.producer, e.event_id,
        e.traceparent, e.payload
      FROM events e LEFT JOIN sessions s ON s.id = e.session
      WHERE e.pos BETWEEN ?1 AND ?2 AND e.run = ?3 ORDER BY e.pos
      """,
      connection
    )
    defer { rows.end() }
    while let row = try rows.next() { try body(EventRow(statement: row)) }
  }

  /// Gives the events of all runs to `body`, in the order of their positions, without a copy.
  package static func forEachEvent(
    afterPos pos: Int64,
    limit: Int,
    _ connection: Connection,
    _ body: (EventRow) throws -> Void
  ) throws {
    let select = try connection.statement(
      """
      SELECT e.run, e.seq, e.pos, s.name, e.ordinal, e.ts, e.kind, e.producer, e.event_id,
        e.traceparent, e.payload
      FROM events e LEFT JOIN sessions s ON s.id = e.session
      WHERE e.pos > ? ORDER BY e.pos LIMIT ?
      """
    )
    try select.bind(pos, at: 1)
    try select.bind(Int64(limit), at: 2)
    try select.forEachRow { try body(EventRow(statement: $0)) }
  }

  /// A page of a run's events.
  package static func events(
    of run: Int64,
    after seq: Int64,
    limit: Int,
    _ connection: Connection
  ) throws -> [LoggedEvent] {
    var events: [LoggedEvent] = []
    try forEachEvent(of: run, after: seq, limit: limit, connection) { events.append(try $0.copy()) }
    return events
  }
}

/// An event as its row says it; valid until the next row.
package struct EventRow {
  fileprivate let statement: Statement

  package var run: Int64 { statement.int64(at: 0) }
  package var seq: Int64 { statement.int64(at: 1) }
  package var pos: Int64 { statement.int64(at: 2) }
  package var session: String? { statement.optionalString(at: 3) }
  package var ordinal: Int64? { statement.optionalInt64(at: 4) }
  package var ts: Timestamp { Timestamp(microseconds: statement.int64(at: 5)) }
  /// The bytes of the session's name, empty without one.
  var sessionBytes: UnsafeRawBufferPointer { statement.bytes(at: 3) }
  /// The bytes of the kind's name.
  package var kindBytes: UnsafeRawBufferPointer { get throws { try statement.kindBytes(at: 6) } }
  package var kind: EventKind { get throws { try statement.kind(at: 6) } }
  package var producer: Producer { Producer(code: statement.int64(at: 7)) }
  package var id: String? { statement.optionalString(at: 8) }
  package var traceparent: String? { statement.optionalString(at: 9) }
  /// The bytes of the payload, in SQLite's memory.
  package var payload: UnsafeRawBufferPointer { statement.bytes(at: 10) }

  /// The event in memory of its own.
  package func copy() throws -> LoggedEvent {
    try LoggedEvent(
      run: run,
      seq: seq,
      pos: pos,
      ordinal: ordinal,
      event: Event(
        kind,
        payload: Payload(unchecked: Array(payload)),
        ts: ts,
        producer: producer,
        session: session,
        id: id,
        traceparent: traceparent
      )
    )
  }
}

/// An event with the places that the log gave it.
package struct LoggedEvent: Sendable, Hashable {
  /// The run's number, see ``LogReader/runName(_:_:)``.
  package let run: Int64
  package let seq: Int64
  package let pos: Int64
  package let ordinal: Int64?
  /// Its `ts` is never nil.
  package let event: Event
}
