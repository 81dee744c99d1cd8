internal import Events
internal import RunDigest
internal import Storage

/// What folding, reading and sealing cost, and that it is the same for short and long runs.
struct FoldBench {
  let bench: Bench

  func run() async throws {
    try await longRun()
    try await manyRuns()
  }

  /// One run that grows; reads and seals at each length.
  private func longRun() async throws {
    let lengths = [100, 1000, 10_000, 100_000, bench.count(1_000_000)]
    try await bench.withStorePath("long") { path in
      var options = StoreOptions()
      options.foldsInBackground = false
      let filling = try await RunStore.open(at: path, options: options)
      for length in lengths { try await fill(filling, "run-\(length)", events: length) }
      await filling.close()

      let store = try await RunStore.open(at: path)
      let start = MonotonicTime.now()
      try await store.flush()
      let seconds = Double(MonotonicTime.now() - start) / 1e9
      bench.report(
        Measurement(
          "fold by the worker, runs of up to a million events",
          Double(lengths.reduce(0, +)) / seconds,
          "events/s"
        ).target("≥ 300 000 events/s") { $0.value >= 300_000 }
      )
      let short = try read(store, path, "run-100")
      let long = try read(store, path, "run-\(lengths[lengths.count - 1])")
      bench.report(
        Measurement("insight, 1 000 000 events over 100 events", long / short, "ratio")
          .target("≤ 1.2") { $0.value <= 1.2 }
      )
      for length in lengths { try await seal(store, "run-\(length)") }
      await store.close()
      let bytes = Double(BenchFile.size(path)) / Double(lengths.reduce(0, +))
      let payload = Double(Workload.turn(0).reduce(0) { $0 + $1.payload.bytes.count }) / 10
      bench.report(
        Measurement("store size over payload bytes", bytes / payload, "ratio")
          .target("≤ 1.3") { $0.value <= 1.3 }
      )
    }
  }

  private func fill(_ store: RunStore, _ name: String, events: Int) async throws {
    let run = try RunKey(name)
    var number = 0
    while number < events / Workload.eventsPerTurn {
      let count = min(100, events / Workload.eventsPerTurn - number)
      try await store.append(Workload.turns(count, from: number), to: run)
      number += count
    }
  }

  /// Microseconds of the median read of an insight.
  private func read(_ store: RunStore, _ path: String, _ run: String) throws -> Double {
    let rounds = bench.count(20_000)
    let digestID = try store.digestID(of: run)
    let plain = try PlainSQLite(reading: path, sql: "SELECT body FROM digests WHERE id = ?1")
    var ours = Samples(reserving: rounds)
    var theirs = Samples(reserving: rounds)
    for _ in 0..<rounds {
      let start = MonotonicTime.now()
      _ = try store.insight(run)
      let middle = MonotonicTime.now()
      _ = plain.readRow(key: digestID)
      ours.add(middle - start)
      theirs.add(MonotonicTime.now() - middle)
    }
    var figure = Measurement(
      "insight of \(run), every map decoded",
      ours.microseconds(at: 0.5),
      "us"
    )
    figure.plain = theirs.microseconds(at: 0.5)
    figure.details = [("p99_us", ours.microseconds(at: 0.99))]
    bench.report(figure.target("p50 ≤ 10 us") { $0.value <= 10 })
    return figure.value
  }

  private func seal(_ store: RunStore, _ run: String) async throws {
    let start = MonotonicTime.now()
    try await store.end(RunKey(run), RunEnd(.stop), durability: .committed)
    bench.report(
      Measurement("seal of \(run), current", Double(MonotonicTime.now() - start) / 1000, "us")
        .target("≤ 1000 us at any length") { $0.value <= 1000 }
    )
  }

  private func manyRuns() async throws {
    let runs = bench.count(1000)
    try await bench.withStorePath("rebuild") { path in
      let store = try await RunStore.open(at: path)
      for run in 0..<runs { try await fill(store, "run-\(run)", events: 1000) }
      try await store.flush()
      let start = MonotonicTime.now()
      try await store.rebuild()
      let seconds = Double(MonotonicTime.now() - start) / 1e9
      var figure = Measurement(
        "rebuild of \(runs) runs of 1000 events",
        seconds,
        "s"
      )
      figure.details = [("events_per_s", Double(runs * 1000) / seconds)]
      bench.report(figure.target("≤ 3 s for a million") { $0.value <= 3 * bench.scale })
      await store.close()
    }
  }
}
