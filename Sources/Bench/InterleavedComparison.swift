internal import Engine
internal import RunDigest
internal import Support

/// Writes the same rows with the store and with plain SQLite, part by part.
///
/// A shared machine and its disk change their pace within seconds, by more than the difference
/// between the two. So each writes a tenth of its rows in turn, and a change affects all alike.
///
/// The clock of a part covers its writes, the WAL checkpoint that moves them into the file and, if the
/// store folds in the background, the wait until the fold has reached the end of the log: nothing that
/// the store does between two turns is left out.
struct InterleavedComparison {
  private static let parts = 10

  let bench: Bench
  let durability: Durability
  /// How many transactions plain SQLite makes in all, of `rows` rows of each of `runs` runs.
  let transactions: Int
  let runs: Int
  let rows: Int

  /// Rows per second of each.
  struct Result {
    var samples = Samples()
    var store = 0.0
    /// The store without the wait for the fold, which plain SQLite has nothing like.
    var unwaited = 0.0
    /// SQLite with the event log's columns and an index by (run, seq).
    var plain = 0.0
    /// SQLite without that index: a table from which no run can be read without a scan.
    var bare = 0.0
  }

  private struct Clock {
    var nanoseconds: UInt64 = 0

    mutating func time<R>(_ body: () async throws -> R) async rethrows -> R {
      let start = MonotonicTime.now()
      defer { nanoseconds += MonotonicTime.now() - start }
      return try await body()
    }
  }

  /// `write` appends a part of the rows to the store: those of so many transactions.
  func run(
    _ options: StoreOptions = StoreOptions(),
    write: (RunStore, _ transactions: Int) async throws -> Samples
  ) async throws -> Result {
    try await bench.withStorePath("plain") { plain in
      try await bench.withStorePath("bare") { bare in
        try await bench.withStorePath("store") { store in
          try await run(
            plain: PlainSQLite(path: plain, isDurable: durability == .durable, hasIndex: true),
            bare: PlainSQLite(path: bare, isDurable: durability == .durable, hasIndex: false),
            store: RunStore.open(at: store, options: options),
            write
          )
        }
      }
    }
  }

  private func run(
    plain: PlainSQLite,
    bare: PlainSQLite,
    store: RunStore,
    _ write: (RunStore, _ transactions: Int) async throws -> Samples
  ) async throws -> Result {
    var result = Result()
    var (ofPlain, ofBare, ofStore, ofWait) = (Clock(), Clock(), Clock(), Clock())
    let each = max(1, transactions / Self.parts)
    for part in 0..<Self.parts {
      try await ofPlain.time { try self.write(each, part, to: plain) }
      try await ofBare.time { try self.write(each, part, to: bare) }
      let samples = try await ofStore.time {
        let samples = try await write(store, each)
        await store.queue.checkpoint()
        return samples
      }
      result.samples.add(samples)
      guard store.options.foldsInBackground else { continue }
      try await ofWait.time { try await store.flush() }
    }
    await store.close()
    let written = Double(Self.parts * each * runs * rows)
    result.plain = written / (Double(ofPlain.nanoseconds) / 1e9)
    result.bare = written / (Double(ofBare.nanoseconds) / 1e9)
    result.store = written / (Double(ofStore.nanoseconds + ofWait.nanoseconds) / 1e9)
    result.unwaited = written / (Double(ofStore.nanoseconds) / 1e9)
    return result
  }

  private func write(_ count: Int, _ part: Int, to plain: PlainSQLite) throws {
    for number in 0..<count {
      try plain.write(
        runs: runs,
        from: Int64((part * count + number) * rows) + 1,
        rows: rows,
        kind: Workload.kind,
        payload: Workload.payload
      )
    }
    try plain.checkpoint()
  }
}
