import RunDigest
import TestSupport
import Testing

@Suite("A miniature hub", .timeLimit(.minutes(60)))
struct HubExamples {
  @Test("supervises agents of several teams to their ends, and its digests equal brute force")
  func manyAgents() async throws {
    try await withTemporaryFolder { folder in
      var options = ShardPool.Options()
      // However long the agents take.
      options.idleTTL = .seconds(3600)
      let hub = MiniatureHub(folder: folder, options: options)
      let outcomes = try await withThrowingTaskGroup(of: (String, Outcome).self) { group in
        for n in 0..<30 {
          let agent = FakeAgent(name: "agent-\(n)", turns: 1 + n % 4, fate: .allCases[n % 3])
          let work = Task { try await hub.supervise(agent, for: "team-\(n % 4)") }
          // Somebody sees those that hang and stops them.
          if agent.fate == .hangs {
            Task { try await Self.stop(work, when: agent, hangsIn: "team-\(n % 4)", of: hub) }
          }
          group.addTask { (agent.name, try await work.value) }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      #expect(outcomes.values.filter { $0.status == .done }.count == 10)
      #expect(outcomes.values.filter { $0.status == .crashed && $0.exitCode == 137 }.count == 10)
      #expect(outcomes.values.filter { $0.status == .terminated }.count == 10)
      for n in 0..<4 {
        try await hub.shards.withShard("team-\(n)") { store in
          let verification = try store.verify()
          #expect(verification.isClean)
        }
      }
      #expect(hub.shards.counters.opens == 4)
      await hub.shards.close()
    }
  }

  private static func stop(
    _ work: Task<Outcome, any Error>,
    when agent: FakeAgent,
    hangsIn team: String,
    of hub: MiniatureHub
  ) async throws {
    try await hub.shards.withShard(team) { store in
      for try await event in store.changes(after: 0)
      where event.run == agent.name && event.event.id == "t\(agent.turns)/call" {
        work.cancel()
        break
      }
    }
  }

  @Test("reads one row for a run, and the rest when somebody asks")
  func reads() async throws {
    try await withTemporaryFolder { folder in
      let store = try await RunStore.open(at: folder + "/runs.sqlite")
      let run = try store.run("agent-7", session: "s-1")
      let agent = FakeAgent(name: "agent-7", turns: 2, fate: .finishes)
      for turn in 1...2 { try await agent.work(turn, of: run) }

      // Appending did not wait for the fold; this does.
      let insight = try await run.insight(fresh: true)
      #expect(insight.digest.turnCount == 2 && insight.digest.totals[.toolFailed] == 1)
      #expect(insight.lag == 0)

      #expect(try run.turns().map(\.turnID) == ["t1", "t2"])
      #expect(try run.calls().map(\.status) == [.ok, .failed])
      let finding = try #require(try run.findings().first)
      #expect(try run.events(around: finding.anchor.seq, context: 1).count == 3)
      #expect(try store.session("s-1").totals[.toolCalls] == 2)

      try await run.end(.stop)
      try await run.resume()
      try await run.append([.text("one thing more")])
      try await run.end(.fail, reason: "no idea")
      try await run.judge(.inReview)
      try await run.rebuild()
      #expect(try run.verify().isClean)
      await store.close()
    }
  }

  @Test("appends only to the log that it has seen, and repeats without doubling")
  func expectations() async throws {
    try await withTemporaryFolder { folder in
      let store = try await RunStore.open(at: folder + "/runs.sqlite")
      let run = try store.run("agent-7")
      let first = Event.text("hello").with(id: "m-1")
      let receipt = try await run.append([first], expecting: .newRun, durability: .durable)
      let again = try await run.append([first], expecting: .newRun)
      #expect(again.outcomes == [.duplicate(1)])
      await #expect(throws: StoreError.self) {
        try await run.append([.text("late")], expecting: .seq(0))
      }
      try await run.append([.text("next")], expecting: .seq(receipt.head), whenFull: .fail)
      await store.close()
    }
  }

  @Test("is told of what happens, and goes on from where it was")
  func follows() async throws {
    try await withTemporaryFolder { folder in
      let store = try await RunStore.open(at: folder + "/runs.sqlite")
      let ended = Task { () -> [String] in
        var names: [String] = []
        for try await change in store.digestChanges() where change.isSealed {
          names.append(change.run)
          if names.count == 3 { break }
        }
        return names
      }
      let sealed = Task { try await store.sealed(RunID("agent-2")).status }
      for n in 1...3 {
        let run = try store.run("agent-\(n)")
        try await run.append([.turnStart(), .turnResult(status: "completed")])
        try await run.end(.stop)
      }
      #expect(try await ended.value == ["agent-1", "agent-2", "agent-3"])
      #expect(try await sealed.value == .completed)

      var position: Int64 = 0
      for try await event in store.changes(after: position) {
        position = event.pos
        if event.run == "agent-2" { break }
      }
      for try await event in store.changes(after: position) {
        #expect(event.pos == position + 1)
        break
      }
      await store.close()
    }
  }
}
