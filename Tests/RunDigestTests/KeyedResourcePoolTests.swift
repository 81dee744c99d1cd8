import Storage
import Support
import TestSupport
import Testing

@testable import Engine
@testable import RunDigest

@Suite("A pool of resources by key", .timeLimit(.minutes(60)))
struct KeyedResourcePoolTests {
  @Test("opens once for uses one after the other, and once for each team")
  func sequential() async throws {
    let pool = CountingPool()
    for _ in 0..<4 { try await pool.use("a") }
    #expect(pool.counters.opens == 1 && pool.counters.hits == 3)
    try await pool.use("b")
    #expect(pool.counters.opens == 2 && pool.counters.closes == 0)
  }

  @Test("opens once for many at once", arguments: [8, 100])
  func concurrent(_ count: Int) async throws {
    let door = Door()
    let pool = CountingPool { _, _ in await door.pass() }
    let users = (0..<count).map { _ in Task { try await pool.use("a") } }
    await pool.settle { $0.joins == count - 1 }
    await door.open()
    for user in users { #expect(try await user.value == 1) }
    #expect(pool.counters.opens == 1 && pool.counters.lent == 0)
  }

  @Test("closes what nobody used for the time to live, and not before")
  func expiry() async throws {
    let pool = CountingPool(ttl: .seconds(10))
    try await pool.use("a")
    while pool.clock.sleepers == 0 { await Task.yield() }
    pool.clock.advance(by: .seconds(6))
    try await pool.use("a")
    #expect(pool.counters.opens == 1)
    pool.clock.advance(by: .seconds(6))
    #expect(pool.counters.closes == 0)
    // Used six seconds ago: asked for again after eleven it is opened anew.
    pool.clock.advance(by: .seconds(5))
    try await pool.use("a")
    #expect(pool.counters.opens == 2)
    await pool.settle { $0.closes == 1 }
    #expect(pool.counters.expirations == 1)
  }

  @Test("closes an idle handle without being asked")
  func reaper() async throws {
    let pool = CountingPool(ttl: .seconds(10))
    try await pool.use("a")
    while pool.clock.sleepers == 0 { await Task.yield() }
    pool.clock.advance(by: .seconds(10))
    await pool.settle { $0.closes == 1 }
    #expect(pool.counters.closes == 1 && pool.counters.open == 0)
  }

  @Test("keeps nothing with a time to live of zero: as many opens and closes as uses")
  func off() async throws {
    let pool = CountingPool(ttl: .zero)
    for _ in 0..<5 { try await pool.use("a") }
    await pool.settle { $0.closes == 5 }
    #expect(pool.counters.opens == 5 && pool.counters.closes == 5)
  }

  @Test("closes the one unused for longest when there are too many, never one that is lent")
  func eviction() async throws {
    let pool = CountingPool(capacity: 2)
    try await pool.pool.withResource("lent") { handle in
      for team in ["a", "b", "c"] {
        pool.clock.advance(by: .seconds(1))
        try await pool.use(team)
      }
      await pool.settle { $0.closes == 2 }
      #expect(pool.live.withLock { $0 } == [handle, 4])
      #expect(pool.counters.evictions == 2)
    }
  }

  @Test("goes beyond its cap rather than close what is lent, and back after")
  func allLent() async throws {
    let pool = CountingPool(capacity: 1)
    try await pool.pool.withResource("a") { a in
      try await pool.pool.withResource("b") { b in
        #expect(pool.live.withLock { $0 } == [a, b])
      }
    }
    await pool.settle { $0.open == 1 }
    #expect(pool.counters.open == 1)
  }

  @Test("gives up a handle that an error says is damaged, once its last user is done")
  func poison() async throws {
    let pool = CountingPool()
    try await pool.pool.withResource("a") { first in
      await #expect(throws: CountingPool.Damaged.self) {
        try await pool.pool.withResource("a") { (_: Int) -> Int in throw CountingPool.Damaged() }
      }
      #expect(pool.live.withLock { $0.contains(first) })
      #expect(pool.counters.poisonings == 1 && pool.counters.closes == 0)
    }
    #expect(try await pool.use("a") == 2)
    #expect(pool.counters.opens == 2)
  }

