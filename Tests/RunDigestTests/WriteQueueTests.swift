import Events
import Glibc
import Storage
import Support
import TestSupport
import Testing

@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

@Suite("The write queue")
struct WriteQueueTests {
  struct Stop: Error, Equatable {}

  /// Checks that every run is 1, 2, 3 … and every session too, and gives the count.
  private func checkDense(_ test: TestStore) throws -> Int64 {
    let gaps = try test.number(
      "SELECT count(*) FROM (SELECT run FROM events GROUP BY run HAVING max(seq) <> count(*))"
    )
    #expect(gaps == 0)
    let sessionGaps = try test.number(
      """
      SELECT count(*) FROM (
        SELECT session FROM events WHERE session IS NOT NULL GROUP BY session
        HAVING max(ordinal) <> count(*) OR count(DISTINCT ordinal) <> count(*)
          OR max(ordinal) <> (SELECT head FROM sessions WHERE id = session))
      """
    )
    #expect(sessionGaps == 0)
    #expect(try test.number("SELECT count(*) FROM pragma_integrity_check WHERE rowid = 1") == 1)
    return try test.number("SELECT count(*) FROM events")
  }

  @Test("keeps seqs and ordinals dense under 8 tasks on each of two stores on one file")
  func twoStores() async throws {
    let test = try await TestStore { $0.checkpointBytes = 256 << 10 }
    let other = try await test.another { $0.checkpointBytes = 256 << 10 }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, store) in [test.store, other].enumerated() {
        for task in 0..<8 {
          group.addTask {
            for step in 0..<40 {
              let run = try RunID("run-\(step % 5)")
              let event = Event.text("\(index)-\(task)-\(step)", session: "session-\(task % 3)")
              let durability: Durability = step % 10 == 0 ? .durable : .committed
              try await store.append([event, .text()], to: run, durability: durability)
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try checkDense(test) == 2 * 8 * 40 * 2)
    await test.store.close()
    await other.close()
  }

  @Test("returns each caller its own seqs when many append at once")
  func ownSeqs() async throws {
    let test = try await TestStore()
    let run = RunID("one")
    let seqs = try await withThrowingTaskGroup(of: [Int64].self) { group in
      for _ in 0..<64 {
        group.addTask {
          var seqs: [Int64] = []
          for _ in 0..<20 {
            let receipt = try await test.store.append([.text(), .text()], to: run)
            seqs += receipt.outcomes.map(\.seq)
          }
          return seqs
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(seqs.sorted() == Array(1...2560))
  }

  @Test("forgets a run that a failed job had added")
  func addedInVain() async throws {
    struct GivenUp: Error {}
    let test = try await TestStore { $0.foldsInBackground = false }
    try await test.store.append([.text()], to: "first")
    // As two folds of one transaction do whose runs name the same new parent.
    await #expect(throws: GivenUp.self) {
      try await test.store.queue.write(priority: .fold) { tables in
        let first = try tables.runRow(named: "parent")
        #expect(try tables.runRow(named: "parent") == first)
        throw GivenUp()
      }
    }
    // The next run gets the row that the other one no longer has.
    try await test.store.append([.text("other")], to: "other")
    try await test.store.append([.text("parent")], to: "parent")
    #expect(try test.events(of: "other").map(\.seq) == [1])
    #expect(try test.events(of: "parent").map(\.seq) == [1])
    await test.store.close()
  }

  @Test("rolls one caller back without touching the others of its group")
  func conflictsInGroups() async throws {
    let test = try await TestStore()
    let first = Event.text("original", id: "taken", session: "s")
    try await test.store.append([first], to: RunID("run-0"))
    let conflicts = await withTaskGroup(of: Bool.self) { group in
      for task in 0..<64 {
        group.addTask {
          let run = try? RunID("run-\(task % 4)")
          guard let run else { return false }
          let isBad = task % 8 == 0
          let last: Event = isBad ? .text("other", id: "taken") : .text("x", id: "t\(task)")
          let code = await failure {
            try await test.store.append([.text(session: "s"), .text(session: "u"), last], to: run)
          }
          #expect(code == (isBad ? .conflict : nil))
          return isBad
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(conflicts == 8)
    #expect(try checkDense(test) == 1 + 56 * 3)
  }

  @Test("isolates a failing caller within one transaction, exactly")
  func isolation() async throws {
    let test = try await TestStore()
    let engine = try SQLiteWriter(
      path: test.store.path,
      options: test.store.options,
      notices: CommitNotices()
    )
    func call(
      _ run: String,
      _ events: [Event],
      _ expecting: ExpectedHead = .any
    ) throws
      -> AppendCall
    {
      try AppendCall(
        events,
        to: RunID(run),
        expecting: expecting,
        options: test.store.options
      )
    }
    let calls = try [
      call("a", [.text(id: "1", session: "s")]),
      call("b", [.text(session: "new"), .text("x", id: "1"), .text("y", id: "1")]),
      call("b", [.text(session: "newer")]),
      call("a", [.text()], .seq(5)),
      call("a", [.text(session: "s")], .seq(1)),
    ]
    let results = try engine.append(group: calls, mayBlock: true)
    let seqs = results.map { result -> [Int64] in
      switch result {
      case .success(let receipt): return receipt.outcomes.map(\.seq)
      case .failure(let error): return (error as? StoreError)?.code == .conflict ? [-1] : [-2]
      }
    }
    #expect(seqs == [[1], [-1], [1], [-1], [2]])
    #expect(try checkDense(test) == 3)
    #expect(try test.number("SELECT count(*) FROM sessions WHERE name = 'new'") == 0)
    engine.close()
  }

  @Test("runs jobs in a transaction, with appends of their own, and rolls them back")
  func jobs() async throws {
    let test = try await TestStore()
    let run = RunID("a")
    let call = try AppendCall(
      [.text(session: "s")],
      to: run,
      expecting: .any,
      options: test.store.options
    )
    let head = try await test.store.queue.write(priority: .finalize, durability: .durable) {
      _ = try $0.append(call)
      return try $0.append(call).head
    }
    #expect(head == 2)
    for durability in [Durability.committed, .durable] {
      await #expect(throws: Stop()) {
        try await test.store.queue.write(priority: .fold, durability: durability) { context in
          _ = try context.append(call)
          throw Stop()
        }
      }
    }
    let receipt = try await test.store.append([.text(session: "s")], to: run)
    #expect(receipt.outcomes == [.appended(3)])
    #expect(try checkDense(test) == 3)
  }

  @Test("lets jobs through while appends never stop")
  func noStarvation() async throws {
    let test = try await TestStore()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<16 {
        group.addTask {
          let run = try RunID("run-\(task)")
          while !Task.isCancelled { try await test.store.append([.text()], to: run) }
        }
      }
      for _ in 0..<50 {
        for priority in [WritePriority.finalize, .fold, .maintenance] {
          _ = try await test.store.queue.write(priority: priority) {
            try $0.run(named: "run-1").map(\.row)
          }
        }
      }
      group.cancelAll()
      do { try await group.waitForAll() } catch is CancellationError {}
    }
    _ = try checkDense(test)
  }

  @Test("takes the urgent first, then appends, and a lower job after a few groups of these")
  func order() async throws {
    let test = try await TestStore {
      // A fold would take a place in the line.
      $0.foldsInBackground = false
    }
    let run = RunID("a")
    let group = [Event](repeating: .text(), count: WriteQueue.groupEventsMax)
    let gate = try await holdGate(of: test.store)
    func head(_ priority: WritePriority) -> Task<Int64, any Error> {
      Task {
        try await test.store.queue.write(priority: priority) { tables in
          try tables.run(named: run.rawValue).map { try tables.head(of: $0.row) } ?? 0
        }
      }
    }
    let first = Task { try await test.store.append([.text()], to: run) }
    try await until(test.store.queue) { $0.owner == .thread && $0.appends.isEmpty }
    let appends = (0..<10).map { _ in Task { try await test.store.append(group, to: run) } }
    let maintenance = head(.maintenance)
    let fold = head(.fold)
    let finalize = head(.finalize)
    try await until(test.store.queue) {
      $0.appends.count == 10
        && [$0.finalizes, $0.folds, $0.maintenance].allSatisfy { $0.count == 1 }
    }
    gate.release()
    _ = try await first.value
    #expect(try await finalize.value == 1)
    let groups = Int64(WriteQueue.groupEventsMax)
    let (folded, maintained) = (try await fold.value, try await maintenance.value)
    #expect(folded > 1 && folded <= 1 + 4 * groups)
    #expect(maintained > folded && maintained <= 1 + 8 * groups)
    for append in appends { _ = try await append.value }
    #expect(try checkDense(test) == 1 + 10 * groups)
  }

  @Test("drops its heads when a maintenance job changes the log")
  func maintenance() async throws {
    let test = try await TestStore()
    let run = RunID("a")
    try await test.store.append([.text(session: "s"), .text(session: "s")], to: run)
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.maintain("test") {
        try context.connection.execute("DELETE FROM events WHERE seq = 1")
        try context.connection.execute("UPDATE runs SET pruned_through = 1")
        try context.connection.execute("UPDATE sessions SET head = 10")
      }
    }
    try await test.store.append([.text(session: "s")], to: run)
    #expect(try test.events(of: "a").map(\.seq) == [2, 3])
    #expect(try test.events(of: "a").map(\.ordinal) == [2, 11])
    #expect(try test.number("SELECT count(*) FROM maintenance") == 0)
    await #expect(throws: StoreError.self) {
      try await test.store.queue.write(priority: .maintenance) {
        try $0.connection.execute("DELETE FROM events")
      }
    }
  }

  @Test("is busy when another process holds the gate for too long, and works again after")
  func heldGate() async throws {
    let test = try await TestStore { $0.busyTimeout = .milliseconds(30) }
    let run = RunID("a")
    for _ in 0..<2 { try await test.store.append([.text()], to: run) }
    let gate = try await holdGate(of: test.store)
    #expect(await failure { try await test.store.append([.text()], to: run) } == .busy)
    let code = await failure { try await test.store.queue.write(priority: .fold) { _ in } }
    #expect(code == .busy)
    gate.release()
    // What failed before it began has not undone what was committed before.
    let receipt = try await test.store.append([.text()], to: run)
    #expect(receipt.outcomes == [.appended(3)])
  }

  /// What SQLite says when an fsync failed.
  static let failedSync = SQLiteError(extendedCode: 1034, message: "disk I/O error")

  @Test("opens the file anew after a failed fsync, and goes on where it was")
  func failedFsync() async throws {
    let test = try await TestStore()
    let run = RunID("a")
    try await test.store.append([.text(session: "s")], to: run)
    let call = try AppendCall(
      [.text(session: "s")],
      to: run,
      expecting: .any,
      options: test.store.options
    )
    for durability in [Durability.committed, .durable] {
      let code = await failure {
        try await test.store.queue.write(priority: .fold, durability: durability) { context in
          _ = try context.append(call)
          throw Self.failedSync
        }
      }
      #expect(code == .io)
    }
    let receipt = try await test.store.append([.text(session: "s")], to: run)
    #expect(receipt.outcomes == [.appended(2)])
    #expect(try checkDense(test) == 2)
  }

  @Test("says corrupt when acknowledged events are gone after a failure")
  func lostEvents() async throws {
    let test = try await TestStore()
    try await test.store.append([.text(), .text()], to: RunID("a"))
    try await test.store.queue.write(priority: .maintenance) {
      try $0.connection.execute("UPDATE sqlite_sequence SET seq = 1")
    }
    _ = await failure {
      try await test.store.queue.write(priority: .fold) { _ in throw Self.failedSync }
    }
    #expect(await failure { try await test.store.append([.text()], to: RunID("a")) } == .corrupt)
  }

  @Test("answers once whenever it is cancelled, also on the way into it and when it is closed")
  func cancelledAnyTime() async throws {
    let test = try await TestStore()
    let run = RunID("a")
    for isClosed in [false, true] {
      if isClosed { test.store.queue.startClosing() }
      await withTaskGroup(of: Void.self) { group in
        for seed in 0..<8 {
          group.addTask {
            var random = SeededNumbers(scattering: UInt64(seed))
            for _ in 0..<500 {
              // Both the thread and the caller write.
              test.store.queue.state.withLock { $0.loneStreak = random.below(2) * 16 }
              let work = Task { _ = try? await test.store.append([.text()], to: run) }
              for _ in 0..<random.below(20) { await Task.yield() }
              work.cancel()
              await work.value
            }
          }
        }
      }
    }
    await test.store.close()
  }

  @Test("says cancelled for work that waited, and does not do it")
  func cancellation() async throws {
    // Without folds, which would have the thread write before the first.
    let test = try await TestStore { $0.foldsInBackground = false }
    let run = RunID("a")
    let gate = try await holdGate(of: test.store)
    // The first is taken by the writer, which waits for the gate; the others are in line.
    let first = Task { try await test.store.append([.text("first")], to: run) }
    try await until(test.store.queue) { $0.owner == .thread && $0.appends.isEmpty }
    let waiting = (0..<5).map { _ in
      Task { try await test.store.append([.text("cancelled")], to: run) }
    }
    let last = Task { try await test.store.append([.text("last")], to: run) }
    try await until(test.store.queue) { $0.appends.count == 6 }
    for task in waiting {
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    gate.release()
    #expect(try await first.value.head == 1)
    #expect(try await last.value.head == 2)
    #expect(try checkDense(test) == 2)
  }

  /// Waits until something holds of a queue.
  private func until(_ queue: WriteQueue, _ holds: (WriteQueue.State) -> Bool) async throws {
    while !queue.state.withLock({ holds($0) }) { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test("a lone caller writes on its own thread, until others come")
  func loneCaller() async throws {
    let test = try await TestStore {
      $0.foldsInBackground = false
      // A checkpoint would make the thread the owner, and wait for the gate.
      $0.checkpointAfterIdle = .seconds(3600)
    }
    let queue = test.store.queue
    func streak() -> Int { queue.state.withLock { $0.loneStreak } }
    let run = RunID("a")
    for n in 1...WriteQueue.loneStreakMin {
      try await test.store.append([.text()], to: run)
      #expect(streak() == n)
    }
    // From here on no group is taken from the line, so nothing is counted.
    for _ in 0..<5 { try await test.store.append([.text()], to: run) }
    #expect(streak() == WriteQueue.loneStreakMin)
    // Held up by another process, two callers wait in line and are one group.
    let gate = try await holdGate(of: test.store)
    let first = Task { try await test.store.append([.text()], to: run) }
    try await until(queue) { $0.owner == .thread && $0.appends.isEmpty }
    let others = (0..<2).map { _ in Task { try await test.store.append([.text()], to: run) } }
    try await until(queue) { $0.appends.count == 2 }
    gate.release()
    for task in [first] + others { _ = try await task.value }
    try await until(queue) { $0.owner == .none }
    #expect(streak() == 0)
    #expect(try checkDense(test) == Int64(WriteQueue.loneStreakMin) + 8)
  }

  @Test("a checkpoint that is asked for is made when the call returns, and none after the close")
  func checkpointOnDemand() async throws {
    let test = try await TestStore {
      $0.checkpointAfterIdle = .seconds(3600)
      $0.foldsInBackground = false
    }
    for round in 1...3 as ClosedRange<Int64> {
      try await test.store.append([.text()], to: RunID("a"))
      await test.store.queue.checkpoint()
      #expect(try test.number("SELECT value FROM meta WHERE key = 'checkpoints'") == round)
    }
    await test.store.close()
    await test.store.queue.checkpoint()
  }

  @Test("moves the log into the file when nothing was written for a while")
  func idleCheckpoint() async throws {
    let test = try await TestStore {
      $0.checkpointAfterIdle = .milliseconds(20)
      // A fold would write between the steps.
      $0.foldsInBackground = false
    }
    func checkpoints() throws -> Int64 {
      try test.number("SELECT value FROM meta WHERE key = 'checkpoints'")
    }
    for round in 1...3 as ClosedRange<Int64> {
      try await test.store.append([.text()], to: RunID("a"))
      // Without a read, which would be in the checkpoint's way.
      try await until(test.store.queue) {
        $0.owner == .none && $0.commits == $0.commitsAtCheckpoint
      }
      #expect(try checkpoints() == round)
    }
  }

  @Test("keeps the log bounded while appends go on")
  func boundedLog() async throws {
    let test = try await TestStore {
      $0.checkpointBytes = 128 << 10
      // A fold that reads would be in the checkpoint's way for as long as it is kept from going on.
      $0.foldsInBackground = false
    }
    for _ in 0..<400 {
      try await test.store.append([.text(String(repeating: "x", count: 2000))], to: RunID("a"))
    }
    var status = stat()
    #expect(stat(test.store.path + "-wal", &status) == 0 && status.st_size < 1 << 20)
    await test.store.close()
    #expect(stat(test.store.path + "-wal", &status) == 0 && status.st_size == 0)
  }

  @Test("finishes what waits when it is closed, and refuses what comes later")
  func closing() async throws {
    let test = try await TestStore()
    let results = await withTaskGroup(of: StoreError.Code?.self) { group in
      for task in 0..<100 {
        group.addTask {
          await failure { try await test.store.append([.text()], to: try RunID("r\(task)")) }
        }
      }
      group.addTask {
        await test.store.close()
        return nil
      }
      group.addTask {
        await test.store.close()
        return nil
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.allSatisfy { $0 == nil || $0 == .closed })
    let again = try await test.another()
    let stored = try again.readers.read { try $0.tables.lastPosition() }
    #expect(stored.rawValue == Int64(results.count { $0 == nil } - 2))
    await again.close()
  }

  @Test("says after each commit which runs grew, and when to hurry")
  func notices() async throws {
    let test = try await TestStore()
    let observer = NoticeLog()
    let notices = CommitNotices()
    notices.subscribe(observer)
    let queue = try WriteQueue(path: test.store.path, notices: notices)
    let events: [Event] = [.text(), Event("turn.result")]
    let call = try AppendCall(
      events,
      to: RunID("a"),
      expecting: .any,
      options: StoreOptions()
    )
    _ = try await queue.append(call, durability: .committed)
    try await test.store.append([.text()], to: RunID("a"))
    _ = try await queue.append(call, durability: .committed)
    let notes = observer.seen.withLock { $0 }
    #expect(notes.map(\.position) == [2, 5])
    #expect(notes.map(\.isAfterForeignWrite) == [true, true])
    #expect(notes.flatMap(\.runs).map(\.head) == [2, 5])
    #expect(notes.flatMap(\.runs).map(\.added) == [2, 2])
    #expect(notes.flatMap(\.runs).map(\.isUrgent) == [true, true])
    await queue.close()
  }
}

/// Keeps the notices that it gets.
private final class NoticeLog: CommitObserver {
  let seen = Locked([CommitNotice]())

  func didCommit(_ notice: CommitNotice) {
    seen.withLock { $0.append(notice) }
  }
}
