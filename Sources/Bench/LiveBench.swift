internal import Events
internal import RunDigest
internal import Support

/// Reads while much is being written, and what it takes to open a store.
struct LiveBench {
  let bench: Bench

  func run() async throws {
    try await reads()
    try await opening()
  }

  /// Reads of runs that sixteen agents are appending to, with folding on.
  private func reads() async throws {
    try await bench.withStorePath("live") { path in
      let store = try await RunStore.open(at: path)
      for agent in 0..<16 { try await Workload.fill(store, "agent-\(agent)", events: 100) }
      try await store.flush()
      let rounds = bench.count(4000)
      let start = MonotonicTime.now()
      async let appends = concurrently(16) { agent in
        let run = try store.run("agent-\(agent)")
        for turn in 0..<rounds / 10 { try await run.append(Workload.turn(1000 + turn)) }
        return Samples()
      }
      let reads = Task.detached { try await Self.readAll(store, rounds: rounds) }
      _ = try await appends
      let seconds = Double(MonotonicTime.now() - start) / 1e9
      let samples = try await reads.value
      var figure = Measurement(
        "insight while 16 agents append",
        samples.microseconds(at: 0.99),
        "us"
      )
      figure.details = [
        ("p50_us", samples.microseconds(at: 0.5)),
        ("events_per_s", Double(16 * (rounds / 10) * Workload.eventsPerTurn) / seconds),
      ]
      bench.report(figure)
      await store.close()
    }
  }

  private static func readAll(_ store: RunStore, rounds: Int) async throws -> Samples {
    let runs = try (0..<16).map { try store.run("agent-\($0)") }
    var samples = Samples(reserving: rounds)
    for round in 0..<rounds {
      try samples.time { _ = try runs[round % 16].insight()[.toolCalls] }
      // As a page does that shows them: not all the time, or the processor would be the reader's.
      if round % 16 == 15 { try await Task.sleep(for: .microseconds(200)) }
    }
    return samples
  }

  private func opening() async throws {
    try await bench.withStorePath("open") { path in
      let store = try await RunStore.open(at: path)
      for run in 0..<100 { try await Workload.fill(store, "run-\(run)", events: 100) }
      try await store.flush()
      await store.close()
      var ours = Samples()
      var theirs = Samples()
      for _ in 0..<30 {
        let start = MonotonicTime.now()
        let store = try await RunStore.open(at: path)
        _ = try store.insight("run-7")
        ours.add(MonotonicTime.now() - start)
        await store.close()
        theirs.time {
          (try? PlainSQLite(reading: path, sql: "SELECT body FROM digests WHERE id = ?1"))?
            .touchRow(key: 257)
        }
      }
      var figure = Measurement("open, and the first read", ours.microseconds(at: 0.5), "us")
      figure.plain = theirs.microseconds(at: 0.5)
      bench.report(figure)
    }
  }
}
