import Logging
import RunDigest
import RunDigestService
import ServiceLifecycle
import TestSupport
import Testing

/// What `Hub.md` shows, as it stands there: compiled, and run.
@Suite("The guide for hubs", .timeLimit(.minutes(60)))
struct HubGuide {
  @Test("opens a store, resolves a run once and appends to it")
  func appending() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/runs.sqlite"

      var options = StoreOptions()
      options.logger = Logger(label: "hub") { _ in SwiftLogNoOpLogHandler() }
      let store = try await RunStore.open(at: path, options: options)

      let run = try store.run("agent-7", session: "s-1")
      try await run.append(.runStarted(agent: "claude-code", model: "opus", project: "/app"))
      try await run.append([.turnStart(id: "t1"), .toolCall(id: "c1", name: "bash")])

      let result = Event.toolResult(id: "c1").with(id: "agent-7/msg-3")
      let first = try await run.append([result])
      let again = try await run.append([result])
      // first.outcomes == [.appended(4)], again.outcomes == [.duplicate(4)]
      #expect(first.outcomes == [.appended(4)] && again.outcomes == [.duplicate(4)])

      do {
        try await run.append([.text("hello")], expecting: .seq(first.head))
      } catch let error as StoreError where error.code == .conflict {
        // Somebody else appended in between: read what, and decide again.
      }

      try await run.append([.turnResult(id: "t1", status: "completed")], durability: .durable)

