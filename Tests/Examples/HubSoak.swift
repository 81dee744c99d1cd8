import Foundation
import RunDigest
import TestSupport
import Testing

/// The miniature hub for as long as one likes, its agents being processes that are killed at random.
///
/// `RUNDIGEST_SOAK=600 swift test -c release -Xswiftc -enable-testing --filter HubSoak` goes on for
/// ten minutes.
@Suite("A miniature hub for a long time", .timeLimit(.minutes(60)))
struct HubSoak {
  private static let slots = 16
  private static let teams = ["alpha", "beta", "gamma", "delta"]

  /// What the hub knows of a run by itself, to compare the store with at the end.
  private struct Known: Sendable {
    let team: String
    let run: String
    let outcome: Outcome
    let head: Int64
  }

  /// The agents that are alive, for somebody to kill.
  private actor Alive {
    private var agents: [String: ProcessAgent] = [:]
    private(set) var kills = 0
    /// Whether a kill has come before the agent's own end.
    private(set) var hasCrashed = false

    func add(_ agent: ProcessAgent) { agents[agent.name] = agent }

    func remove(_ name: String) { agents[name] = nil }
    func noteCrash() { hasCrashed = true }

    func killOne() {
      guard let victim = agents.values.randomElement() else { return }
      victim.kill()
      kills += 1
    }
  }

  @Test("supervises processes that are killed at random, and its digests equal brute force")
  func kills() async throws {
    try await withTemporaryFolder { folder in
      var options = ShardPool.Options()
      // Short, so that the teams without followers are closed and opened all the time.
      options.idleTTL = .milliseconds(50)
      let hub = MiniatureHub(folder: folder, options: options)
      let alive = Alive()
      let deadline = ContinuousClock.now + .seconds(Soak.seconds)
      let logs = Self.teams.map { "\(folder)/\($0).sqlite-wal" }
      let watch = Task { await MemoryWatch.untilCancelled(logs: logs) }
      let killer = Task {
        while !Task.isCancelled {
          try await Task.sleep(for: .milliseconds(Int.random(in: 5...250)))
          await alive.killOne()
        }
      }
      let followers = Self.teams.prefix(2).map { team in
        Task { try await Self.seals(in: team, of: hub) }
      }
      let readers = (0..<3).map { _ in Task { try await Self.read(hub, until: deadline) } }
      let known = try await withThrowingTaskGroup(of: [Known].self) { group in
        for slot in 0..<Self.slots {
          group.addTask { try await Self.fill(slot, of: hub, until: deadline, alive) }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      killer.cancel()
      watch.cancel()
      let memory = await watch.value
      var reads = 0
      for reader in readers { reads += try await reader.value }
      print(
        """
        MEASURE hub: \(known.count) runs, \(known.reduce(0) { $0 + $1.head }) events, \
        \(await alive.kills) kills, \(reads) reads, \(hub.shards.counters.opens) opens; \
        \(memory.summary)
        """
      )
      try await Self.check(hub, known, seals: followers)
      #expect(memory.walBytesMax <= 64 << 20)
      // SQLite's pages of four stores are 32 MB of it; the test's own book grows with each run.
      if Soak.isLong {
        #expect(memory.residentBytesMax < 96 << 20 && memory.growthBytes < 16 << 20)
      }
      await hub.shards.close()
    }
  }

  /// One agent after the other; of their outcomes.
  private static func fill(
    _ slot: Int,
    of hub: MiniatureHub,
    until deadline: ContinuousClock.Instant,
    _ alive: Alive
  ) async throws -> [Known] {
    var known: [Known] = []
    var number = 0
    while true {
      if ContinuousClock.now >= deadline, await alive.hasCrashed { break }
      let team = teams[(slot + number) % teams.count]
      let agent = try ProcessAgent(
        name: "agent-\(slot)-\(number)",
        session: "s-\(slot)",
        seed: slot * 1009 + number
      )
      number += 1
      await alive.add(agent)
      let work = Task { try await hub.supervise(agent, for: team) }
      // Now and then somebody stops one.
      let isStopped = number % 7 == 0
      let stopper = Task {
        guard isStopped else { return }
        try await Task.sleep(for: .milliseconds(100))
        work.cancel()
      }
      let result = await work.result
      stopper.cancel()
      await alive.remove(agent.name)
      if case .failure(is CancellationError) = result {
        // Stopped before the hub had begun its run: there is none.
        agent.kill()
        continue
      }
      let outcome = try result.get()
      if outcome.status == .crashed { await alive.noteCrash() }
      let head = try await hub.shards.withShard(team) { try $0.insight(RunID(agent.name)).head }
      known.append(Known(team: team, run: agent.name, outcome: outcome, head: head))
    }
    return known
  }

  /// The seals that a follower of a team sees, until the run `last` has one; each how often.
  private static func seals(in team: String, of hub: MiniatureHub) async throws -> [String: Int] {
    try await hub.shards.withShard(team) { store in
      var seen: [String: Int] = [:]
      for try await change in store.digestChanges() where change.isSealed {
        seen[change.run, default: 0] += 1
        if change.run == "last" { break }
      }
      return seen
    }
  }

  private static func read(
    _ hub: MiniatureHub,
    until deadline: ContinuousClock.Instant
  ) async throws -> Int {
    var rounds = 0
    while ContinuousClock.now < deadline {
      let team = teams[rounds % teams.count]
      try await hub.shards.withShard(team) { store in
        let run = try store.run("agent-\(Int.random(in: 0..<slots))-\(Int.random(in: 0..<9))")
        guard run.exists else { return }
        let insight = try await run.insight(fresh: true)
        #expect(insight.digest.totals[.eventCount] == insight.digest.watermark)
        // It goes on while this looks.
        let turns = Int64(try run.turns().count)
        let since = try run.insight().digest.turnCount
        #expect(insight.digest.turnCount <= turns && turns <= since)
        for finding in try run.findings(limit: 1) {
          #expect(try !run.events(around: finding.anchor.seq, context: 2).isEmpty)
        }
        _ = try run.calls()
        let health = store.health()
        #expect(health.isReady && health.stalled.isEmpty && health.lastProblems.isEmpty)
      }
      rounds += 1
      try await Task.sleep(for: .milliseconds(20))
    }
    return rounds
  }

  /// Compares the stores with what the hub knows, and with brute force.
  private static func check(
    _ hub: MiniatureHub,
    _ known: [Known],
    seals: [Task<[String: Int], any Error>]
  ) async throws {
    #expect(known.contains { $0.outcome.status == .crashed && $0.outcome.exitCode == 137 })
    for team in teams {
      let mine = known.filter { $0.team == team }
      try await hub.shards.withShard(team) { store in
        for known in mine {
          let insight = try store.insight(RunID(known.run))
          #expect(insight.digest.outcome == known.outcome && insight.head == known.head)
        }
        try await store.run("last").append([.text("bye")])
        try await store.run("last").end(.stop)
        let verification = try store.verify()
        #expect(verification.isClean, "\(verification.differences.prefix(3))")
        #expect(verification.runs == mine.count + 1)
      }
    }
    for (team, follower) in zip(teams, seals) {
      let seen = try await follower.value
      let mine = Set(known.filter { $0.team == team }.map(\.run)).union(["last"])
      #expect(Set(seen.keys) == mine && seen.values.allSatisfy { $0 == 1 })
    }
  }
}
