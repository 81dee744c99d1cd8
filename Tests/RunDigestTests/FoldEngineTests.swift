import Events
import Storage
import Testing

@testable import RunDigest

/// What the worker keeps in memory between two folds of a run.
@Suite("The folds that a worker remembers")
struct FoldEngineTests {
  private let engine = FoldEngine()

  /// A store whose worker has no thread: the test is its thread.
  private func store() async throws -> TestStore {
    try await TestStore { $0.foldsInBackground = false }
  }

  @Test("are of runs that live: that of one that somebody ended is forgotten")
  func ended() async throws {
    let test = try await store()
    let run = try test.store.run("a")
    try await run.append(.text())
    // The first run of a store is its number 1.
    test.store.worker.fold([1], engine)
    #expect(engine.rememberedCount == 1)
    // By another fold than this one.
    try await run.end(.stop)
    test.store.worker.fold([1], engine)
    #expect(engine.rememberedCount == 0)
    #expect(try run.insight().digest.watermark == 2)
    await test.store.close()
  }

  @Test("have only so many calls at hand together, and are forgotten beyond that")
  func rows() async throws {
    let test = try await store()
    let engine = FoldEngine(rowsMax: 10)
    // Of eight calls each: two runs have more than ten.
    for (run, remembered) in [("a", 1), ("b", 0), ("c", 1)] {
      let calls = (0..<8).map { Event.toolCall(id: "c\($0)", name: "bash") }
      try await test.store.run(run).append(calls)
      test.store.worker.fold([Int64(run.utf8.first ?? 0) - 0x60], engine)
      #expect(engine.rememberedCount == remembered, "after \(run)")
    }
    // And what was forgotten is read back: the results find their calls.
    for run in ["a", "b", "c"] {
      let results = (0..<8).map { Event.toolResult(id: "c\($0)") }
      try await test.store.run(run).append(results)
      test.store.worker.fold([Int64(run.utf8.first ?? 0) - 0x60], engine)
      #expect(try test.store.insight(run).digest.totals[.toolCalls] == 8)
    }
    #expect(try test.store.verify().isClean)
    await test.store.close()
  }

  /// Turns of one call each, which is answered in the next turn: every slice needs the one before it.
  private func turns(_ count: Int) -> [Event] {
    (0..<count).flatMap { turn in
      [
        Event.turnStart(id: "t\(turn)"), Event.toolCall(id: "c\(turn)", name: "bash"), Event.text(),
        Event.toolResult(id: "c\(turn)"), Event.turnResult(status: "success"),
      ]
    }
  }

  private func prepare(
    _ test: TestStore,
    events: Int,
    ahead: Bool,
    by other: FoldEngine? = nil
  ) throws -> PreparedFold? {
    let engine = other ?? engine
    return try test.store.readers.snapshot { connection in
      engine.use(version: try LiveVersion.read(connection))
      let limit = FoldLimit(events: events, bytes: .max)
      return ahead
        ? try engine.prepareAhead(1, limit: limit, connection)?.batch
        : try engine.prepare(1, limit: limit, connection)?.batch
    }
  }

  private func write(
    _ test: TestStore,
    _ batch: PreparedFold,
    by other: FoldEngine? = nil
  ) throws -> [Bool] {
    let engine = other ?? engine
    let written = try test.store.queue.writeAndBlock(priority: .fold) {
      try FoldWriter(connection: $0.connection).writeIfLive([batch])
    }
    if written == [true] { engine.didWrite(batch) } else { engine.forget(batch.run) }
    return written
  }

