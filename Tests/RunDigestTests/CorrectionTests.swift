import Events
import Folding
import Storage
import Testing

@testable import Digests
@testable import RunDigest

/// Usage that corrects an earlier one, which the fold finds in the log, whichever fold it is.
@Suite struct CorrectionTests {
  private let run: RunID

  init() throws { run = RunID("r") }

  private func usage(_ id: String, _ input: Int64, replaces: String? = nil) -> Event {
    .usage(model: "m", input: input, costUSD: Double(input), replaces: replaces)
      .with(ts: Timestamp(microseconds: 1_000_000 * input), id: id)
  }

  private func input(_ store: RunStore) throws -> Int64? {
    try store.insight("r").digest.totals.models["m"]?.own.input
  }

  @Test("A correction is the same in the batch of its event, in a later one, and after a restart")
  func batches() async throws {
    let events = [
      .turnStart(), usage("u1", 10), usage("u2", 20, replaces: "u1"),
      usage("u3", 50, replaces: "u2"), .turnResult(),
    ]
    for size in 1...events.count {
      let test = try await TestStore.folding()
      for start in stride(from: 0, to: events.count, by: size) {
        try await test.store.append(Array(events[start..<min(start + size, events.count)]), to: run)
        try await test.store.flush()
      }
      #expect(try input(test.store) == 50, "batches of \(size)")
      #expect(try test.store.turns("r").map(\.tokens.input) == [50])
      #expect(try test.store.insight("r").cost.value == 50_000_000_000)
      #expect(try test.store.verify().differences == [])
      await test.store.close()
    }
  }

  @Test(
    "An event that is named before it is there is no earlier usage, also when all is folded again"
  )
  func laterEvent() async throws {
    let test = try await TestStore.folding()
    try await test.store.append([usage("u1", 10, replaces: "u2"), usage("u2", 20)], to: run)
    try await test.store.flush()
    #expect(try input(test.store) == 30)
    #expect(try test.store.verify().differences == [])
    try await test.store.rebuild()
    #expect(try input(test.store) == 30)
    await test.store.close()
  }

  @Test("The event of that id in another run is not the one that is meant")
  func otherRun() async throws {
    let test = try await TestStore.folding()
    try await test.store.append([usage("u1", 1000)], to: RunID("other"))
    try await test.store.append([usage("u2", 20, replaces: "u1")], to: run)
    try await test.store.flush()
    #expect(try input(test.store) == 20)
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  @Test("The end of a run folds what came before it, corrections too, in its own transaction")
  func end() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    try await test.store.append(
      [.turnStart(), usage("u1", 10), usage("u2", 30, replaces: "u1")],
      to: run
    )
    _ = try await test.store.end(run, RunEnd(.stop))
    #expect(try input(test.store) == 30)
    #expect(try test.store.turns("r").map(\.tokens.input) == [30])
    // After the seal, by way of the correction before: in the row of the turn that the seal abandoned.
    for (id, tokens, old) in [("u3", 35, "u2"), ("u4", 36, "u3"), ("u5", 37, "u4")]
      as [(String, Int64, String)]
    {
      try await test.store.append([usage(id, tokens, replaces: old)], to: run)
      _ = try await test.store.freshInsight(run)
      #expect(try test.store.turns("r").map(\.tokens.input) == [tokens])
    }
    #expect(try test.store.verify().differences == [])
    try await test.store.rebuild()
    #expect(try test.store.turns("r").map(\.tokens.input) == [37])
    await test.store.close()
  }

  @Test("A call that was left running and fails later is counted in the row of its closed turn")
  func laterFailure() async throws {
    let test = try await TestStore.folding()
    let events: [Event] = [
      .turnStart(), .toolCall(id: "c", name: "bash"), .toolResult(id: "c", isRunning: true),
      .turnResult(), .turnStart(), .toolResult(id: "c", isError: true), .turnResult(),
    ]
    for event in events {
      try await test.store.append([event.with(ts: Timestamp(microseconds: 1))], to: run)
      try await test.store.flush()
    }
    let turns = try test.store.turns("r")
    #expect(turns.map(\.toolFailed) == [1, 0] && turns.map(\.errors) == [1, 0])
    #expect(try test.store.calls("r").map(\.status) == [.failed])
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  @Test(
    "A failure after the seal is counted once, also where a late result settles its turn with it"
  )
  func laterFailureAndResult() async throws {
    let test = try await TestStore.folding()
    let batches: [[Event]] = [
      [
        .turnStart(), .toolCall(id: "c", name: "bash"), .toolResult(id: "c", isRunning: true),
        .runEnded(.stop),
      ],
      [.toolResult(id: "c", isError: true), .turnResult(costUSD: 1)],
    ]
    for events in batches {
      try await test.store.append(events.map { $0.with(ts: Timestamp(microseconds: 1)) }, to: run)
      try await test.store.flush()
    }
    let turn = try #require(try test.store.turns("r").first)
    #expect(turn.toolFailed == 1 && turn.errors == 1 && turn.cost.value == 1_000_000_000)
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  @Test("Verification says of a run if its model, tool and waiting time exceed its turns")
  func timeOfTurns() async throws {
    let test = try await TestStore.folding()
    let start = Timestamp(microseconds: 0)
    try await test.store.append(
      [.turnStart().with(ts: start), .thought().with(ts: Timestamp(microseconds: 5_000_000))],
      to: run
    )
    try await test.store.flush()
    let fields = { try test.store.verify().differences.map(\.field) }
    #expect(try fields() == [])
    // The state of a run without an open turn.
    try await test.store.append([Event("odd").with(ts: start)], to: RunID("other"))
    try await test.store.flush()
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.connection.execute(
        """
        UPDATE digests SET state = (SELECT state FROM digests WHERE run = 2) WHERE run = 1
        """
      )
    }
    #expect(try fields().contains("model, tool and waiting time"))
    await test.store.close()
  }
}
