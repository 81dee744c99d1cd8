package import Engine
internal import Storage

/// The walk through the event log by the index of positions, which must lead to every event, and to each
/// once.
extension SQLiteReads {
  package func checkLog(of run: RunReference?, _ depth: LogCheckDepth) throws -> LogCheck {
    var check = LogCheck()
    var listed: Int64 = 0
    var heads = Ascending("run_heads")
    try connection.statement(
      """
      SELECT h.run, h.head, coalesce(r.pruned_through, 0), coalesce(r.name, '#' || h.run)
      FROM run_heads h LEFT JOIN runs r ON r.id = h.run WHERE ?1 IS NULL OR h.run = ?1 ORDER BY h.run
      """
    ).bind(run?.row).forEach { row in
      let id: RunRowID = row.next()
      try heads.check(id.rawValue)
      let (head, pruned): (Int64, Int64) = (row.next(), max(0, row.next()))
      let run = RunReference(row: id, name: row.next())
      let found = try RunCheck(run, after: pruned, depth, connection).walk()
      listed += found.last &- pruned
      if found.last != head { check.noteTorn(run, at: found.last &+ 1) }
      if let altered = found.altered { check.noteAltered(run, altered) }
    }
    if run == nil {
      check.unlisted = try connection.integer("SELECT count(*) FROM events") &- listed
    }
    if !check.isIndexGood { check.isWhole = try RunIndex(connection).canBeMade() }
    return check
  }
}

/// The walk through one run.
private struct RunCheck {
  private let run: RunReference
  private let pruned: Int64
  private let depth: LogCheckDepth
  private let connection: Connection

  init(_ run: RunReference, after pruned: Int64, _ depth: LogCheckDepth, _ connection: Connection) {
    self.run = run
    self.pruned = pruned
    self.depth = depth
    self.connection = connection
  }

  /// The last seq up to which the index leads to one event for each, and the seqs of the first block whose
  /// checksum is another than its events'.
  func walk() throws -> (last: Int64, altered: ClosedRange<Int64>?) {
    switch depth {
    case .index: (try lastListed(), nil)
    case .checksums: try compareChecksums()
    }
  }

  private func lastListed() throws -> Int64 {
    var last = pruned
    try forEachRow(
      "SELECT seq FROM events WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos"
    ) { row in
      guard row.next(Int64.self) == last + 1 else { return false }
      last += 1
      return true
    }
    return last
  }

  private func compareChecksums() throws -> (last: Int64, altered: ClosedRange<Int64>?) {
    let seed = EventHash(ofRun: run.name)
    var last = pruned
    var altered: ClosedRange<Int64>?
    // Of the block that is being read.
    var hash = EventHash.none
    var first = pruned + 1
    func endBlock(_ stored: EventHash?) {
      if let stored, stored != hash, altered == nil { altered = first...last }
      hash = .none
      first = last + 1
    }
    try forEachRow(
      """
      SELECT e.*, s.name FROM events e LEFT JOIN sessions s ON s.id = e.session
      WHERE e.pos BETWEEN ?1 AND ?2 AND e.run = ?3 ORDER BY e.pos
      """
    ) { row in
      let event = try EventRow(&row)
      guard event.seq == last + 1 else { return false }
      last += 1
      hash = hash.followed(by: EventHash(event, seed: seed))
      if last - first + 1 == PositionBlock.countMax, let stored = try hashOfBlock(endingAt: last) {
        endBlock(stored)
      }
      return true
    }
    if last >= first { endBlock(try hashOfOpenBlock(endingAt: last)) }
    return (last, altered)
  }

  /// The checksum of a full block; `nil` if none ends there.
  private func hashOfBlock(endingAt seq: Int64) throws -> EventHash? {
    try connection.statement("SELECT hash FROM run_positions WHERE run = ? AND last_seq = ?")
      .bind(run.row, seq).first { $0.next() }
  }

  private func hashOfOpenBlock(endingAt seq: Int64) throws -> EventHash? {
    try connection.statement("SELECT hash FROM run_heads WHERE run = ? AND head = ?")
      .bind(run.row, seq).first { $0.next() }
  }

  /// Gives the rows of the run's events to `body` until it returns `false`; what cannot be read ends it.
  private func forEachRow(
    _ sql: StaticString,
    _ body: (inout RowReader) throws -> Bool
  ) throws {
    var rows = RunCursor(of: run.row.rawValue, after: pruned, limit: .max, sql, connection)
    defer { rows.end() }
    do {
      while let statement = try rows.next() {
        var row = statement.row
        guard try body(&row) else { return }
      }
    } catch let error as StorageError where error.code == .corrupt {
      return
    } catch let error as StoreError where error.code == .corrupt {
      return
    }
  }
}
