internal import RunDigest
internal import Storage

/// Writes the same rows with the store and with plain SQLite, in turns.
///
/// A shared machine and its disk change their pace within seconds, by more than there is between the
/// two: so each does a part of its work, ten times, and a change meets both alike.
struct TurnAbout {
  private static let turns = 10

  let bench: Bench
  let durability: Durability
  /// How many transactions plain SQLite makes in all, of `rows` rows of each of `runs` runs.
  let transactions: Int
  let runs: Int
  let rows: Int

  /// What both came to.
  struct Result {
    var samples = Samples()
    /// Rows per second.
    var store: Double
    var plain: Double
  }

  /// `write` appends a part of the rows to the store: those of so many transactions.
  func run(
    _ options: StoreOptions = StoreOptions(),
    write: (RunStore, _ transactions: Int) async throws -> Samples
  ) async throws -> Result {
    try await bench.withStorePath("plain") { plain in
      try await bench.withStorePath("store") { store in
        try await run(
          PlainSQLite(path: plain, isDurable: durability == .durable),
          RunStore.open(at: store, options: options),
          foldsInBackground: options.foldsInBackground,
          write
        )
      }
    }
  }

  private func run(
    _ plain: PlainSQLite,
    _ store: RunStore,
    foldsInBackground: Bool,
    _ write: (RunStore, _ transactions: Int) async throws -> Samples
  ) async throws -> Result {
    var result = Result(store: 0, plain: 0)
    let each = max(1, transactions / Self.turns)
    var nanoseconds: (store: UInt64, plain: UInt64) = (0, 0)
    for turn in 0..<Self.turns {
      var start = MonotonicTime.now()
      for number in 0..<each {
        try plain.write(
          runs: runs,
          from: Int64((turn * each + number) * rows) + 1,
          rows: rows,
          kind: "tool_result",
          payload: Workload.payload
        )
      }
      nanoseconds.plain += MonotonicTime.now() - start
      start = MonotonicTime.now()
      result.samples.add(try await write(store, each))
      nanoseconds.store += MonotonicTime.now() - start
      // What the store still does, folding and moving its log, is not to be in the other's way.
      if foldsInBackground { try await store.flush() }
      try await Task.sleep(for: .milliseconds(50))
    }
    await store.close()
    let written = Double(Self.turns * each * runs * rows)
    result.store = written / (Double(nanoseconds.store) / 1e9)
    result.plain = written / (Double(nanoseconds.plain) / 1e9)
    return result
  }
}
