import Events
import Folding
import Glibc
import Storage
import Support
import Testing

@testable import Digests
@testable import Engine
@testable import RunDigest

/// How the worker finds runs that nobody told it of, and what that costs.
///
/// `RUNDIGEST_MEASURE=1` measures a look at 10 000 and at 100 000 runs.
@Suite("A look for runs that are behind")
struct SweepTests {
  /// A store whose worker has no thread: the tests are its thread.
  ///
  /// All reads share a connection, so that its statements can be counted.
  private func store() async throws -> TestStore {
    try await TestStore {
      $0.foldsInBackground = false
      $0.readers = 1
      // Only when a test says so.
      $0.foldRetryAfter = .seconds(300)
    }
  }

  private func marks(_ test: TestStore) -> [RunRowID] {
    test.store.worker.state.withLock { $0.marks.keys.sorted() }
  }

  /// Folds what is marked, as the worker's thread would.
  private func foldMarked(_ test: TestStore) {
    test.store.worker.foldMarked()
  }

  private func statements(_ test: TestStore, _ body: () -> Void) throws -> Int {
    try test.store.readers.read { $0.countStatements() }
    body()
    return try test.store.readers.read { $0.statementCount }
  }

  @Test("costs the same few statements for any number of runs while nothing is new")
  func nothingNew() async throws {
    var costs: [Int] = []
    for runs in [3, 300] {
      let test = try await store()
      for n in 0..<runs { try await test.store.run("r\(n)").append(.text()) }
      test.store.worker.sweep()
      #expect(marks(test).count == runs)
      foldMarked(test)
      #expect(try test.store.backlog() == Backlog())
      costs.append(try statements(test) { test.store.worker.sweep() })
      #expect(marks(test).isEmpty)
      await test.store.close()
    }
    #expect(costs[0] == costs[1] && costs[0] <= 6, "\(costs)")
  }

  @Test("finds what is new, and only that is looked at")
  func news() async throws {
    let test = try await store()
    for n in 0..<50 { try await test.store.run("r\(n)").append(.text()) }
    test.store.worker.sweep()
    foldMarked(test)
    let other = try await test.another { $0.foldsInBackground = false }
    try await other.run("r7").append([.text(), .text()])
    try await other.run("new").append(.text())
    let cost = try statements(test) { test.store.worker.sweep() }
    #expect(marks(test).count == 2)
    #expect(cost <= 15, "\(cost)")
    foldMarked(test)
    #expect(try other.insight("r7").lag == 0 && other.insight("new").lag == 0)
    await other.close()
    await test.store.close()
  }

  @Test("is at all runs when there is another generation of digests, and when it is asked to be")
  func allRuns() async throws {
    let test = try await store()
    for n in 0..<10 { try await test.store.run("r\(n)").append(.text()) }
    test.store.worker.sweep()
    foldMarked(test)
    // As no program of this package does it: a look at what is new cannot find it.
    try await test.store.queue.write(priority: .maintenance) {
      try $0.connection.execute("DELETE FROM digests WHERE run = 3")
    }
    test.store.worker.sweep()
    #expect(marks(test).isEmpty)
    test.store.worker.lookAgain()
    test.store.worker.sweep()
    #expect(marks(test) == [3])
    foldMarked(test)
    let other = try await test.another { $0.foldsInBackground = false }
    try await other.rebuild()
    try await test.store.queue.write(priority: .maintenance) {
      try $0.connection.execute("DELETE FROM digests WHERE run = 4")
    }
    test.store.worker.sweep()
    #expect(marks(test) == [4])
    await other.close()
    await test.store.close()
  }