  @Test("go on ahead of what is written, and come to the same")
  func ahead() async throws {
    let test = try await store()
    // 25 events: in slices of seven the calls are open at their ends.
    try await test.store.run("a").append(turns(5))
    #expect(try prepare(test, events: 7, ahead: true) == nil, "there is nothing to be ahead of")
    let first = try #require(try prepare(test, events: 7, ahead: false))
    let second = try #require(try prepare(test, events: 7, ahead: true))
    #expect(try write(test, first) == [true])
    // The second is not written, and the third folded on from it all the same.
    let third = try #require(try prepare(test, events: 11, ahead: true))
    #expect(try prepare(test, events: 1, ahead: true) == nil, "the log has no more")
    #expect(try write(test, second) == [true] && write(test, third) == [true])
    let digest = try test.store.insight("a").digest
    #expect(digest.watermark == 25 && digest.totals[.toolCalls] == 5)
    #expect(try test.store.verify().isClean)
    await test.store.close()
  }

  @Test("that went ahead are void when somebody else folded the run")
  func aheadInVain() async throws {
    let test = try await store()
    try await test.store.run("a").append(turns(4))
    let first = try #require(try prepare(test, events: 3, ahead: false))
    let second = try #require(try prepare(test, events: 3, ahead: true))
    // To the same event as the first batch, but by another hand, and then further.
    let other = FoldEngine()
    test.store.worker.fold([1], other)
    #expect(try test.store.insight("a").digest.watermark == 20)
    #expect(try write(test, first) == [false] && write(test, second) == [false])
    #expect(try prepare(test, events: 3, ahead: true) == nil, "nothing of it is remembered")
    #expect(try test.store.verify().isClean)
    await test.store.close()
  }

  @Test("do not go ahead of what is void, though another way comes to the same event")
  func aheadOfWhatIsVoid() async throws {
    let test = try await store()
    try await test.store.run("a").append(turns(5))
    let first = try #require(try prepare(test, events: 5, ahead: false))
    // Another hand goes to event 11 in two batches. So might this one, by 5 and 11; but it would find
    // the call of event 7 announced before it came to it.
    let other = FoldEngine()
    for events in [7, 4] {
      let batch = try #require(try prepare(test, events: events, ahead: false, by: other))
      #expect(try write(test, batch, by: other) == [true])
    }
    #expect(try prepare(test, events: 6, ahead: true) == nil)
    #expect(try write(test, first) == [false])
    #expect(try prepare(test, events: 2, ahead: true) == nil)
    test.store.worker.fold([1], engine)
    #expect(try test.store.verify().isClean)
    await test.store.close()
  }

  @Test("go ahead through a long tail, slice by slice, beside other runs")
  func longTail() async throws {
    let test = try await store()
    // More than five slices of the worker's 1024, and more calls than may be at hand.
    for _ in 0..<5 { try await test.store.run("a").append(turns(1200)) }
    try await test.store.run("b").append(turns(2))
    // No look in the tables is due, and so nothing but these runs.
    test.store.worker.state.withLock { $0.sweepAt = .max }
    test.store.worker.fold([1, 2], engine)
    var rounds = 1
    // Once it must wait for its calls to be written: then it is marked to go on with the next round.
    while case let runs = test.store.worker.state.withLock({ $0.takeAll() }), !runs.isEmpty {
      test.store.worker.fold(runs, engine)
      test.store.worker.state.withLock { $0.folding = [] }
      rounds += 1
    }
    #expect(rounds <= 4, "of thirty slices most are folded ahead")
    #expect(try test.store.insight("a").digest.watermark == 30_000)
    #expect(try test.store.insight("b").digest.watermark == 10)
    #expect(try test.store.verify().isClean)
    await test.store.close()
  }

  @Test("go on where the run goes on, after an end of others too")
  func resumed() async throws {
    let test = try await store()
    let run = try test.store.run("a")
    try await run.append(.text())
    test.store.worker.fold([1], engine)
    try await run.append(.text())
    test.store.worker.fold([1], engine)
    try await run.end(.crash)
    test.store.worker.fold([1], engine)
    try await run.append(Event("run.resumed").with(ts: Timestamp(microseconds: 9)))
    test.store.worker.fold([1], engine)
    #expect(engine.rememberedCount == 1)
    let insight = try run.insight()
    #expect(insight.digest.watermark == 4 && !insight.isSealed && insight.lag == 0)
    #expect(try test.store.verify().isClean)
    await test.store.close()
  }
}
