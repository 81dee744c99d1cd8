internal import Events
internal import RunDigest
internal import Storage

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
    let count = bench.count(durability == .committed ? 60_000 : 3000)
    let plain = try await plainRate(transactions: count, runs: 1, rows: 1, durability)
    let samples = try await bench.withStorePath("one") { path in
      let store = try await RunStore.open(at: path)
      let run = try RunKey("agent-1")
      let event = Workload.event()
      var samples = Samples(reserving: count)
      for _ in 0..<count {
        let start = MonotonicTime.now()
        try await store.append([event], to: run, durability: durability)
        samples.add(MonotonicTime.now() - start)
      }
      await store.close()
      return samples
    }
    let seconds = samples.nanoseconds.reduce(0) { $0 + Double($1) } / 1e9
    var figure = Measurement(
      "append, one awaiting caller, \(durability)",
      Double(count) / seconds,
      "events/s"
    )
    figure.plain = plain
    figure.details = [
      ("p50_us", samples.microseconds(at: 0.5)), ("p99_us", samples.microseconds(at: 0.99)),
    ]
    bench.report(
      figure.target("≥ 60 % of plain one-row commits") { ($0.ratio ?? 0) >= 0.6 }
    )
  }

  private func manyCallers(_ durability: Durability) async throws {
    let each = bench.count(durability == .committed ? 3000 : 1000)
    let total = 64 * each
    let plain = try await plainRate(transactions: each, runs: 64, rows: 1, durability)
    let (samples, seconds) = try await bench.withStorePath("many") { path in
      let store = try await RunStore.open(at: path)
      let start = MonotonicTime.now()
      let samples = try await concurrently(64) { caller in
        let run = try RunKey("agent-\(caller)")
        let event = Workload.event()
        var samples = Samples(reserving: each)
        for _ in 0..<each {
          let start = MonotonicTime.now()
          try await store.append([event], to: run, durability: durability)
          samples.add(MonotonicTime.now() - start)
        }
        return samples
      }
      let seconds = Double(MonotonicTime.now() - start) / 1e9
      await store.close()
      return (samples, seconds)
    }
    var figure = Measurement(
      "append, 64 callers, folding on, \(durability)",
      Double(total) / seconds,
      "events/s"
    )
    figure.plain = plain
    figure.details = [
      ("p50_us", samples.microseconds(at: 0.5)), ("p99_us", samples.microseconds(at: 0.99)),
    ]
    bench.report(
      figure.target("≥ 60 % of plain groups of 64") { ($0.ratio ?? 0) >= 0.6 }
    )
  }

  /// What a disk costs those who do not wait for it: four callers beside four who want durability.
  private func besideDurable() async throws {
    let count = bench.count(4000)
    let samples = try await bench.withStorePath("beside") { path in
      let store = try await RunStore.open(at: path)
      let event = Workload.event()
      let durables = (0..<4).map { caller in
        Task {
          let run = try RunKey("durable-\(caller)")
          while !Task.isCancelled {
            try await store.append([event], to: run, durability: .durable)
          }
        }
      }
      let samples = try await concurrently(4) { caller in
        let run = try RunKey("agent-\(caller)")
        var samples = Samples(reserving: count)
        for _ in 0..<count {
          let start = MonotonicTime.now()
          try await store.append([event], to: run)
          samples.add(MonotonicTime.now() - start)
        }
        return samples
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
    let rounds = bench.count(2500)
    let plain = try await plainRate(transactions: rounds, runs: 1, rows: 100, .committed)
    let seconds = try await bench.withStorePath("batches") { path in
      var options = StoreOptions()
      options.foldsInBackground = false
      let store = try await RunStore.open(at: path, options: options)
      let run = try RunKey("agent-1")
      let batch = [Event](repeating: Workload.event(), count: 100)
      let start = MonotonicTime.now()
      for _ in 0..<rounds { try await store.append(batch, to: run) }
      let seconds = Double(MonotonicTime.now() - start) / 1e9
      await store.close()
      return seconds
    }
    var figure = Measurement(
      "append, batches of 100, committed",
      Double(rounds * 100) / seconds,
      "events/s"
    )
    figure.plain = plain
    bench.report(
      figure.target("≥ 80 % of plain SQLite's rows/s") { ($0.ratio ?? 0) >= 0.8 }
    )
  }

  /// Rows per second of plain SQLite for transactions of the same rows of the same runs.
  private func plainRate(
    transactions: Int,
    runs: Int,
    rows: Int,
    _ durability: Durability
  ) async throws -> Double {
    try await bench.withStorePath("plain") { path in
      let plain = try PlainSQLite(path: path, isDurable: durability == .durable)
      let start = MonotonicTime.now()
      for number in 0..<transactions {
        try plain.write(
          runs: runs,
          from: Int64(number * rows) + 1,
          rows: rows,
          kind: "tool_result",
          payload: Workload.payload
        )
      }
      let seconds = Double(MonotonicTime.now() - start) / 1e9
      return Double(transactions * runs * rows) / seconds
    }
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
