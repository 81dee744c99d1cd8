internal import Storage

/// The index made from the events that it leads to.
///
/// Keeps an open block of each run in memory, some 150 bytes.
extension RunIndex {
  /// Makes the index again from the events; to be done in one transaction.
  ///
  /// - Throws: ``StorageError`` `corrupt` where events are missing, or two have one seq.
  package func remake() throws {
    try connection.statement("DELETE FROM run_positions").run()
    try connection.statement("DELETE FROM run_heads").run()
    var blocks: [Int64: PositionBlock] = [:]
    let heads = try forEachEvent { pos, run, head in
      try append(pos, to: &blocks[run, default: PositionBlock()], of: run, head: head)
    }
    for (run, head) in heads.sorted(by: { $0.key < $1.key }) {
      try moveHead(of: run, from: 0, to: head, blocks[run] ?? PositionBlock())
    }
  }

  /// Whether the events are such that an index can be made of them: none is missing.
  package func canBeMade() throws -> Bool {
    do {
      _ = try forEachEvent { _, _, _ in }
      return true
    } catch let error as StorageError where error.code == .corrupt {
      return false
    }
  }

  /// Reads the event log from its first event to its last, and returns the last seq of each run.
  ///
  /// `body` is given the seq before each event's as the head.
  private func forEachEvent(
    _ body: (_ pos: Int64, _ run: Int64, _ head: Int64) throws -> Void
  ) throws -> [Int64: Int64] {
    var heads: [Int64: Int64] = [:]
    // A run whose events were all removed by retention has its head still.
    try connection.prepare("SELECT id, pruned_through FROM runs WHERE pruned_through > 0")
      .forEachRow { heads[$0.int64(at: 0)] = $0.int64(at: 1) }
    try connection.prepare("SELECT pos, run, seq FROM events ORDER BY pos").forEachRow { row in
      let (pos, run, seq) = (row.int64(at: 0), row.int64(at: 1), row.int64(at: 2))
      let head = heads[run, default: 0]
      guard seq == head + 1 else {
        throw StorageError(
          .corrupt,
          "the log of run #\(run) goes on with seq \(seq) where \(head + 1) is due; restore a backup, "
            + "or export the events and import them into a new store"
        )
      }
      try body(pos, run, head)
      heads[run] = seq
    }
    return heads
  }
}
