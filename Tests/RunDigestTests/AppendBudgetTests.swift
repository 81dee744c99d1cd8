import Events
import Testing

@testable import EventLog
@testable import RunDigest

@Suite("The appendBudget")
struct AppendBudgetTests {
  @Test("is bounded by count, and by bytes", arguments: [(10, Int.max), (Int.max, 100)])
  func bounds(events: Int, bytes: Int) async throws {
    let appendBudget = AppendBudget(eventsMax: events, bytesMax: bytes)
    for _ in 0..<10 { try await appendBudget.enter(events: 1, bytes: 10, .fail) }
    #expect(
      await failure { try await appendBudget.enter(events: 1, bytes: 10, .fail) } == .overloaded
    )
    appendBudget.leave(events: 1, bytes: 10)
    try await appendBudget.enter(events: 1, bytes: 10, .fail)
  }

  @Test("takes one that is bigger than all its room, alone")
  func oversized() async throws {
    let appendBudget = AppendBudget(eventsMax: 2, bytesMax: 100)
    try await appendBudget.enter(events: 50, bytes: 5000, .fail)
    #expect(
      await failure { try await appendBudget.enter(events: 1, bytes: 1, .fail) } == .overloaded
    )
    appendBudget.leave(events: 50, bytes: 5000)
    try await appendBudget.enter(events: 1, bytes: 1, .fail)
  }

  @Test("lets those who wait in by their order, and a big one is not overtaken")
  func order() async throws {
    let appendBudget = AppendBudget(eventsMax: 4, bytesMax: .max)
    try await appendBudget.enter(events: 4, bytes: 0, .fail)
    let big = Task { try await appendBudget.enter(events: 4, bytes: 0, .wait) }
    while appendBudget.load.waiting < 1 { await Task.yield() }
    let small = Task { try await appendBudget.enter(events: 1, bytes: 0, .wait) }
    while appendBudget.load.waiting < 2 { await Task.yield() }
    appendBudget.leave(events: 1, bytes: 0)
    #expect(appendBudget.load.waiting == 2)
    appendBudget.leave(events: 3, bytes: 0)
    try await big.value
    #expect(appendBudget.load.waiting == 1)
    appendBudget.leave(events: 4, bytes: 0)
    try await small.value
  }

  @Test("lets a caller go after its time, and one that is cancelled at once")
  func endsOfPatience() async throws {
    let appendBudget = AppendBudget(eventsMax: 1, bytesMax: .max)
    try await appendBudget.enter(events: 1, bytes: 0, .fail)
    let code = await failure {
      try await appendBudget.enter(events: 1, bytes: 0, .waitUpTo(.milliseconds(10)))
    }
    #expect(code == .timedOut)
    let waiting = Task { try await appendBudget.enter(events: 1, bytes: 0, .wait) }
    while appendBudget.load.waiting < 1 { await Task.yield() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(appendBudget.load.waiting == 0)
    // The one inside is still there, and nobody else.
    #expect(appendBudget.load.events == 1)
  }

  @Test("keeps an overrun store within its bounds, and nothing is lost")
  func overload() async throws {
    let test = try await TestStore.folding {
      $0.appendBudgetEvents = 32
      $0.foldsInBackground = false
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<200 {
        group.addTask {
          let run = try test.store.run("r\(caller % 10)")
          for n in 0..<5 { try await run.append([.text(id: "\(caller)-\(n)"), .text()]) }
        }
      }
      try await group.waitForAll()
    }
    #expect(try test.number("SELECT count(*) FROM events") == 2000)
    #expect(test.store.appendBudget.high.events <= 32)
    #expect(test.store.appendBudget.load.events == 0)
    await test.store.close()
  }
}