  @Test(
    "tells damage from mere trouble",
    arguments: [
      (StoreError.Code.corrupt, true), (.io, true), (.refused, true), (.closed, true),
      (.busy, false), (.full, false), (.conflict, false), (.notFound, false),
    ]
  )
  func kinds(_ code: StoreError.Code, poisons: Bool) async throws {
    let pool = CountingPool()
    await #expect(throws: StoreError.self) {
      try await pool.pool.withResource("a") { (_: Int) -> Int in throw StoreError(code, "") }
    }
    try await pool.use("a")
    #expect(pool.counters.opens == (poisons ? 2 : 1))
  }

  @Test("is not failed by the cancellation of the one whose use began the opening")
  func cancelledOpener() async throws {
    let door = Door()
    let pool = CountingPool { _, _ in await door.pass() }
    let opener = Task { try await pool.use("a") }
    while pool.pool.count == 0 { await Task.yield() }
    let others = (0..<3).map { _ in Task { try await pool.use("a") } }
    await pool.settle { $0.joins == 3 }
    opener.cancel()
    await #expect(throws: CancellationError.self) { try await opener.value }
    await door.open()
    for other in others { #expect(try await other.value == 1) }
    #expect(pool.counters.opens == 1 && pool.counters.lent == 0)
  }

  @Test("tells all who wait why an opening failed, and the next use tries again")
  func failedOpening() async throws {
    let door = Door()
    let pool = CountingPool { _, n in
      await door.pass()
      if n == 1 { throw StoreError(.corrupt, "damaged") }
    }
    let users = (0..<5).map { _ in Task { await failure { try await pool.use("a") } } }
    await pool.settle { $0.joins == 4 }
    await door.open()
    for user in users { #expect(await user.value == .corrupt) }
    #expect(pool.counters.failures == 1 && pool.counters.opens == 0)
    #expect(try await pool.use("a") == 2)
  }

  @Test("takes a handle back from a body that throws")
  func throwingBody() async throws {
    struct Mine: Error {}
    let pool = CountingPool()
    await #expect(throws: Mine.self) {
      try await pool.pool.withResource("a") { (_: Int) -> Int in throw Mine() }
    }
    #expect(pool.counters.lent == 0)
    try await pool.use("a")
    #expect(pool.counters.opens == 1)
  }

  @Test("waits at its end for those who have handles, and refuses those who come later")
  func closing() async throws {
    let door = Door()
    let pool = CountingPool()
    let user = Task {
      try await pool.pool.withResource("a") { handle in
        await door.pass()
        return pool.live.withLock { $0.contains(handle) }
      }
    }
    await pool.settle { $0.lent == 1 }
    let closing = Task { await pool.pool.close() }
    while !pool.pool.isClosed { await Task.yield() }
    #expect(await failure { try await pool.use("b") } == .closed)
    await door.open()
    #expect(try await user.value)
    await closing.value
    #expect(pool.counters.open == 0 && pool.counters.closes == 1)
    // Once more changes nothing.
    await pool.pool.close()
  }

  @Test("begins again when a handle is given up while it is being opened")
  func invalidatedOpening() async throws {
    let doors = [Door(), Door()]
    let pool = CountingPool { _, n in await doors[min(n, 2) - 1].pass() }
    let user = Task { try await pool.use("a") }
    while pool.pool.count == 0 { await Task.yield() }
    pool.pool.invalidate("a")
    await doors[1].open()
    await doors[0].open()
    #expect(try await user.value == 2)
    // Once more where it is told before the first handle is closed.
    #expect((1...2).contains(pool.counters.retries) && pool.counters.opens == 2)
    #expect(pool.live.withLock { $0 } == [2])
  }

  @Test("gives up after a bounded number of tries when a handle never lasts")
  func churn() async throws {
    let handle = Locked<KeyedResourcePool<String, Int>?>(nil)
    let pool = CountingPool { key, _ in handle.withLock { $0 }?.invalidate(key) }
    handle.withLock { $0 = pool.pool }
    #expect(await failure { try await pool.use("a") } == .busy)
    #expect(pool.counters.retries == KeyedResourcePool<String, Int>.triesMax)
    await pool.settle { $0.open == 0 }
    handle.withLock { $0 = nil }
    try await pool.use("a")
  }

  @Test("never lends a closed handle, nor two of one team at once, whatever happens")
  func storm() async throws {
    let pool = CountingPool(ttl: .milliseconds(2), capacity: 3) { _, n in
      await Task.yield()
      if n % 17 == 0 { throw StoreError(.io, "") }
    }
    let wrong = Locked(0)
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<16 {
        group.addTask {
          for n in 0..<200 {
            let team = "t\((task &* 7 &+ n) % 6)"
            _ = try? await pool.pool.withResource(team) { handle in
              await Task.yield()
              if !pool.live.withLock({ $0.contains(handle) }) { wrong.withLock { $0 += 1 } }
              if n % 13 == 0 { throw CountingPool.Damaged() }
            }
            if n % 29 == 0 { pool.pool.invalidate(team) }
            if n % 5 == 0 { pool.clock.advance(by: .milliseconds(1)) }
          }
        }
      }
    }
    await pool.pool.close()
    #expect(wrong.withLock { $0 } == 0)
    #expect(pool.live.withLock { $0.isEmpty })
    #expect(pool.counters.opens == pool.counters.closes && pool.counters.lent == 0)
  }
}
