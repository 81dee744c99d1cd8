extension Postings {
  /// Makes the index of a log that has none, from its first event to its last.
  ///
  /// Keeps an open block of each run in memory, some 150 bytes.
  package func make() throws {
    var lists: [Int64: (head: Int64, block: PostingBlock)] = [:]
    // A run whose events were all removed by retention has its head still.
    try connection.prepare("SELECT id, pruned_through FROM runs WHERE pruned_through > 0")
      .forEachRow { lists[$0.int64(at: 0)] = ($0.int64(at: 1), PostingBlock()) }
    try connection.prepare("SELECT pos, run, seq FROM events ORDER BY pos").forEachRow { row in
      let (pos, run, seq) = (row.int64(at: 0), row.int64(at: 1), row.int64(at: 2))
      var list = lists.removeValue(forKey: run) ?? (0, PostingBlock())
      guard seq == list.head + 1 else {
        throw StorageError(
          .corrupt,
          "the log of run #\(run) goes on with seq \(seq) where \(list.head + 1) is due; restore a "
            + "backup, or export its events with the older version and import them into a new store"
        )
      }
      try append(pos, to: &list.block, of: run, head: list.head)
      list.head = seq
      lists[run] = list
    }
    for (run, list) in lists.sorted(by: { $0.key < $1.key }) {
      try moveHead(of: run, from: 0, to: list.head, list.block)
    }
  }
}
