import Events
import Support
import Testing

@testable import Engine
@testable import RunDigest

@Suite("A run's handle")
struct RunHandleTests {
  @Test("is looked up once, also when there is nothing, and a flow costs one look-up")
  func oneLookup() async throws {
    let test = try await TestStore.folding()
    let run = try test.store.run("agent-7", session: "s-1")
    #expect(!run.exists)
    #expect(throws: StoreError.self) { try run.insight() }
    #expect(throws: StoreError.self) { try run.turns() }
    try await run.flush()
    #expect(test.store.lookups.value == 1)
    try await run.append([.turnStart(id: "t1"), .toolCall(id: "c1", name: "bash")])
    #expect(run.exists)
    try await run.end(.crash, reason: "exit 137")
    #expect(try run.insight().digest.outcome.status == .crashed)
    #expect(try run.insight().digest.session == "s-1")
    #expect(try run.turns().count == 1)
    #expect(try run.calls().map(\.name) == ["bash"])
    #expect(try run.events(around: 2, context: 1).map(\.seq) == [1, 2, 3])
    #expect(try run.events().map(\.ordinal) == [1, 2, 3])
    #expect(test.store.lookups.value == 1)
    await test.store.close()
  }

  @Test("of a run that somebody else begins learns of it when asked to")
  func refreshed() async throws {
    let test = try await TestStore.folding()
    let early = try test.store.run("a")
    try await test.store.run("a").append(.text())
    try await test.store.flush()
    #expect(throws: StoreError.self) { try early.insight() }
    try early.refresh()
    #expect(try early.insight().digest.watermark == 1)
    await test.store.close()
  }

  @Test("keeps a session that an event names")
  func sessions() async throws {
    let test = try await TestStore.folding()
    let run = try test.store.run("a", session: "s-1")
    try await run.append([.text(), .text(session: "s-2")])
    #expect(try test.events(of: "a").map(\.event.session) == ["s-1", "s-2"])
    await test.store.close()
  }

  @Test(
    "refuses a name that no run can have",
    arguments: ["", "a\u{0}", String(repeating: "x", count: 201)]
  )
  func badNames(_ name: String) async throws {
    let test = try await TestStore.folding()
    #expect(await failure { _ = try test.store.run(name) } == .invalidArgument)
    await test.store.close()
  }

  @Test("ends with any cause, many times at once, in one seal", arguments: EndCause.allCases)
  func manyEnds(_ cause: EndCause) async throws {
    let test = try await TestStore.folding()
    let run = try test.store.run("a")
    try await run.append([.turnStart(id: "t"), .text()])
    let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
      for n in 0..<8 { group.addTask { try await run.end(cause, reason: "\(n)") } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(outcomes.count == 1)
    #expect(try test.events(of: "a").count == 3)
    try await run.resume()
    #expect(try run.insight().digest.outcome.status == .running)
    #expect(try await run.end(.stop).cause == .stop)
    #expect(try await run.judge(.done).verdict == .done)
    #expect(try run.verify().isClean)
    await test.store.close()
  }
}
