package import Engine
internal import Storage

/// The log gone through by the index of positions, which must lead to every event, and to each once.
extension SQLiteReads {
  package func checkLog() throws -> LogCheck {
    var check = LogCheck()
    var listed: Int64 = 0
    try connection.statement(
      """
      SELECT h.run, h.head, coalesce(r.pruned_through, 0), coalesce(r.name, '#' || h.run)
      FROM run_heads h LEFT JOIN runs r ON r.id = h.run
      """
    ).forEach { row in
      let run: RunRowID = row.next()
      let (head, pruned): (Int64, Int64) = (row.next(), row.next())
      let last = try lastListedSeq(of: run, after: pruned)
      listed += last - pruned
      if last != head { check.torn.append((RunReference(row: run, name: row.next()), last + 1)) }
    }
    check.unlisted = try connection.integer("SELECT count(*) FROM events") - listed
    if !check.isGood { check.isWhole = try RunIndex(connection).canBeMade() }
    return check
  }

  /// The last seq of a run up to which the index leads to one event for each.
  private func lastListedSeq(of run: RunRowID, after seq: Int64) throws -> Int64 {
    var rows = RunCursor(
      of: run.rawValue,
      after: seq,
      limit: .max,
      "SELECT seq FROM events WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos",
      connection
    )
    defer { rows.end() }
    var last = seq
    do {
      while let row = try rows.next(), row.int64(at: 0) == last + 1 { last += 1 }
    } catch let error as StorageError where error.code == .corrupt {
      return last
    }
    return last
  }
}
