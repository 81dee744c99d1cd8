internal import Digests
internal import Engine
internal import Events
internal import RunDigest
internal import Support

/// What a window of time costs, with a year of 15-minute buckets in the store.
///
/// The cost depends on the buckets and the names in the window, not on the events, so a few turns per
/// bucket measure what millions would.
struct StatsBench {
  let bench: Bench

  private static let start: Int64 = 1_767_225_600_000_000
  private static let bucketMicros: Int64 = 900_000_000

  func run() async throws {
    let buckets = bench.count(35_040)
    try await bench.withStorePath("stats") { path in
      let store = try await RunStore.open(at: path)
      let end = try await fill(store, buckets: buckets)
      try await store.flush()
      let windows: [(String, Int64)] = [("24 h", 96), ("30 days", 2880), ("a year", 35_040)]
      for (name, length) in windows {
        // Not at midnight UTC, as in most time zones.
        let last = Timestamp(microseconds: end - 23 * Self.bucketMicros)
        let first = Timestamp(microseconds: last.microseconds - length * Self.bucketMicros)
        var worst = Measurement("stats over \(name), the slowest dimension, p50", 0, "us")
        for dimension in StatsDimension.allCases {
          var samples = Samples()
          for _ in 0..<50 {
            let start = MonotonicTime.now()
            _ = try store.stats(StatsWindow(from: first, to: last), by: dimension)
            samples.add(MonotonicTime.now() - start)
          }
          let median = samples.microseconds(at: 0.5)
          worst.details.append(("\(dimension)_us", median))
          worst.value = max(worst.value, median)
        }
        bench.report(worst)
      }
      await store.close()
    }
  }

  private func fill(_ store: RunStore, buckets: Int) async throws -> Int64 {
    for run in 0..<20 {
      let key = try RunID("run-\(run)")
      var batch: [Event] = [
        .runStarted(agent: "agent-\(run % 3)", project: "/p/\(run % 10)", host: "h\(run % 4)")
          .with(ts: Timestamp(microseconds: Self.start))
      ]
      for bucket in stride(from: run, to: buckets, by: 20) {
        batch += Workload.turn(0, at: Self.start + Int64(bucket) * Self.bucketMicros)
        if batch.count > 500 {
          try await store.append(batch, to: key)
          batch = []
        }
      }
      try await store.append(batch, to: key)
    }
    return Self.start + Int64(buckets) * Self.bucketMicros
  }
}
