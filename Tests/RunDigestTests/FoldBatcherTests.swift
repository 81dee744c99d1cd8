import Events
import Storage
import Support
import Testing

@testable import Digests
@testable import Engine
@testable import RunDigest

/// What the worker keeps in memory between two folds of a run.
@Suite("The folds that a worker remembers")
struct FoldBatcherTests {
  private let engine = FoldBatcher()

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
    let engine = FoldBatcher(rowsMax: 10)
    // Of eight calls each: two runs have more than ten.
    for (run, remembered) in [("a", 1), ("b", 0), ("c", 1)] {
      let calls = (0..<8).map { Event.toolCall(id: "c\($0)", name: "bash") }
      try await test.store.run(run).append(calls)
      test.store.worker.fold([RunRowID(rawValue: Int64(run.utf8.first ?? 0) - 0x60)], engine)
      #expect(engine.rememberedCount == remembered, "after \(run)")
    }
    // And what was forgotten is read back: the results find their calls.
    for run in ["a", "b", "c"] {
      let results = (0..<8).map { Event.toolResult(id: "c\($0)") }
      try await test.store.run(run).append(results)
      test.store.worker.fold([RunRowID(rawValue: Int64(run.utf8.first ?? 0) - 0x60)], engine)
      #expect(try test.store.insight(RunID(run)).digest.totals[.toolCalls] == 8)
    }
    #expect(try test.store.verify().isClean)
    await test.store.close()
  }

  @Test("go through a long tail slice by slice, beside other runs")
  func longTail() async throws {
    let test = try await store()
    // Turns of one call each, in six slices of the worker's 1024.
    let turn = [
      Event.turnStart(id: "t"), .toolCall(name: "bash"), .text(),
      .turnResult(status: "success"),
    ]
    try await test.store.run("a").append((0..<1500).flatMap { _ in turn })
    try await test.store.run("b").append(turn)
    test.store.worker.fold([1, 2], engine)
    #expect(try test.store.insight("a").digest.watermark == 1024)
    #expect(try test.store.insight("b").digest.watermark == 4)
    var rounds = 1
    while case let runs = test.store.worker.state.withLock({ $0.takeAll() }), !runs.isEmpty {
      test.store.worker.fold(runs, engine)
      test.store.worker.state.withLock { $0.folding = [] }
      rounds += 1
    }
    #expect(rounds == 6)
    #expect(try test.store.insight("a").digest.watermark == 6000)
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
