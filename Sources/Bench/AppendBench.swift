internal import Engine
internal import Events
internal import RunDigest
internal import Support

/// What appending costs: one caller, many callers, batches.
struct AppendBench {
  let bench: Bench

  func run() async throws {
    for durability in [Durability.committed, .durable] {
      try await oneCaller(durability)
      try await manyCallers(durability)
    }
    try await besideDurable()
    try await batches()
  }

  private func oneCaller(_ durability: Durability) async throws {
    let result = try await InterleavedComparison(
      bench: bench,
      durability: durability,
      transactions: bench.count(durability == .committed ? 60_000 : 3000),
      runs: 1,
      rows: 1
    ).run { store, count in
      try await Self.append(count, to: RunID("agent-1"), store, durability)
    }
    bench.report(Self.figure("append, one awaiting caller, \(durability)", result))
  }

  private func manyCallers(_ durability: Durability) async throws {
    let result = try await InterleavedComparison(
      bench: bench,
      durability: durability,
      transactions: bench.count(durability == .committed ? 3000 : 1000),
      runs: 64,
      rows: 1
    ).run { store, count in
      try await concurrently(64) { caller in
        try await Self.append(count, to: try RunID("agent-\(caller)"), store, durability)
      }
    }
    bench.report(Self.figure("append, 64 callers, folding on, \(durability)", result))
  }

  private static func figure(_ name: String, _ result: InterleavedComparison.Result) -> Measurement
  {
    var figure = Measurement(name, result.store, "events/s")
    figure.plain = result.plain
    figure.details = [
      ("p50_us", result.samples.microseconds(at: 0.5)),
      ("p99_us", result.samples.microseconds(at: 0.99)),
      ("bare_table", result.bare), ("of_bare_table", result.store / result.bare),
      ("without_the_wait_for_the_fold", result.unwaited / result.plain),
    ]
    return figure
  }

  /// Appends batches one by one, and measures each.
  private static func append(
    _ count: Int,
    batch: [Event] = [Workload.event()],
    to run: RunID,
    _ store: RunStore,
    _ durability: Durability
  ) async throws -> Samples {
    var samples = Samples(reserving: count)
    for _ in 0..<count {
      let start = MonotonicTime.now()
      try await store.append(batch, to: run, durability: durability)
      samples.add(MonotonicTime.now() - start)
    }
    return samples
  }

  /// What a disk costs those who do not wait for it: four callers beside four who want durability.
  private func besideDurable() async throws {
    let count = bench.count(4000)
    let samples = try await bench.withStorePath("beside") { path in
      let store = try await RunStore.open(at: path)
      let event = Workload.event()
      let durables = (0..<4).map { caller in
        Task {
          let run = try RunID("durable-\(caller)")
          while !Task.isCancelled {
            try await store.append([event], to: run, durability: .durable)
          }
        }
      }
      let samples = try await concurrently(4) { caller in
        try await Self.append(count, to: try RunID("agent-\(caller)"), store, .committed)
      }
      for task in durables { task.cancel() }
      for task in durables { _ = await task.result }
      await store.close()
      return samples
    }
    var figure = Measurement(
      "append, committed, beside 4 durable callers, p50",
      samples.microseconds(at: 0.5),
      "us"
    )
    figure.details = [
      ("p90_us", samples.microseconds(at: 0.9)), ("p99_us", samples.microseconds(at: 0.99)),
    ]
    bench.report(figure)
  }

  private func batches() async throws {
    var options = StoreOptions()
    options.foldsInBackground = false
    let batch = [Event](repeating: Workload.event(), count: 100)
    let result = try await InterleavedComparison(
      bench: bench,
      durability: .committed,
      transactions: bench.count(2500),
      runs: 1,
      rows: 100
    ).run(options) { store, count in
      try await Self.append(count, batch: batch, to: RunID("agent-1"), store, .committed)
    }
    bench.report(Self.figure("append, batches of 100, committed", result))
  }
}

/// Runs `count` tasks at once and puts their samples together.
func concurrently(
  _ count: Int,
  _ body: @escaping @Sendable (Int) async throws -> Samples
) async throws -> Samples {
  try await withThrowingTaskGroup(of: Samples.self) { group in
    for index in 0..<count { group.addTask { try await body(index) } }
    return try await group.reduce(into: Samples()) { $0.add($1) }
  }
}
