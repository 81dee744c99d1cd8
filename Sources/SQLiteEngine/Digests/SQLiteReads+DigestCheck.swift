package import Engine
internal import Folding
internal import Storage

/// The walk through all derived rows of a generation.
extension SQLiteReads {
  package func checkDigests(
    in generation: Generation,
    isDeep: Bool
  ) throws -> DigestCheck {
    var check = DigestCheck()
    var rows = Ascending("digests")
    try connection.statement(
      """
      SELECT d.id, d.run, coalesce(r.name, '#' || d.run), coalesce(h.head, 0), d.watermark, d.sealed,
        d.session, d.first_ts, d.last_ts, d.status, d.body, d.state
      FROM digests d LEFT JOIN runs r ON r.id = d.run LEFT JOIN run_heads h ON h.run = d.run
      WHERE d.generation = ? ORDER BY d.id
      """
    ).bind(generation).forEach { row in
      try rows.check(row.next())
      let run: RunRowID = row.next()
      let (name, head): (String, Int64) = (row.next(), row.next())
      let columns = DigestColumns(&row)
      if columns.watermark > head { check.noteAhead(name) }
      do {
        let body: UnsafeRawBufferPointer = row.next()
        let digest = try Digest(body: body)
        if isDeep { _ = try RunFold(body: body, state: row.next()) }
        guard DigestColumns(digest) == columns else {
          return check.noteUnreadable(name, "its columns say otherwise than its body")
        }
        if isDeep { try readRows(of: DigestKey(run, generation)) }
      } catch FoldError.damagedState(let reason) {
        check.noteUnreadable(name, reason)
      }
    }
    check.unreadableSums = try unreadableSums(in: generation)
    return check
  }

  package func columns(of key: DigestKey) throws -> DigestColumns? {
    try connection.statement(
      "SELECT watermark, sealed, session, first_ts, last_ts, status FROM digests WHERE id = ?"
    ).bind(key).first { DigestColumns(&$0) }
  }

  private func readRows(of key: DigestKey) throws {
    _ = try turns(of: key, from: 0, limit: .max)
    _ = try calls(of: key, .from(0), limit: .max)
    _ = try findings(of: key, type: nil, from: 0, limit: .max)
    _ = try permissions(of: key)
    _ = try quarantine(of: key, from: 0, limit: .max)
  }

  private func unreadableSums(in generation: Generation) throws -> Int64 {
    var count: Int64 = 0
    try connection.statement("SELECT body FROM rollups WHERE generation = ?").bind(generation)
      .forEach { row in
        do {
          _ = try Totals(body: row.next())
        } catch {
          count += 1
        }
      }
    return count
  }
}

extension DigestColumns {
  /// Reads watermark, sealed, session, first_ts, last_ts and status, in this order.
  init(_ row: inout RowReader) {
    self.init(
      watermark: row.next(),
      isSealed: row.next(),
      session: row.next(),
      firstTs: row.next(),
      lastTs: row.next(),
      status: row.next()
    )
  }
}
