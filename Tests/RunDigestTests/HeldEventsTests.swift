import Events
import Storage
import TestSupport
import Testing

@testable import RunDigest

/// What is kept of appended events until they are folded.
///
/// A debug build compares each event that is folded from memory with the log's.
///
/// `RUNDIGEST_HELD_SEEDS=150 swift test --filter HeldEventsTests` tries so many orders of calls and folds.
@Suite("The events that are kept for the fold")
struct HeldEventsTests {
  let test: TestStore
  /// A worker without a thread, which hears of commits: the test is its thread.
  let worker: FoldWorker
  let engine = FoldEngine()

  init() async throws {
    test = try await TestStore { $0.foldsInBackground = false }
    var options = FoldWorker.Options()
    options.slice = FoldLimit(events: 7, bytes: 1 << 20)
    options.heldBytesMax = 100_000
    worker = FoldWorker(queue: test.store.queue, readers: test.store.readers, options: options)
    test.store.notices.subscribe(worker)
    // The first transaction of a process knows nothing of what others have written.
    try await test.store.queue.write(priority: .maintenance) { _ in }
  }

  private func append(_ events: [Event], to run: String = "a") async throws {
    try await test.store.append(events, to: RunKey(run))
  }

  /// The seqs that are at hand of a run; the first run of a store is its number 1.
  private func held(_ run: Int64 = 1) -> [Int64] {
    worker.state.withLock { state in
      let tail = state.held.take(run)
      if tail.lastSeq > 0 { state.held.giveBack(tail, of: run) }
      return tail.calls.flatMap { Array($0.firstSeq...$0.lastSeq) }
    }
  }

  private func fold() {
    worker.foldMarked(engine)
  }

  @Test("are all that this process has appended since, and gone once they are folded")
  func appended() async throws {
    try await append([.text()])
    try await append(
      [.text(session: "s"), .toolCall(id: "c", name: "bash"), .text()].map(inSession)
    )
    try await append([.text(), .text()])
    #expect(held() == [1, 2, 3, 4, 5, 6])
    fold()
    #expect(held() == [] && worker.state.withLock { $0.held.bytes } == 0)
    #expect(try test.store.insight("a").digest.watermark == 6)
    try await append([.toolResult(id: "c")])
    #expect(held() == [7])
    fold()
    #expect(try test.store.insight("a").digest.totals[.toolCalls] == 1)
    #expect(try test.store.verify().isClean)
  }

  private func inSession(_ event: Event) -> Event {
    var event = event
    event.session = "s"
    return event
  }

  @Test("of a call longer than a slice are kept until the last of them is folded")
  func longCall() async throws {
    try await append(Array(repeating: .text(), count: 20))
    var runs: ArraySlice<Int64> = [1]
    let slice = worker.prepare(&runs, engine)
    #expect(slice.events == 7 && slice.cut == [1])
    #expect(held() == Array(1...20))
    engine.forget(1)
    fold()
    #expect(held() == [])
    #expect(try test.store.insight("a").digest.watermark == 20)
  }

  @Test("are a stretch without a gap: what comes after one that is not kept is not kept either")
  func gaps() async throws {
    try await append([.text()])
    // Of two sessions, whose ordinals do not follow from the first one's.
    try await append([.text(session: "s"), .text(session: "t")])
    try await append([.text()])
    #expect(held() == [1])
    fold()
    #expect(try test.store.insight("a").digest.watermark == 4)
    // A duplicate among new ones: they are not one directly after the other.
    var first = Event.text()
    first.id = "x"
    try await append([first])
    #expect(held() == [5])
    try await append([first, .text()])
    try await append([.text()])
    #expect(held() == [5])
    fold()
    #expect(try test.store.insight("a").digest.watermark == 7)
    #expect(try test.store.verify().isClean)
  }

  @Test("are only so many bytes, of all runs together")
  func bound() async throws {
    let text = Event.text(String(repeating: "x", count: 30_000))
    for run in ["a", "b", "c", "d"] { try await append([text], to: run) }
    #expect((1...4).map { held($0) } == [[1], [1], [1], []])
    // There is room for it, but what is before it is read from the log, and it with that.
    try await append([.text()], to: "d")
    #expect(held(4) == [2])
    #expect(worker.state.withLock { $0.held.bytes } <= 100_000)
    fold()
    try await append([text], to: "d")
    #expect(held(4) == [3])
    fold()
    #expect(try test.store.verify().isClean)
  }

