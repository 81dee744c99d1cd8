internal import Engine
internal import Events
internal import RunDigest
internal import Support

/// Seals a run whose digest is current, again and again, resuming it in between.
func seals(of run: Run, in store: RunStore) async throws -> Samples {
  var samples = Samples()
  for _ in 0..<15 {
    let start = MonotonicTime.now()
    try await run.end(.stop, durability: .committed)
    samples.add(MonotonicTime.now() - start)
    try await run.resume()
    try await store.flush(run.id)
  }
  return samples
}

/// What folding, reading and sealing cost, and that it is the same for short and long runs.
struct FoldBench {
  let bench: Bench

  func run() async throws {
    try await longRun()
    try await shortTails()
    try await manyRuns()
  }

  /// Runs of all lengths; reads and seals at each length.
  private func longRun() async throws {
    let longest = max(1000, bench.count(1_000_000))
    let lengths = [100, 1000, 10_000, 100_000].filter { $0 < longest } + [longest]
    try await bench.withStorePath("long") { path in
      var options = StoreOptions()
      options.foldsInBackground = false
      let filling = try await RunStore.open(at: path, options: options)
      for length in lengths { try await Workload.fill(filling, "run-\(length)", events: length) }
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
        )
      )
      try ReadBench(bench: bench, store: store, path: path).run(lengths: lengths)
      for length in lengths { try await seal(store, "run-\(length)") }
      await store.close()
      let bytes = Double(BenchFile.size(path)) / Double(lengths.reduce(0, +))
      let payload = Double(Workload.turn(0).reduce(0) { $0 + $1.payload.bytes.count }) / 10
      bench.report(
        Measurement("store size over payload bytes", bytes / payload, "ratio")
      )
    }
  }

  private func seal(_ store: RunStore, _ run: String) async throws {
    let samples = try await seals(of: store.run(run), in: store)
    var figure = Measurement("seal of \(run), current, p50", samples.microseconds(at: 0.5), "us")
    figure.details = [("p90_us", samples.microseconds(at: 0.9))]
    bench.report(figure)
  }

  /// Many runs that each go on by a turn: what a run costs, whatever it has to be folded.
  private func shortTails() async throws {
    let runs = bench.count(1000)
    try await bench.withStorePath("tails") { path in
      var options = StoreOptions()
      options.foldsInBackground = false
      let filling = try await RunStore.open(at: path, options: options)
      for run in 0..<runs { try await Workload.fill(filling, "run-\(run)", events: 100) }
      try await filling.flush()
      let turn = Workload.turn(10)
      for run in 0..<runs { try await filling.append(turn, to: try RunID("run-\(run)")) }
      await filling.close()

      let store = try await RunStore.open(at: path)
      let start = MonotonicTime.now()
      try await store.flush()
      let microseconds = Double(MonotonicTime.now() - start) / 1e3
      bench.report(
        Measurement("fold of a turn of each of \(runs) runs", microseconds / Double(runs), "us/run")
      )
      await store.close()
    }
  }

  private func manyRuns() async throws {
    let runs = bench.count(1000)
    try await bench.withStorePath("rebuild") { path in
      let store = try await RunStore.open(at: path)
      for run in 0..<runs { try await Workload.fill(store, "run-\(run)", events: 1000) }
      try await store.flush()
      BenchFile.resetPeakMemory()
      let start = MonotonicTime.now()
      try await store.rebuild()
      let seconds = Double(MonotonicTime.now() - start) / 1e9
      var figure = Measurement(
        "rebuild of \(runs) runs of 1000 events",
        seconds,
        "s"
      )
      let peak = BenchFile.peakMemoryMiB()
      figure.details = [("events_per_s", Double(runs * 1000) / seconds), ("peak_mib", peak)]
      bench.report(figure)
      await store.close()
    }
  }
}
