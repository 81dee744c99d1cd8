import Events
import Folding
import Glibc
import Storage
import Support
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import RunDigest

/// What an open does with what a crash left behind.
///
/// Measured, debug: a store with 10 000 unfolded events of 50 runs opens in 7 to 20 ms, takes the
/// first append 10 ms later, and is caught up after 0.8 s.
@Suite("Opening after a crash")
struct BootTests {
  /// Leaves events that nobody folded, as a kill does: 50 runs, some with their end in the log.
  private func leaveBehind(_ folder: TemporaryFolder, runs: Int, eventsEach: Int) async throws {
    var options = StoreOptions()
    options.foldsInBackground = false
    let store = try await RunStore.open(at: folder.file(), options: options)
    for number in 0..<runs {
      let run = try RunID("r\(number)")
      var events = (0..<eventsEach).map { Script.event($0, session: "s\(number % 7)") }
      if number % 5 == 0 { events.append(.runEnded(.crash, reason: "signal 9")) }
      try await store.append(events, to: run)
    }
    await store.close()
  }

  /// Waits until something holds, by looking in the tables only; `false` after ten minutes.
  private func eventually(_ holds: () throws -> Bool) async throws -> Bool {
    let end = MonotonicTime.now() + 600_000_000_000
    while MonotonicTime.now() < end {
      if try holds() { return true }
      try await Task.sleep(for: .milliseconds(10))
    }
    return false
  }

