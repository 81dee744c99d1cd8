package import Engine
package import Events
package import Folding
internal import Storage

/// The events of the log.
///
/// A row is always read whole, in the order of the table's columns: that order stands in the schema and
/// in ``EventRow/init(_:)``, and nowhere else.
extension SQLiteReads {
  package func timestamp(of run: RunRowID, seq: Int64) throws -> Int64? {
    guard let position = try position(of: run, seq: seq) else { return nil }
    return try connection.statement("SELECT ts FROM events WHERE pos = ?").bind(position).first {
      $0.next()
    }
  }

  package func event(id: String, of run: RunRowID) throws -> LoggedEvent? {
    try connection.statement(
      """
      SELECT e.*, s.name FROM events e LEFT JOIN sessions s ON s.id = e.session
      WHERE e.run = ? AND e.event_id = ?
      """
    ).bind(run, id).first { try EventRow(&$0).copy() }
  }

  package func event(seq: Int64, of run: RunRowID) throws -> LoggedEvent? {
    guard let position = try position(of: run, seq: seq) else { return nil }
    return try connection.statement(
      """
      SELECT e.*, s.name FROM events e LEFT JOIN sessions s ON s.id = e.session WHERE e.pos = ?
      """
    ).bind(position).first { try EventRow(&$0).copy() }
  }

  package func hasEvent(ofLine line: String, of run: RunRowID) throws -> Bool {
    try connection.statement(
      """
      SELECT 1 FROM events WHERE run = ?1
        AND (event_id = ?2 OR event_id > ?2 || '/' AND event_id < ?2 || '0') LIMIT 1
      """
    ).bind(run, line).first { _ in true } ?? false
  }

  package func hasEvent(of kind: KnownKind, in run: RunRowID, after seq: Int64) throws -> Bool {
    var tail = RunCursor(
      of: run.rawValue,
      after: seq,
      limit: .max,
      "SELECT kind FROM events WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos",
      connection
    )
    defer { tail.end() }
    while let statement = try tail.next() {
      var row = statement.row
      if try row.nextKind().known == kind { return true }
    }
    return false
  }

  package func forEachEvent(
    of run: RunRowID,
    after seq: Int64,
    limit: Int,
    _ body: (EventRow) throws -> Bool
  ) throws {
    var rows = RunCursor(
      of: run.rawValue,
      after: seq,
      limit: limit,
      """
      SELECT e.*, s.name FROM events e LEFT JOIN sessions s ON s.id = e.session
      WHERE e.pos BETWEEN ?1 AND ?2 AND e.run = ?3 ORDER BY e.pos
      """,
      connection
    )
    defer { rows.end() }
    while let statement = try rows.next() {
      var row = statement.row
      guard try body(EventRow(&row)) else { return }
    }
  }

  package func forEachEvent(
    after position: LogPosition,
    limit: Int,
    _ body: (EventRow) throws -> Bool
  ) throws {
    let select = try connection.statement(
      """
      SELECT e.*, s.name FROM events e LEFT JOIN sessions s ON s.id = e.session
      WHERE e.pos > ? ORDER BY e.pos LIMIT ?
      """
    ).bind(position, limit)
    defer { select.reset() }
    var positions = Ascending("events")
    try positions.check(position.rawValue)
    while try select.step() {
      var row = select.row
      let event = try EventRow(&row)
      try positions.check(event.position.rawValue)
      guard try body(event) else { return }
    }
  }

  package func forEachFoldEvent(
    of run: RunRowID,
    after seq: Int64,
    limit: Int,
    sessions: SessionNames,
    _ body: (FoldEvent) throws -> Bool
  ) throws -> Int64 {
    var tail = RunCursor(
      of: run.rawValue,
      after: seq,
      limit: limit,
      "SELECT * FROM events WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos",
      connection
    )
    defer { tail.end() }
    while let statement = try tail.next() {
      var row = statement.row
      let event = try FoldEvent(&row) { try sessions.name(of: $0, lookUp: sessionName) }
      guard try body(event) else { break }
    }
    return tail.through
  }

  package func withUsage<R>(
    id: String,
    of run: RunRowID,
    _ body: (RunFold.RecordedUsage?) throws -> R
  ) throws -> R {
    let statement = try connection.statement(
      "SELECT kind, seq, payload FROM events WHERE run = ? AND event_id = ?"
    ).bind(run, id)
    defer { statement.reset() }
    guard try statement.step() else { return try body(nil) }
    var row = statement.row
    let kind = try row.nextKind()
    guard kind.known == .usage else { return try body(nil) }
    return try body(RunFold.RecordedUsage(seq: row.next(), payload: row.next()))
  }
}

extension EventRow {
  /// Reads the columns of `events`, and then the name of the session.
  init(_ row: inout RowReader) throws {
    let position: LogPosition = row.next()
    let run: RunRowID = row.next()
    let seq: Int64 = row.next()
    row.skip()
    let ordinal: Int64? = row.next()
    let ts: Int64 = row.next()
    let kind = try row.nextKind()
    let producer: Int64 = row.next()
    let id: UnsafeRawBufferPointer = row.next()
    let traceparent: UnsafeRawBufferPointer = row.next()
    let payload: UnsafeRawBufferPointer = row.next()
    self.init(
      run: run,
      seq: seq,
      position: position,
      ordinal: ordinal,
      ts: Timestamp(microseconds: ts),
      producer: Producer(code: producer),
      kind: kind.name,
      session: row.next(),
      id: id,
      traceparent: traceparent,
      payload: payload
    )
  }
}

extension FoldEvent {
  /// Reads the columns of `events`; the row lends the event its text.
  init(_ row: inout RowReader, session name: (SessionRowID) throws -> String) throws {
    row.skip()
    row.skip()
    let seq: Int64 = row.next()
    let session: SessionRowID? = row.next()
    let ordinal: Int64? = row.next()
    let ts = row.nextTime()
    let kind = try row.nextKind()
    row.skip()
    row.skip()
    let traceparent: UnsafeRawBufferPointer = row.next()
    self.init(
      seq: seq,
      ordinal: ordinal,
      ts: ts,
      session: try session.map(name),
      kind: kind.name,
      known: kind.known ?? KnownKind(utf8: kind.name),
      traceparent: traceparent.isEmpty ? nil : traceparent,
      payload: row.next()
    )
  }
}
