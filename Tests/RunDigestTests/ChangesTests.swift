import Events
import Glibc
import Storage
import Support
import Testing

@testable import RunDigest

@Suite("Followers", .timeLimit(.minutes(60)))
struct ChangesTests {
  @Test("that are slow see each of a thousand ends exactly once")
  func thousandEnds() async throws {
    let test = try await TestStore.folding()
    let store = test.store
    let byEvent = Task {
      var seen: [String: Int] = [:]
      for try await event in store.changes(after: 0) where event.event.kind == "run.ended" {
        seen[event.run, default: 0] += 1
        if seen.count % 100 == 0 { try await Task.sleep(for: .milliseconds(5)) }
        if seen.count == 1000 { break }
      }
      return seen
    }
    let byDigest = Task {
      var seen: [String: Int] = [:]
      for try await change in store.digestChanges() where change.isSealed {
        seen[change.run, default: 0] += 1
        if seen.count % 100 == 0 { try await Task.sleep(for: .milliseconds(5)) }
        if seen.count == 1000 { break }
      }
      return seen
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for part in 0..<10 {
        group.addTask {
          for n in 0..<100 {
            let run = try store.run("run-\(part * 100 + n)")
            try await run.append([.turnStart(id: "t"), .text()])
            try await run.end(.stop, durability: .committed)
          }
        }
      }
      try await group.waitForAll()
    }
    let ends = try await byEvent.value
    let seals = try await byDigest.value
    #expect(ends.count == 1000 && ends.values.allSatisfy { $0 == 1 })
    #expect(seals.count == 1000 && seals.values.allSatisfy { $0 == 1 })
    await store.close()
  }

  @Test("see every event in the order of the commits, from where they were")
  func positions() async throws {
    let test = try await TestStore.folding()
    let run = try test.store.run("a", session: "s")
    let receipt = try await run.append((0..<600).map { .text("\($0)") })
    var seqs: [Int64] = []
    for try await event in test.store.changes(after: 100) {
      seqs.append(event.seq)
      if event.pos == receipt.pos { break }
    }
    #expect(seqs == Array(101...600))
    await test.store.close()
  }

  @Test("are told within 20 ms of a commit, 95 times in 100")
  func latency() async throws {
    let test = try await TestStore.folding()
    let store = test.store
    let arrivals = Task {
      var times: [Int64: UInt64] = [:]
      for try await event in store.changes(after: 0) {
        times[event.pos] = MonotonicTime.now()
        if times.count == 200 { break }
      }
      return times
    }
    var commits: [Int64: UInt64] = [:]
    let run = try store.run("a")
    for _ in 0..<200 {
      let receipt = try await run.append(.text())
      commits[receipt.pos] = MonotonicTime.now()
      try await Task.sleep(for: .milliseconds(1))
    }
    let times = try await arrivals.value
    let waits = commits.map { pos, at in
      Double(times[pos, default: .max] - min(at, times[pos, default: .max])) / 1e6
    }
    .sorted()
    print(
      "MEASURE commit to callback: p50 \(waits[100]) ms, p95 \(waits[190]) ms, max \(waits[199]) ms"
    )
    // A figure for a machine that has nothing else to do.
    if getenv("RUNDIGEST_MEASURE") != nil { #expect(waits[190] < 20) }
    await store.close()
  }

  @Test("see another process's commits, and its runs are folded")
  func foreign() async throws {
    let test = try await TestStore.folding()
    let other = try await test.anotherFolding { $0.foldsInBackground = false }
    let store = test.store
    let event = Task { () -> UInt64 in
      for try await _ in store.changes(after: 0) { return MonotonicTime.now() }
      return .max
    }
    let digest = Task { () -> DigestChange? in
      for try await change in store.digestChanges() { return change }
      return nil
    }
    try await Task.sleep(for: .milliseconds(150))
    let start = MonotonicTime.now()
    try await other.run("theirs").append([.turnStart(id: "t"), .turnResult(id: "t")])
    let seen = try await event.value
    print("MEASURE another process's commit to callback: \((seen - start) / 1_000_000) ms")
    // A figure for a machine that has nothing else to do.
    if getenv("RUNDIGEST_MEASURE") != nil { #expect(seen - start < 250_000_000) }
    #expect(try await digest.value?.run == "theirs")
    await other.close()
    await store.close()
  }

  @Test("of one run's seal wait for that one, whoever ends it and from wherever")
  func seals() async throws {
    let test = try await TestStore.folding()
    let other = try await test.anotherFolding { $0.foldsInBackground = false }
    let store = test.store
    let waits = ["here", "there", "before"].map { name in
      Task { try await store.sealed(RunID(name)).status }
    }
    for name in ["here", "there", "before"] { try await store.run(name).append(.text()) }
    try await store.run("before").end(.fail)
    try await store.run("here").end(.crash)
    try await other.run("there").end(.terminate)
    #expect(try await waits[0].value == .crashed)
    #expect(try await waits[1].value == .terminated)
    #expect(try await waits[2].value == .failed)
    // After the fact it answers at once.
    #expect(try await store.run("here").sealed().status == .crashed)
    await other.close()
    await store.close()
  }

  @Test("end when they are cancelled, and when the store is closed")
  func ends() async throws {
    let test = try await TestStore.folding()
    let store = test.store
    let seen = Locked(0)
    func count() async throws -> Int {
      var count = 0
      for try await _ in store.changes(after: 0) {
        count += 1
        seen.withLock { $0 += 1 }
      }
      return count
    }
    let cancelled = Task { try await count() }
    let closed = Task { try await count() }
    let sealed = Task { await failure { _ = try await store.sealed(RunID("never")) } }
    try await store.run("a").append(.text())
    while seen.withLock({ $0 }) < 2 { try await Task.sleep(for: .milliseconds(1)) }
    cancelled.cancel()
    #expect(try await cancelled.value == 1)
    await store.close()
    #expect(try await closed.value == 1)
    #expect(await sealed.value == .closed)
  }

  @Test("of digests see the last state of a run, and a rebuild names every run again")
  func coalesced() async throws {
    let test = try await TestStore.folding()
    let run = try test.store.run("a")
    for _ in 0..<5 {
      try await run.append(.text())
      try await run.flush()
    }
    func next(after position: Int64) async throws -> DigestChange? {
      for try await change in test.store.digestChanges(after: position) { return change }
      return nil
    }
    let first = try #require(try await next(after: 0))
    #expect(first.watermark == 5)
    #expect(first.position == (try test.store.lastDigestChange()))
    try await test.store.rebuild()
    let again = try #require(try await next(after: first.position))
    #expect(again.run == "a" && again.watermark == 5)
    await test.store.close()
  }
}
