internal import Engine
internal import Storage

/// The index made from the events that it leads to.
///
/// Keeps the head of each run in memory, some 40 bytes, and an open block of each run that is made again,
/// some 150 bytes.
extension RunIndex {
  /// What the events alone say of the runs.
  package struct Runs {
    /// The last seq of each run.
    package fileprivate(set) var heads: [Int64: Int64] = [:]
    /// Runs of which an event is missing, or two have one seq; and the seq that is due.
    package fileprivate(set) var torn: [Int64: Int64] = [:]
  }

  /// Makes the index of each run again from its events if it leads astray, and returns the runs that it
  /// cannot be made of; to be done in one transaction.
  ///
  /// An index that leads to all events of its run stays as it is, with its checksums: computed again they
  /// would hide damage.
  package func remake() throws -> [Int64: Int64] {
    let runs = try runs()
    var wrong: Set<Int64> = []
    for (run, head) in runs.heads where runs.torn[run] == nil {
      if try !leads(to: run, head: head) { wrong.insert(run) }
    }
    for run in wrong {
      try connection.statement("DELETE FROM run_positions WHERE run = ?").run(run)
      try connection.statement("DELETE FROM run_heads WHERE run = ?").run(run)
    }
    try make(wrong, runs)
    return runs.torn
  }

  /// Whether the events are such that an index can be made of them: none is missing.
  package func canBeMade() throws -> Bool { try runs().torn.isEmpty }

  private func make(_ wrong: Set<Int64>, _ runs: Runs) throws {
    guard !wrong.isEmpty else { return }
    var open: [Int64: (head: Int64, block: PositionBlock, seed: EventHash)] = [:]
    for run in wrong {
      let (name, pruned) = try origin(of: run)
      open[run] = (pruned, PositionBlock(), EventHash(ofRun: name))
    }
    try forEachEvent(
      "SELECT e.*, s.name FROM events e LEFT JOIN sessions s ON s.id = e.session ORDER BY e.pos"
    ) { pos, run, row in
      guard var entry = open[run] else { return }
      let event = try EventRow(&row)
      try append(
        pos,
        hash: EventHash(event, seed: entry.seed),
        to: &entry.block,
        of: run,
        head: entry.head
      )
      entry.head = event.seq
      open[run] = entry
    }
    for run in wrong.sorted() {
      guard let entry = open[run], entry.block.count > 0 || entry.head > 0 else { continue }
      try moveHead(of: run, from: 0, to: entry.head, entry.block)
    }
  }

  /// The name of a run, and the seq through which retention has removed its events.
  private func origin(of run: Int64) throws -> (name: String, pruned: Int64) {
    try connection.statement("SELECT name, pruned_through FROM runs WHERE id = ?").bind(run)
      .first { ($0.next(), max(0, $0.next())) } ?? ("#\(run)", 0)
  }

  /// Whether the index leads to each event of a run up to its head.
  private func leads(to run: Int64, head: Int64) throws -> Bool {
    guard try self.head(of: run) == head else { return false }
    let pruned = try origin(of: run).pruned
    var rows = RunCursor(
      of: run,
      after: pruned,
      limit: .max,
      "SELECT seq FROM events WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos",
      connection
    )
    defer { rows.end() }
    var last = pruned
    do {
      // A block that retention has left a part of has the checksum of all its events.
      guard try positions(of: run, after: 0, limit: 1).first == pruned + 1 else { return false }
      while let row = try rows.next() {
        guard row.int64(at: 0) == last &+ 1 else { return false }
        last += 1
      }
    } catch let error as StorageError where error.code == .corrupt {
      return false
    }
    return last == head
  }

  /// Reads the event log from its first event to its last, without payloads.
  private func runs() throws -> Runs {
    var runs = Runs()
    // A run whose events were all removed by retention has its head still.
    try connection.prepare("SELECT id, pruned_through FROM runs WHERE pruned_through > 0")
      .forEachRow { runs.heads[$0.int64(at: 0)] = $0.int64(at: 1) }
    try forEachEvent("SELECT pos, run, seq FROM events ORDER BY pos") { _, run, row in
      row.skip()
      row.skip()
      let seq: Int64 = row.next()
      let due = runs.heads[run, default: 0] &+ 1
      if seq == due {
        runs.heads[run] = seq
      } else if runs.torn[run] == nil {
        runs.torn[run] = due
      }
    }
    return runs
  }

  /// Gives each event to `body`: its position and its run, which are the first columns, and the row.
  private func forEachEvent(
    _ sql: StaticString,
    _ body: (_ pos: Int64, _ run: Int64, _ row: inout RowReader) throws -> Void
  ) throws {
    var positions = Ascending("events")
    let select = try connection.statement(sql)
    try select.forEach { row in
      let (pos, run) = (select.int64(at: 0), select.int64(at: 1))
      try positions.check(pos)
      try body(pos, run, &row)
    }
  }
}