      do {
        try await run.append([.text("bye")], whenFull: .waitUpTo(.seconds(1)))
      } catch let error as StoreError where error.code == .timedOut || error.code == .overloaded {
        // Nothing of it was stored: keep it, and send it later.
      }
      #expect(try run.events().count == 7)
      await store.close()
    }
  }

  @Test("ends runs, whatever the cause")
  func ends() async throws {
    try await withTemporaryFolder { folder in
      let store = try await RunStore.open(at: folder + "/runs.sqlite")
      for name in ["agent-7", "agent-8", "agent-9"] {
        try await store.run(name, session: "s-1").append([.turnStart(), .text("hello")])
      }
      let run = try store.run("agent-7")

      let outcome = try await run.end(.crash, reason: "signal 9", exitCode: 137)
      let same = try await run.end(.stop)  // the first end wins: same == outcome

      try await run.judge(.inReview)  // what became of the task; the last verdict counts
      try await run.resume()  // the run goes on, and its next end seals it anew
      try await run.end(.stop, by: "hub", verdict: .done)
      #expect(outcome == same && outcome.status == .crashed)

      let gone: Set = ["s-1"]
      let ended = try await store.reap { session in gone.contains(session) }
      #expect(ended.map(\.run.rawValue) == ["agent-8", "agent-9"])
      await store.close()
    }
  }

  @Test("reads what is known of a run, and of many")
  func reads() async throws {
    try await withTemporaryFolder { folder in
      let store = try await RunStore.open(at: folder + "/runs.sqlite")
      let run = try store.run("agent-7", session: "s-1")
      try await run.append([
        .turnStart(id: "t1"), .toolCall(id: "c1", name: "bash"),
        .toolResult(id: "c1", isError: true), .turnResult(id: "t1", status: "completed"),
      ])
      try await run.flush()

      let insight = try run.insight()  // one row; insight.lag events are not folded yet
      let fresh = try await run.insight(fresh: true)  // folds them first
      print(insight.outcome.status, insight[.toolFailed], insight.family[.toolCalls])
      #expect(fresh.lag == 0 && insight[.toolFailed] == 1)

      for turn in try run.turns() { print(turn.idx, turn.status ?? "open") }
      for call in try run.calls() { print(call.name, call.durationMicros ?? 0) }
      for finding in try run.findings() {
        let story = try run.events(around: finding.anchor.seq, context: 3)
        print(finding.errorClass, story.map(\.event.kind.rawValue))
      }

      let session = try store.session("s-1")
      let now = StoreOptions.wallClock()
      let dayAgo = Timestamp(microseconds: now.microseconds - 86_400_000_000)
      let window = StatsWindow(from: dayAgo, to: now)
      let tools = try store.stats(window, by: .tool)
      print(session.totals[.toolCalls], tools.map(\.key))
      #expect(session.totals[.toolCalls] == 1 && tools.map(\.key) == ["bash"])
      await store.close()
    }
  }

  @Test("checks what is derived, and makes it anew")
  func checks() async throws {
    try await withTemporaryFolder { folder in
      let store = try await RunStore.open(at: folder + "/runs.sqlite")
      try await store.run("agent-7").append(.text("hello"))
      try await store.flush()

      let verification = try store.verify()
      if !verification.isClean { try await store.rebuild() }
      #expect(verification.isClean && verification.runs == 1)
      await store.close()
    }
  }

  @Test("waits for folds, for positions and for ends")
  func barriers() async throws {
    try await withTemporaryFolder { folder in
      let store = try await RunStore.open(at: folder + "/runs.sqlite")
      let run = try store.run("agent-7")

      let receipt = try await run.append([.turnStart(id: "t1"), .text("hello")])
      try await run.flush(through: receipt.head)  // this run, up to that seq
      try await store.flush(through: receipt.pos)  // every run, up to that position
      try await store.flush()  // everything that the log has now
      #expect(try store.backlog() == Backlog())

      async let outcome = store.sealed(run.id)  // as soon as somebody ends it
      async let folded: Void = store.waitUntilFolded(run.id, seq: receipt.head + 1)
      try await run.end(.stop)
      print(try await outcome.status)
      try await folded
      await store.close()
    }
  }

  @Test("follows the log and the digests from where it was")
  func following() async throws {
    try await withTemporaryFolder { folder in
      let store = try await RunStore.open(at: folder + "/runs.sqlite")
      let run = try store.run("agent-7")
      try await run.append([.turnStart(id: "t1"), .text("hello")])
      try await run.end(.stop)
      func show(_ event: RecordedEvent) {}
      func notify(_ change: DigestChange) {}
      let position: Int64 = 0

      let follower = Task {
        for try await event in store.changes(after: position) {
          show(event)
          if event.event.kind == "run.ended" { return event.pos }
        }
        return position
      }
      let seals = Task {
        for try await change in store.digestChanges() where change.isSealed {
          notify(change)
          return change.position
        }
        return 0
      }
      #expect(try await follower.value == 3)
      #expect(try await seals.value == store.lastDigestChange())
      await store.close()
    }
  }

  @Test("keeps a store per team, and knows how each is")
  func shards() async throws {
    try await withTemporaryFolder { folder in
      func alarm(_ text: String) {}

      let shards = ShardPool(folder: folder)
      try await shards.withShard("team-a") { store in
        let run = try store.run("agent-7", session: "s-1")
        try await run.append(.text("hello"))
        try await run.end(.stop)
      }
      let health = try await shards.withShard("team-a") { $0.health() }
      if !health.isAccepting || !health.stalled.isEmpty { alarm(health.json) }
      print(shards.counters.opens, shards.counters.hits)
      await shards.close()
      #expect(health.isReady && health.isAccepting && shards.counters.opens == 1)
    }
  }

  @Test("folds as a service, catches up first if it is asked to, and says what it leaves")
  func service() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/runs.sqlite"
      let logger = Logger(label: "hub") { _ in SwiftLogNoOpLogHandler() }

      var options = StoreOptions()
      options.foldsInBackground = false
      let store = try await RunStore.open(at: path, options: options)
      let group = ServiceGroup(services: [FoldService(store)], logger: logger)
      let running = Task { try await group.run() }
      try await store.waitUntilCaughtUp(within: .seconds(30))
      await group.triggerGracefulShutdown()
      try await running.value
      let left = await store.close(drainingFor: .seconds(5))
      #expect(left == Backlog())
    }
  }

  @Test("measures its own launches, and puts two side by side")
  func timing() async throws {
    try await withTemporaryFolder { folder in
      let store = try await RunStore.open(at: folder + "/runs.sqlite")
      for (name, step) in [("agent-7", 250), ("agent-8", 400)] as [(String, Int64)] {
        try await store.run(name).append([
          .checkpoint(flow: "launch", phase: "spawn", stepMs: step),
          .span(stage: "send", durationMs: step / 10, queueMs: 1),
        ])
      }
      try await store.flush()

      let timing = RunTiming(try store.insight("agent-7"), beside: try store.insight("agent-8"))
      for flow in timing.flows {
        for phase in flow.phases { print(phase.name, phase.change ?? .zero) }
      }
      #expect(timing.flows.first?.phases.first?.change == .milliseconds(150))
      #expect(timing.stages.first?.change == .milliseconds(15))
      await store.close()
    }
  }
}
