internal import Events
internal import RunDigest
internal import Support

/// Many agents at once, each appending turn by turn, with folding on.
struct AgentsBench {
  let bench: Bench

  func run() async throws {
    try await agents(200)
    try await agents(1000)
  }

  private func agents(_ count: Int) async throws {
    let turns = bench.count(200_000 / count / Workload.eventsPerTurn * 2)
    try await bench.withStorePath("agents") { path in
      let store = try await RunStore.open(at: path)
      let start = MonotonicTime.now()
      let samples = try await concurrently(count) { agent in
        let run = try RunID("agent-\(agent)")
        var samples = Samples()
        for turn in 0..<turns {
          for event in Workload.turn(turn) {
            let start = MonotonicTime.now()
            try await store.append([event], to: run)
            samples.add(MonotonicTime.now() - start)
          }
        }
        return samples
      }
      let appended = MonotonicTime.now()
      try await store.flush()
      let lag = Double(MonotonicTime.now() - appended) / 1e6
      let total = count * turns * Workload.eventsPerTurn
      var figure = Measurement(
        "\(count) agents at once, folding on",
        Double(total) / (Double(appended - start) / 1e9),
        "events/s"
      )
      figure.details = [
        ("p50_us", samples.microseconds(at: 0.5)), ("p99_us", samples.microseconds(at: 0.99)),
        ("lag_ms", lag),
      ]
      bench.report(figure)
      await store.close()
    }
  }
}
