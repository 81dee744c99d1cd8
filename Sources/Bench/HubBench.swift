internal import Events
internal import RunDigest
internal import Storage
internal import Support
internal import Synchronization

/// What a busy hub asks of the store: many agents at once, each appending at its own pace, with
/// folding on, for as long as ``Bench/hubSeconds`` says.
struct HubBench {
  let bench: Bench

  private static let agents = 400
  private static let eventsPerSecond = 10

  func run() async throws {
    try await bench.withStorePath("hub") { path in
      let store = try await RunStore.open(at: path)
      let waits = WaitCounts()
      // What the agents' own timers and tasks take, which is no work of the store.
      let alone = try await cores(for: max(5, bench.hubSeconds / 6)) { agent, start, end in
        try await pace(agent, from: start, to: end) { _ in }
      }
      let begun = MonotonicTime.now()
      async let started = memory(after: Double(bench.hubSeconds) / 4)
      let cores = try await cores(for: bench.hubSeconds) { agent, start, end in
        let run = try RunID("agent-\(agent)")
        try await pace(agent, from: start, to: end) { event in
          let called = MonotonicTime.now()
          try await store.append([event], to: run)
          waits.add(MonotonicTime.now() - called)
        }
      }
      let seconds = Double(MonotonicTime.now() - begun) / 1e9
      let memoryAtStart = try await started
      let memoryAtEnd = BenchFile.memoryMiB()
      let flushing = MonotonicTime.now()
      try await store.flush()
      let lag = Double(MonotonicTime.now() - flushing) / 1e6
      await store.close()
      var figure = Measurement(
        "\(Self.agents) agents at \(Self.eventsPerSecond) events/s each, folding on",
        Double(waits.count) / seconds,
        "events/s"
      )
      figure.details = [
        ("seconds", seconds),
        ("p50_us", waits.microseconds(at: 0.5)), ("p99_us", waits.microseconds(at: 0.99)),
        ("cores", cores), ("cores_of_agents_alone", alone), ("cores_of_store", cores - alone),
        ("memory_at_start_mib", memoryAtStart), ("memory_at_end_mib", memoryAtEnd),
        ("memory_growth_mib", memoryAtEnd - memoryAtStart), ("lag_ms", lag),
      ]
      bench.report(figure)
    }
  }

  /// The memory of this process after so many seconds, when caches and pools have been filled once.
  private func memory(after seconds: Double) async throws -> Double {
    try await Task.sleep(for: .seconds(seconds))
    return BenchFile.memoryMiB()
  }

  /// How many cores this process uses while all agents are at work for so many seconds.
  private func cores(
    for seconds: Int,
    _ work: @escaping @Sendable (_ agent: Int, _ start: UInt64, _ end: UInt64) async throws -> Void
  ) async throws -> Double {
    let start = MonotonicTime.now()
    let end = start + UInt64(seconds) * 1_000_000_000
    let processor = BenchFile.processorSeconds()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for agent in 0..<Self.agents {
        group.addTask { try await work(agent, start, end) }
      }
      try await group.waitForAll()
    }
    let took = Double(MonotonicTime.now() - start) / 1e9
    return (BenchFile.processorSeconds() - processor) / took
  }

  /// Gives one event after another to `body`, each when it is due.
  private func pace(
    _ agent: Int,
    from start: UInt64,
    to end: UInt64,
    _ body: (Event) async throws -> Void
  ) async throws {
    let period = 1_000_000_000 / UInt64(Self.eventsPerSecond)
    // Agents do not begin at one moment: their events are spread evenly over the period.
    var due = start + period * UInt64(agent) / UInt64(Self.agents)
    for turn in 0... {
      for event in Workload.turn(turn) {
        let now = MonotonicTime.now()
        if due > now { try await Task.sleep(for: .nanoseconds(Int64(due - now))) }
        guard MonotonicTime.now() < end else { return }
        try await body(event)
        due += period
      }
    }
  }
}

/// How often each duration was measured, in steps of 10 µs up to a second.
///
/// Its size does not depend on how long the benchmark runs, so it adds nothing to the memory that is
/// measured.
private final class WaitCounts: Sendable {
  private static let step: UInt64 = 10_000
  private let counts = Mutex([Int](repeating: 0, count: 100_001))

  var count: Int { counts.withLock { $0.reduce(0, +) } }

  func add(_ nanoseconds: UInt64) {
    counts.withLock { $0[Int(min(nanoseconds / Self.step, 100_000))] += 1 }
  }

  /// The part `part` of all durations is at most this many microseconds.
  func microseconds(at part: Double) -> Double {
    counts.withLock { counts in
      let rank = Int(Double(counts.reduce(0, +)) * part)
      var seen = 0
      for (index, count) in counts.enumerated() {
        seen += count
        if seen > rank { return Double((index + 1) * Int(Self.step) / 1000) }
      }
      return 0
    }
  }
}