  @Test("is ready at once, and 10 000 events of 50 runs are caught up without any read")
  func catchUp() async throws {
    let folder = try TemporaryFolder()
    try await leaveBehind(folder, runs: 50, eventsEach: 200)
    let start = MonotonicTime.now()
    let store = try await RunStore.open(at: folder.file())
    let opened = MonotonicTime.now()
    // Appends are served at once, whatever is still to be caught up.
    try await store.append([.thought()], to: RunID("new"))
    let appended = MonotonicTime.now()
    // Through a connection of its own: no read of the store's helps the worker along.
    let onlooker = try Connection(path: folder.file(), mode: .readOnly)
    let isCaughtUp = try await eventually {
      try onlooker.integer(
        """
        SELECT count(*) FROM runs r WHERE (SELECT head FROM run_heads WHERE run = r.id)
          IS NOT (SELECT watermark FROM digests d WHERE d.run = r.id)
        """
      ) == 0
    }
    let done = MonotonicTime.now()
    print(
      """
      MEASURE boot: open \((opened - start) / 1_000_000) ms, first append \
      \((appended - opened) / 1000) us, caught up after \((done - start) / 1_000_000) ms
      """
    )
    #expect(isCaughtUp)
    // Those that were terminal but not sealed.
    #expect(
      try onlooker.integer(
        "SELECT count(*) FROM digests WHERE sealed = 1 AND status = 'crashed'"
      ) == 10
    )
    #expect(try await eventually { !store.worker.isCatchingUp })
    #expect(try store.verify().differences == [])
    await store.close()
  }

  @Test("folds runs that ended and were not sealed before all others")
  func endedFirst() async throws {
    let folder = try TemporaryFolder()
    try await leaveBehind(folder, runs: 50, eventsEach: 200)
    let order = Locked<[RunRowID]>([])
    var options = StoreOptions()
    options.foldHooks = FoldHooks { point, run in
      guard point == .afterCompareAndSet else { return }
      order.withLock { if !$0.contains(run) { $0.append(run) } }
    }
    let store = try await RunStore.open(at: folder.file(), options: options)
    #expect(try await eventually { !store.worker.isCatchingUp })
    let ended = try (0..<50).filter { $0 % 5 == 0 }.map { number in
      try #require(try store.read { try $0.tables.run(named: "r\(number)")?.row })
    }
    #expect(order.withLock { Array($0.prefix(10)) } == ended)
    #expect(order.withLock { $0.count } == 50)
    // One whose end was followed by a late event, too.
    await store.close()
    try await leaveBehind(folder, runs: 3, eventsEach: 5)
    options.foldsInBackground = false
    let quiet = try await RunStore.open(at: folder.file(), options: options)
    try await quiet.append([.runResumed(), .runEnded(.fail), .thought()], to: RunID("r2"))
    let found = try quiet.read { reads in
      let behind = try reads.tables.laggingRuns(in: reads.generation, rows: nil)
      return try reads.tables.ended(among: behind)
    }
    let expected = try ["r0", "r2"].map { name in
      try #require(try quiet.read { try $0.tables.run(named: name)?.row })
    }
    #expect(found == Set(expected))
    await quiet.close()
  }

  @Test("goes on past a run that cannot be folded, tries it again ever later, and shows it")
  func failingRun() async throws {
    let folder = try TemporaryFolder()
    try await leaveBehind(folder, runs: 20, eventsEach: 30)
    // Run 3 has a digest that no fold can go on from.
    let damaging = try await RunStore.open(at: folder.file())
    try await damaging.flush()
    let damaged = try #require(try damaging.read { try $0.tables.run(named: "r3")?.row })
    try await damaging.queue.write(priority: .maintenance) { context in
      try context.connection.execute(
        "UPDATE digests SET state = x'FF00FF' WHERE run = \(damaged.rawValue)"
      )
    }
    await damaging.close()
    try await leaveBehind(folder, runs: 20, eventsEach: 30)

    // It is not tried again by itself while this test takes its time.
    var options = StoreOptions()
    options.foldRetryAfter = .seconds(100)
    let store = try await RunStore.open(at: folder.file(), options: options)
    #expect(try await eventually { store.worker.stalls[damaged] != nil })
    let others = try await eventually {
      try store.read { try $0.tables.laggingRuns(in: $0.generation, rows: nil) }.map(\.run)
        == [damaged]
    }
    #expect(others, "the other runs are folded")
    let first = try #require(store.worker.stalls[damaged])
    #expect(first.error.code == .corrupt)
    #expect(first.attempts >= 1)
    // Health says so, and so does the doctor, who looks from outside.
    #expect(store.health().stalled.map(\.run) == ["r3"])
    let diagnosed = try await eventually {
      try RunReader.open(at: folder.file()).diagnose().findings.contains {
        $0.check == "run r3" && !$0.isGood
      }
    }
    #expect(diagnosed)
    // A barrier on it says why, and is an attempt of its own.
    let run = RunID("r3")
    #expect(await failure { try await store.flush(run) } == .corrupt)
    // More of its events are stored, and do not make it be tried at once.
    let attempts = try #require(store.worker.stalls[damaged]?.attempts)
    for _ in 0..<5 { try await store.append([.turnStart(), .turnResult()], to: run) }
    try await store.append([.turnStart(), .turnResult()], to: RunID("r4"))
    try await store.flush(RunID("r4"))
    #expect(store.worker.stalls[damaged]?.attempts == attempts)
    let second = try #require(store.worker.stalls[damaged])
    #expect(second.attempts > first.attempts)
    #expect(second.retryAt >= first.retryAt + 100_000_000_000, "it waits twice as long")
    // An end of it fails, says why, and leaves the log as it was.
    let head = try store.read { try $0.tables.head(of: damaged) }
    #expect(await failure { try await store.end(run, RunEnd(.stop)) } == .corrupt)
    #expect(try store.read { try $0.tables.head(of: damaged) } == head)
    // Put right, it is folded again without being asked for.
    try await store.rebuild()
    try await store.flush(run)
    #expect(try store.verify().differences == [])
    #expect(try await eventually { store.worker.stalls.isEmpty })
    await store.close()
  }

  /// Leaves so many events of one run that nobody folded.
  private func leaveBehind(_ folder: TemporaryFolder, events: Int) async throws {
    var options = StoreOptions()
    options.foldsInBackground = false
    let store = try await RunStore.open(at: folder.file(), options: options)
    let run = try store.run("long")
    var left = events
    while left > 0 {
      let count = min(left, 1000)
      try await run.append((0..<count).map { Script.event($0, session: "s") })
      left -= count
    }
    await store.close()
  }

  @Test("is as ready with events to fold as with none: it reads hardly a page more")
  func pagesRead() async throws {
    func pages(_ events: Int) async throws -> [Int] {
      let folder = try TemporaryFolder()
      try await leaveBehind(folder, events: events)
      // Without the worker, whose own reads are what goes on behind.
      var options = StoreOptions()
      options.foldsInBackground = false
      options.readers = 1
      options.checkpointAfterIdle = .seconds(3600)
      let store = try await RunStore.open(at: folder.file(), options: options)
      let atOpen = try await store.queue.write(priority: .finalize) { $0.connection.pagesRead }
      try await store.run("new").append(.text())
      let atAppend = try await store.queue.write(priority: .finalize) { $0.connection.pagesRead }
      let ofReader = try store.readers.read { $0.pagesRead }
      await store.close()
      return [atOpen, atAppend, ofReader]
    }
    let (none, some) = (try await pages(0), try await pages(20_000))
    // A tree of more rows may be a page or two deeper.
    for (none, some) in zip(none, some) { #expect(some <= none + 6) }
  }

  @Test(
    "is ready within 20 ms of an empty store's time with a million events to fold",
    .enabled(if: getenv("RUNDIGEST_MEASURE") != nil)
  )
  func million() async throws {
    let (empty, full) = (try TemporaryFolder(), try TemporaryFolder())
    try await leaveBehind(empty, events: 0)
    try await leaveBehind(full, events: 1_000_000)
    func open(_ folder: TemporaryFolder) async throws -> (RunStore, ready: UInt64, appended: UInt64)
    {
      let start = MonotonicTime.now()
      let store = try await RunStore.open(at: folder.file())
      let ready = MonotonicTime.now()
      try await store.run("new").append(.text())
      return (store, ready - start, MonotonicTime.now() - start)
    }
    // The first open of a process pays for much that later ones have.
    for _ in 0..<3 { await (try await open(empty)).0.close() }
    let none = try await open(empty)
    let start = MonotonicTime.now()
    let all = try await open(full)
    let health = all.0.health()
    let healthAt = MonotonicTime.now() - start
    #expect(health.isReady && health.isAccepting && health.isCatchingUp)
    #expect(health.backlog.events > 900_000)
    try await all.0.flush()
    let done = MonotonicTime.now() - start
    #expect(!all.0.health().isCatchingUp)
    print(
      """
      MEASURE open with nothing to fold: ready \(none.ready / 1000) us, first append \
      \(none.appended / 1000) us; with 1 000 000 events: ready \(all.ready / 1000) us, first append \
      \(all.appended / 1000) us, health by \(healthAt / 1000) us, caught up after \
      \(done / 1_000_000) ms
      """
    )
    #expect(all.ready < none.ready + 20_000_000 && all.appended < none.appended + 20_000_000)
    await none.0.close()
    await all.0.close()
  }

  private enum Script {
    static func event(_ number: Int, session: String) -> Event {
      let event: Event =
        switch number % 5 {
        case 0: .turnStart(id: "t\(number)")
        case 1: .toolCall(id: "c\(number)", name: "bash")
        case 2: .toolResult(id: "c\(number - 1)", isError: number % 2 == 0)
        case 3: .usage(model: "m", input: 3, output: 2, costUSD: 0.1)
        default: .turnResult(status: "success")
        }
      return event.with(
        ts: Timestamp(microseconds: 1_700_000_000_000_000 + Int64(number)),
        session: session
      )
    }
  }
}
