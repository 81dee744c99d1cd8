internal import Events
internal import Folding
internal import Storage

/// What a debug build makes sure of.
extension FoldReader {
  /// Whether the log has this very event of a run.
  static func has(_ event: FoldEvent, in run: Int64, _ connection: Connection) throws -> Bool {
    var rows = RunCursor(
      of: run,
      after: event.seq - 1,
      limit: 1,
      """
      SELECT e.seq, e.ordinal, e.ts, e.kind, e.traceparent, e.payload, s.name
      FROM events e LEFT JOIN sessions s ON s.id = e.session
      WHERE e.pos BETWEEN ?1 AND ?2 AND e.run = ?3 ORDER BY e.pos
      """,
      connection
    )
    defer { rows.end() }
    guard let row = try rows.next() else { return false }
    return try row.int64(at: 0) == event.seq && row.optionalInt64(at: 1) == event.ordinal
      && row.int64(at: 2) == event.ts.microseconds
      && row.kindBytes(at: 3).elementsEqual(event.kind)
      && row.bytes(at: 4).elementsEqual(
        event.traceparent ?? UnsafeRawBufferPointer(start: nil, count: 0)
      )
      && row.bytes(at: 5).elementsEqual(event.payload)
      && row.optionalString(at: 6).isExactly(event.session)
  }
}
