package import Storage

/// The index of the event log by run and seq: for each run a list of the positions of its events.
///
/// 1. A list is cut into blocks of ``PositionBlock/countMax``. The full ones are the rows of
///    `run_positions`, by the last seq of each; the open one, never empty, stands in the run's row of
///    `run_heads`, beside its last seq.
/// 2. They are written in the transaction of their events.
/// 3. The row of a run's head is moved by compare-and-set: an append from another head than the
///    table's fails, so no seq is given twice. SQLite itself does not enforce unique (run, seq).
///
/// An ordinary index would have an entry for each event, and each run's next one lies on another page:
/// two hundred agents in turns wrote a page of it for nearly every event. Here the newest positions of
/// fifty runs share a page, and one more is written for each 32 events of a run.
package struct RunIndex {
  package let connection: Connection

  package init(_ connection: Connection) {
    self.connection = connection
  }

  // MARK: Reading

  /// The last seq of a run, 0 for one without events.
  package func head(of run: Int64) throws -> Int64 {
    try connection.statement("SELECT head FROM run_heads WHERE run = ?").bind(run).first {
      $0.next(Int64.self)
    } ?? 0
  }

  /// The last seq of a run and the open block of its list, 0 and an empty one for a run without events.
  package func newest(of run: Int64) throws -> (head: Int64, block: PositionBlock) {
    try connection.statement("SELECT head, positions, hash FROM run_heads WHERE run = ?").bind(run)
      .first { ($0.next(), try PositionBlock(bytes: $0.next(), hash: $0.next())) }
      ?? (0, PositionBlock())
  }

  /// Gives the head of a run and the bytes of its open block to `body`; `nil` for a run without events.
  private func row<R>(
    of run: Int64,
    _ body: (_ head: Int64, _ bytes: UnsafeRawBufferPointer) throws -> R
  ) throws -> R? {
    try connection.statement("SELECT head, positions FROM run_heads WHERE run = ?").bind(run)
      .first { try body($0.next(), $0.next()) }
  }

  /// The positions of the events of a run after a seq, in the order of their seqs, at most `limit`.
  ///
  /// Costs two descents of trees, and a row for each 32 positions; one descent where they are among
  /// the run's newest.
  package func positions(
    of run: Int64,
    after seq: Int64,
    limit: Int
  ) throws -> (first: Int64, positions: [Int64]) {
    var newest: [Int64] = []
    let head = try row(of: run) { head, bytes in
      try PositionBlock.decode(bytes, into: &newest)
      return head
    }
    guard let head, head > seq, limit > 0 else { return (seq &+ 1, []) }
    let open = head - Int64(newest.count)
    if seq >= open {
      newest.removeFirst(Int(seq - open))
      if newest.count > limit { newest.removeLast(newest.count - limit) }
      return (seq + 1, newest)
    }
    var (first, positions) = try older(run, after: seq, through: open, limit: limit)
    positions += newest.prefix(limit - positions.count)
    return (first, positions)
  }

  /// Those of the full blocks, from the first that retention has left.
  private func older(
    _ run: Int64,
    after seq: Int64,
    through open: Int64,
    limit: Int
  ) throws -> (first: Int64, positions: [Int64]) {
    var (first, last) = (open + 1, open)
    var positions: [Int64] = []
    let select = try connection.statement(
      """
      SELECT last_seq, positions FROM run_positions WHERE run = ? AND last_seq > ? ORDER BY last_seq
      """
    ).bind(run, seq)
    defer { select.reset() }
    while positions.count < limit, try select.step() {
      var row = select.row
      let lastSeq: Int64 = row.next()
      let bytes: UnsafeRawBufferPointer = row.next()
      let before = lastSeq - Int64(PositionBlock.count(bytes))
      if positions.isEmpty {
        first = max(before, seq) + 1
      } else if before != last {
        throw Self.gap(run, before: before + 1)
      }
      last = lastSeq
      try PositionBlock.decode(bytes, skipping: Int(max(0, seq - before)), into: &positions)
    }
    guard positions.count >= limit || last == open else { throw Self.gap(run, before: open + 1) }
    positions.removeLast(max(0, positions.count - limit))
    return (first, positions)
  }

  private static func gap(_ run: Int64, before seq: Int64) -> StorageError {
    StorageError(
      .corrupt,
      "the index of the event log has a gap before seq \(seq) of run #\(run); run digest-ctl doctor, or "
        + "restore a backup"
    )
  }

  /// The position of an event; `nil` if the run has none of that seq.
  package func position(of run: Int64, seq: Int64) throws -> Int64? {
    guard seq > 0 else { return nil }
    let (first, positions) = try positions(of: run, after: seq - 1, limit: 1)
    return first == seq ? positions.first : nil
  }

  /// The last seq of a run at or before a position and after a seq; `nil` if there is none.
  ///
  /// Costs a row for each 32 events of the run that lie beyond the position.
  package func lastSeq(of run: Int64, after seq: Int64, through pos: Int64) throws -> Int64? {
    var block: [Int64] = []
    let head = try row(of: run) { head, bytes in
      try PositionBlock.decode(bytes, into: &block)
      return head
    }
    guard let head, head > seq else { return nil }
    if let last = last(block, endingAt: head, through: pos) { return last > seq ? last : nil }
    let older = try connection.statement(
      """
      SELECT last_seq, positions FROM run_positions WHERE run = ? AND last_seq > ?
      ORDER BY last_seq DESC
      """
    ).bind(run, seq)
    defer { older.reset() }
    while try older.step() {
      var row = older.row
      let lastSeq: Int64 = row.next()
      block.removeAll(keepingCapacity: true)
      try PositionBlock.decode(row.next(), into: &block)
      if let last = last(block, endingAt: lastSeq, through: pos) {
        return last > seq ? last : nil
      }
    }
    return nil
  }

  private func last(_ block: [Int64], endingAt seq: Int64, through pos: Int64) -> Int64? {
    block.lastIndex { $0 <= pos }.map { seq - Int64(block.count - 1 - $0) }
  }

  // MARK: Writing

  /// Adds the position of the event after a run's head to its open block, with the event's hash; returns
  /// the block that was full before and is now a row, if there was one.
  @discardableResult
  package func append(
    _ pos: Int64,
    hash: EventHash = .none,
    to block: inout PositionBlock,
    of run: Int64,
    head: Int64
  ) throws -> PositionBlock? {
    var full: PositionBlock?
    if block.isFull {
      try add(block, of: run, lastSeq: head)
      full = block
      block = PositionBlock()
    }
    block.append(pos, hash: hash)
    return full
  }

  /// Makes a full block a row.
  package func add(_ block: PositionBlock, of run: Int64, lastSeq: Int64) throws {
    let insert = try connection.statement(
      "INSERT INTO run_positions(run, last_seq, positions, hash) VALUES (?, ?, ?, ?)"
    )
    try block.bytes.withUnsafeBytes { try insert.run(run, lastSeq, SQLBlob($0), block.hash) }
  }

  /// Moves the head of a run, from 0 where it had no event, and writes its open block.
  ///
  /// - Throws: ``StorageError`` `corrupt` where the table has another head.
  package func moveHead(
    of run: Int64,
    from old: Int64,
    to new: Int64,
    _ block: PositionBlock
  ) throws {
    try block.bytes.withUnsafeBytes { bytes in
      if old == 0 {
        try connection.statement(
          """
          INSERT INTO run_heads(run, head, positions, hash) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
          """
        ).run(run, new, SQLBlob(bytes), block.hash)
      } else {
        try connection.statement(
          "UPDATE run_heads SET head = ?, positions = ?, hash = ? WHERE run = ? AND head = ?"
        ).run(new, SQLBlob(bytes), block.hash, run, old)
      }
    }
    guard connection.changes == 1 else {
      throw StorageError(
        .corrupt,
        "the log of run #\(run) is not at seq \(old); does another program write to the store, "
          + "without its .gate file? run digest-ctl doctor"
      )
    }
  }
}
