import Events
import Glibc
import Storage
import Support
import Testing

@testable import Engine
@testable import RunDigest

@Suite("A store's health", .timeLimit(.minutes(60)))
struct HealthTests {
  private func damage(_ store: RunStore) async throws {
    try await store.queue.write(priority: .maintenance) {
      try $0.connection.execute("UPDATE digests SET body = x'00', revision = revision + 1")
    }
  }

  @Test("says how far the digests are behind, and of what age")
  func backlog() async throws {
    let test = try await TestStore.folding {
      $0.foldsInBackground = false
      $0.now = { Timestamp(microseconds: 5_000_000) }
    }
    #expect(test.store.health().backlog == Backlog())
    try await test.store.run("a").append([.text(ts: 2_000_000), .text(ts: 3_000_000)])
    try await test.store.run("b").append([.text(ts: 4_000_000)])
    let health = test.store.health()
    #expect(health.isReady && health.isAccepting)
    #expect(health.backlog.runs == 2 && health.backlog.events == 3)
    #expect(health.oldestAge == .seconds(3))
    #expect(health.walBytes > 0)
    #expect(health.json.hasPrefix(#"{"ready":true,"accepting":true,"catching_up":"#))
    await test.store.close()
    #expect(!test.store.health().isReady && !test.store.health().isAccepting)
  }

  @Test("names the runs that cannot be folded and the errors of late, each once")
  func stalls() async throws {
    let test = try await TestStore.folding()
    let run = try test.store.run("bad \"one\"")
    try await run.append(.text())
    try await run.flush()
    try await damage(test.store)
    try await run.append(.text())
    for _ in 0..<3 { await #expect(throws: (any Error).self) { try await run.flush() } }
    let health = test.store.health()
    #expect(health.stalled.map(\.run) == ["bad \"one\""])
    #expect(health.lastProblems.count == 1 && health.lastProblems.first?.work == "fold")
    #expect(health.lastProblems.first.map { $0.count >= 3 } == true)
    #expect(health.json.contains(#""run":"bad \"one\"""#))
    await test.store.close()
  }

  @Test("names the errors of checkpoints, which no caller is told of")
  func checkpoints() async throws {
    let test = try await TestStore.folding {
      $0.busyTimeout = .milliseconds(20)
      $0.checkpointAfterIdle = .milliseconds(20)
    }
    try await test.store.run("a").append(.text())
    // Another process writes for longer than one waits.
    let gate = try await holdGate(of: test.store)
    // A checkpoint is due, also where one came before the gate was held.
    test.store.queue.state.withLock { $0.commits += 1 }
    test.store.queue.state.broadcast()
    while !test.store.health().lastProblems.contains(where: { $0.work == "checkpoint" }) {
      try await Task.sleep(for: .milliseconds(5))
    }
    gate.release()
    let problem = test.store.health().lastProblems.first { $0.work == "checkpoint" }
    #expect(problem?.code == "busy")
    await test.store.close()
  }

  @Test("keeps a few errors, the latest first, and none that are a caller's fault")
  func problems() {
    let log = ProblemLog(
      now: { Timestamp(microseconds: 1) },
      logger: StoreOptions().logger
    )
    log.note(StoreError(.conflict, "mine"), "append")
    #expect(log.last.isEmpty)
    for n in 0..<20 { log.note(StoreError(.io, "\(n)"), "append") }
    log.note(StoreError(.io, "15"), "append")
    #expect(log.last.map(\.message) == ["15", "19", "18", "17", "16", "14", "13", "12"])
    #expect(log.last.first?.count == 2)
  }

  @Test("A strict open returns caught up, or fails when its time is over")
  func strict() async throws {
    let test = try await TestStore.folding {
      $0.foldsInBackground = false
      // A fold that a transaction has is waited for, also by who has given up on it.
      $0.busyTimeout = .milliseconds(100)
    }
    for n in 0..<20 {
      try await test.store.run("r\(n)").append((0..<100).map { _ in .text() })
    }
    // While somebody else writes, no fold can be written.
    let gate = try await holdGate(of: test.store)
    let code = await failure {
      try await test.store.waitUntilCaughtUp(within: .milliseconds(20))
    }
    gate.release()
    #expect(code == .timedOut)
    let strict = try await test.anotherFolding { $0.catchesUpWithin = .seconds(600) }
    #expect(strict.health().backlog == Backlog() && !strict.health().isCatchingUp)
    await strict.close()
    await test.store.close()
  }

  @Test("A close that may not fold for long says what it left")
  func shortClose() async throws {
    let test = try await TestStore.folding { $0.foldsInBackground = false }
    for n in 0..<50 {
      try await test.store.run("r\(n)").append((0..<100).map { _ in .text() })
    }
    let other = try await test.anotherFolding()
    let left = await other.close(drainingFor: .zero)
    #expect(left.runs <= 50 && left.events <= 5000)
    let again = try await test.anotherFolding()
    try await again.flush()
    #expect(await again.close(drainingFor: .seconds(600)) == Backlog())
    await test.store.close()
  }
}
