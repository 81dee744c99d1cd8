import Events
import Glibc
import Storage
import Support
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import RunDigest

/// A hub's day in short: many agents, readers and followers on one store, for as long as one likes.
///
/// `RUNDIGEST_SOAK=600 swift test -c release -Xswiftc -enable-testing --filter SoakTests` goes on for
/// ten minutes; only then is the memory held to account, for only then has the process nothing else
/// to do.
@Suite("A hub for a long time", .timeLimit(.minutes(60)))
struct SoakTests {
  /// One after another, each agent is run after run: some dozens of events, and an end.
  private struct Agents {
    static let count = 400
    static let eventsPerRun = 60
    let store: RunStore
    let deadline: UInt64

    /// Answers how many events and how many runs.
    func live(_ agent: Int) async throws -> (events: Int, runs: Int) {
      var random = SeededNumbers(scattering: UInt64(agent))
      var events = 0
      var life = 0
      // Each lives once, also where all the time went by before it began.
      repeat {
        let run = try store.run("a\(agent)-\(life)", session: "s\(agent % 50)")
        life += 1
        var sent = 0
        repeat {
          let batch = (0..<(1 + random.below(3))).map { _ in Self.event(&random) }
          try await run.append(batch)
          sent += batch.count
          try await Task.sleep(for: .milliseconds(100 + random.below(400)))
        } while sent < Self.eventsPerRun && MonotonicTime.now() < deadline
        let cause = EndCause.allCases[(agent + life) % 4]
        _ = try await run.end(cause, durability: life % 4 == 0 ? .durable : .committed)
        events += sent + 1
      } while MonotonicTime.now() < deadline
      return (events, life)
    }

    private static func event(_ random: inout SeededNumbers) -> Event {
      switch random.below(8) {
      case 0: .turnStart()
      case 1: .toolCall(id: "c\(random.below(9))", name: "tool-\(random.below(20))")
      case 2: .toolResult(id: "c\(random.below(9))", isError: random.below(5) == 0)
      case 3: .usage(model: "m-\(random.below(3))", input: 1000, output: 50)
      case 4: .turnResult(status: "completed", costUSD: 0.01)
      default: .text(String(repeating: "x", count: random.below(400)))
      }
    }
  }

  /// Reads what there is of a run, again and again; answers how often.
  private static func read(
    _ store: RunStore,
    _ reader: Int,
    until deadline: UInt64
  ) async throws
    -> Int
  {
    var random = SeededNumbers(scattering: UInt64(1000 + reader))
    var rounds = 0
    while rounds < 20 || MonotonicTime.now() < deadline {
      let name = "a\(random.below(Agents.count))-\(random.below(3))"
      if let insight = try? store.insight(RunID(name)) {
        #expect(insight.digest.watermark <= insight.head)
        _ = try store.turns(RunID(name))
        _ = try store.calls(RunID(name))
        for finding in try store.findings(RunID(name)).prefix(2) {
          let run = try store.run(name)
          #expect(try !run.events(around: finding.anchor.seq, context: 3).isEmpty)
        }
        // One that nobody has begun is unknown.
        _ = try? store.session("s\(random.below(50))")
      }
      if rounds % 50 == 0 {
        let now = StoreOptions.wallClock()
        let dayAgo = Timestamp(microseconds: now.microseconds - 86_400_000_000)
        _ = try store.stats(StatsWindow(from: dayAgo, to: now), by: .tool)
        let health = store.health()
        #expect(health.isReady && health.lastProblems.isEmpty, "\(health.json)")
      }
      rounds += 1
      try await Task.sleep(for: .milliseconds(5))
    }
    return rounds
  }

  @Test("400 agents, 3 readers and 2 followers go on in the same memory, and nothing is amiss")
  func soak() async throws {
    let test = try await TestStore.folding()
    let store = test.store
    let deadline = MonotonicTime.now() + UInt64(Soak.seconds) * 1_000_000_000
    let watch = Task { await MemoryWatch.untilCancelled(logs: [store.path + "-wal"]) }
    // One keeps up, the other is slow; both see everything once.
    let log = Task { try await Self.follow(store.changes(after: 0)) { $0.pos } }
    let seals = Task { try await Self.countSeals(store) }
    let (events, runs, reads) = try await withThrowingTaskGroup(of: (Int, Int, Int).self) { group in
      for agent in 0..<Agents.count {
        group.addTask {
          let (events, runs) = try await Agents(store: store, deadline: deadline).live(agent)
          return (events, runs, 0)
        }
      }
      for reader in 0..<3 {
        group.addTask { (0, 0, try await Self.read(store, reader, until: deadline)) }
      }
      return try await group.reduce((0, 0, 0)) { ($0.0 + $1.0, $0.1 + $1.1, $0.2 + $1.2) }
    }
    watch.cancel()
    let memory = await watch.value
    try await store.flush()
    #expect(store.health().lastProblems.isEmpty)
    #expect(try test.number("SELECT count(*) FROM events") == events)
    // The end of all: what the followers stop at.
    try await store.run("last").append(.text())
    try await store.run("last").end(.stop)
    #expect(try await log.value == events + 2)
    #expect(try await seals.value == runs + 1)
    print("MEASURE soak: \(events) events of \(runs) runs, \(reads) reads; \(memory.summary)")
    #expect(memory.walBytesMax <= 64 << 20)
    // SQLite's pages are up to 48 MB of it.
    if Soak.isLong { #expect(memory.residentBytesMax < 128 << 20 && memory.growthBytes < 16 << 20) }
    let verification = try store.verify()
    #expect(verification.isClean, "\(verification.differences.prefix(3))")
    await store.close()
  }

  /// Counts what a feed has until the run `last` ends, and that positions only go up.
  private static func follow(
    _ feed: Feed<RecordedEvent>,
    _ position: (RecordedEvent) -> Int64
  ) async throws -> Int {
    var count = 0
    var last: Int64 = 0
    for try await event in feed {
      #expect(position(event) > last)
      last = position(event)
      count += 1
      if event.run == "last", event.event.kind == "run.ended" { break }
    }
    return count
  }

  /// Counts the seals, slowly; an agent's runs end one after the other, so each number comes once.
  private static func countSeals(_ store: RunStore) async throws -> Int {
    var lives = [Int](repeating: -1, count: Agents.count)
    var count = 0
    for try await change in store.digestChanges() where change.isSealed {
      count += 1
      if change.run == "last" { break }
      let parts = change.run.dropFirst().split(separator: "-").compactMap { Int($0) }
      #expect(parts.count == 2 && lives[parts[0]] + 1 == parts[1], "\(change.run)")
      lives[parts[0]] = parts[1]
      if count % 100 == 0 { try await Task.sleep(for: .milliseconds(20)) }
    }
    return count
  }
}