  @Test("tries runs again that were set aside, and forgets those that somebody has put right")
  func setAside() async throws {
    let test = try await store()
    let run = try test.store.run("a")
    try await run.append(.text())
    test.store.worker.sweep()
    foldMarked(test)
    try await test.store.queue.write(priority: .maintenance) {
      try $0.connection.execute("UPDATE digests SET body = x'00', revision = revision + 1")
    }
    try await run.append(.text())
    test.store.worker.sweep()
    foldMarked(test)
    #expect(test.store.worker.stalls.count == 1)
    #expect(try test.store.backlog().events == 1)
    // Not before its time.
    test.store.worker.sweep()
    #expect(marks(test).isEmpty)
    let key = try #require(test.store.worker.stalls.keys.first)
    test.store.worker.state.withLock { $0.stalled[key]?.retryAt = 0 }
    test.store.worker.sweep()
    #expect(marks(test) == [key])
    foldMarked(test)
    #expect(test.store.worker.stalls[key]?.attempts == 2)
    // Somebody else folds it.
    let other = try await test.another { $0.foldsInBackground = false }
    try await other.rebuild()
    try await other.flush()
    test.store.worker.sweep()
    #expect(test.store.worker.stalls.isEmpty)
    #expect(try test.number("SELECT count(*) FROM stalled_runs") == 0)
    await other.close()
    await test.store.close()
  }

  @Test("is the last thing before the end: nothing is left that came before the worker was there")
  func beforeTheEnd() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    for n in 0..<20 { try await test.store.run("r\(n)").append(.text()) }
    let folding = Task { try await test.store.run(drainingFor: .seconds(600)) }
    folding.cancel()
    try await folding.value
    #expect(try test.store.backlog() == Backlog())
    await test.store.close()
  }

  @Test("that its end leaves no time for says what is left, and loses nothing")
  func outOfTime() async throws {
    // The first fold takes as long as there is time, and no run is begun after that.
    let folder = Locked<RunStore?>(nil)
    let test = try await TestStore {
      $0.foldsInBackground = false
      $0.foldHooks = FoldHooks { point, _ in
        guard point == .afterFold else { return }
        while folder.withLock({ $0?.worker.isOutOfTime }) == false { usleep(1000) }
      }
    }
    folder.withLock { $0 = test.store }
    for n in 0..<20 { try await test.store.run("r\(n)").append(.text()) }
    let folding = Task { try await test.store.run(drainingFor: .milliseconds(50)) }
    folding.cancel()
    #expect(await failure { try await folding.value } == .timedOut)
    let left = try test.store.backlog()
    #expect(left.runs == 19 || left.runs == 20)
    folder.withLock { $0 = nil }
    await test.store.close()
    let again = try await test.another()
    try await again.flush()
    #expect(try again.backlog() == Backlog())
    await again.close()
  }

  @Test("A run with a long tail does not hold up the others", .timeLimit(.minutes(60)))
  func fairness() async throws {
    let order = Locked<[RunRowID]>([])
    let test = try await TestStore { options in
      options.foldsInBackground = false
      options.foldHooks = FoldHooks { point, run in
        if point == .afterCompareAndSet { order.withLock { $0.append(run) } }
      }
    }
    let long = try test.store.run("long")
    for _ in 0..<10 { try await long.append((0..<500).map { _ in .text() }) }
    try await test.store.run("short").append(.text())
    test.store.worker.sweep()
    foldMarked(test)
    let writes = order.withLock { $0 }
    #expect(writes.count == 6 && writes.firstIndex(of: 2).map { $0 <= 1 } == true, "\(writes)")
    #expect(try test.store.backlog() == Backlog())
    await test.store.close()
  }

  @Test(
    "A look at many runs",
    .enabled(if: getenv("RUNDIGEST_MEASURE") != nil),
    arguments: [10_000, 100_000]
  )
  func manyRuns(_ count: Int) async throws {
    let test = try await store()
    for n in 0..<count { try await test.store.run("r\(n)").append(.text()) }
    func measure(_ what: String, _ body: () -> Void) {
      let start = MonotonicTime.now()
      body()
      print("MEASURE \(what), \(count) runs: \((MonotonicTime.now() - start) / 1000) us")
    }
    measure("first look, all behind") { test.store.worker.sweep() }
    measure("folding them") { foldMarked(test) }
    test.store.worker.lookAgain()
    measure("look at all, none behind") { test.store.worker.sweep() }
    measure("look at what is new, nothing") { test.store.worker.sweep() }
    try await test.store.run("r5").append(.text())
    measure("look at what is new, one") { test.store.worker.sweep() }
    measure("health") { _ = test.store.health() }
    #expect(marks(test) == [6])
    await test.store.close()
  }
}