  @Test("of a call that failed are not among them")
  func failed() async throws {
    var known = Event.text()
    known.id = "x"
    try await append([known])
    // The first of the two is written before the second is found to be another event of that id.
    var other = Event.text("other")
    other.id = "x"
    let options = test.store.options
    let calls = try [[.text(), other], [.text(), .text()]].map {
      try AppendCall($0, to: RunKey("a"), expecting: .any, options: options)
    }
    try await test.store.queue.write(priority: .maintenance) {
      let results = try $0.append(group: calls, isolated: true)
      #expect(results.map { (try? $0.get())?.head } == [nil, 3])
    }
    #expect(held() == [1, 2, 3])
    fold()
    #expect(try test.store.insight("a").digest.watermark == 3)
    #expect(try test.store.verify().isClean)
  }

  @Test("are none that were not committed, though others have their place now")
  func notCommitted() async throws {
    try await append([.text()])
    let call = try AppendCall(
      [.toolCall(id: "c", name: "bash")],
      to: RunKey("a"),
      expecting: .any,
      options: test.store.options
    )
    await #expect(throws: StoreError.self) {
      try await test.store.queue.write(priority: .maintenance) {
        #expect(try $0.append(call).head == 2)
        throw StoreError(.io, "the disk is full")
      }
    }
    #expect(held() == [1])
    try await append([.text()])
    #expect(held() == [1, 2])
    fold()
    #expect(try test.store.insight("a").digest.totals[.toolCalls] == 0)
    #expect(try test.store.verify().isClean)
  }

  @Test("are void once events were changed in the log, also those that are just being folded")
  func maintenance() async throws {
    try await append([.text("a secret")])
    let taken = worker.state.withLock { $0.held.take(1) }
    try await append([.text("a secret")])
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.maintain("test") {
        try context.connection.execute("UPDATE events SET payload = '{}'")
      }
    }
    #expect(held() == [])
    worker.state.withLock { $0.held.giveBack(taken, of: 1) }
    #expect(held() == [])
    try await append([.text()])
    #expect(held() == [3])
    fold()
    #expect(try test.store.verify().isClean)
  }

  @Test("are none that were changed in the transaction that appended them")
  func changedAtOnce() async throws {
    let call = try AppendCall(
      [.toolCall(id: "c", name: "bash")],
      to: RunKey("a"),
      expecting: .any,
      options: test.store.options
    )
    try await test.store.queue.write(priority: .maintenance) { context in
      _ = try context.append(call)
      try context.maintain("test") {
        try context.connection.execute("UPDATE events SET payload = '{}'")
      }
    }
    #expect(held() == [])
    fold()
    #expect(try test.store.verify().isClean)
  }

  @Test("are void once another process has written, and its own are read from the log")
  func foreign() async throws {
    let other = try await test.another {
      $0.foldsInBackground = false
      // A checkpoint of its own is a write, too.
      $0.checkpointAfterIdle = .seconds(3600)
    }
    try await append([.text(), .text()])
    try await other.run("a").append(.text())
    try await append([.text()])
    #expect(held() == [])
    try await append([.text()])
    #expect(held() == [5])
    fold()
    #expect(try test.store.insight("a").digest.watermark == 5)
    #expect(try test.store.verify().isClean)
    await other.close()
  }

  @Test(
    "come to the digests that the log comes to, in any order of calls, processes and folds",
    arguments: 1...UInt64(setting("RUNDIGEST_HELD_SEEDS", default: 3))
  )
  func anyOrder(seed: UInt64) async throws {
    let other = try await test.another { $0.foldsInBackground = false }
    var random = SeededNumbers(scattering: seed)
    let kinds: [EventKind] = [
      "text", "made.up", "turn.start", "turn.result", "error", "tool_call_update",
    ]
    for n in 0..<400 {
      let run = try RunKey("r\(Int.random(in: 0..<3, using: &random))")
      let events = (0..<Int.random(in: 1...12, using: &random)).map { index in
        var event = Event(kinds[Int.random(in: 0..<kinds.count, using: &random)])
        event.payload = Payload(unchecked: Array(#"{"id":"\#(n % 9)","n":\#(index)}"#.utf8))
        event.session = [nil, "s", "t"][n % 3]
        event.traceparent = n % 4 == 0 ? "00-\(n)" : nil
        if n % 5 == 0 { event.id = "\(n % 50)-\(index)" }
        return event
      }
      let store = n % 7 == 0 ? other : test.store
      _ = try? await store.append(events, to: run)
      if Int.random(in: 0..<4, using: &random) == 0 { fold() }
    }
    worker.sweep()
    fold()
    #expect(try test.store.verify().isClean)
    #expect(try test.store.backlog() == Backlog())
    await other.close()
  }
}
