import Events
import Folding
import Glibc
import Storage
import Support
import TestSupport
import Testing

@testable import Digests
@testable import RunDigest

/// Logs that no well-behaved agent writes.
///
/// Measured on two busy cores: a million events in one append take 4.8 s in release, 8.7 s in debug,
/// and an end with all of them to fold 0.8 s and 20 s.
@Suite("Odd logs")
struct OddLogTests {
  @Test("Clock jumps and times out of order change no order, no seq and no outcome")
  func clockJumps() async throws {
    let times = Locked<[Int64]>([])
    let test = try await TestStore { options in
      // The wall clock of a machine that somebody sets again and again: two days back, ten years on.
      options.now = {
        times.withLock { times in
          let jumps: [Int64] = [0, 172_800, -315_360_000, 315_360_000, -1]
          let time = 1_700_000_000 + jumps[times.count % jumps.count]
          times.append(time)
          return Timestamp(microseconds: time * 1_000_000)
        }
      }
    }
    let run = RunID("r")
    var random = SeededNumbers(scattering: 7)
    for number in 0..<1000 {
      let isTurn = number % 4 == 0
      var event = isTurn ? Event.turnStart(id: "t\(number)") : Event.thought()
      if number % 4 == 3 { event = .turnResult(status: "success") }
      // Half of them bring their own time, anywhere in 200 years, before 1970 as well.
      if random.below(2) == 0 {
        let seconds = Int64.random(in: -3_000_000_000...4_000_000_000, using: &random)
        event.ts = Timestamp(microseconds: seconds * 1_000_000)
      }
      let receipt = try await test.store.append([event], to: run)
      #expect(receipt.head == Int64(number + 1))
    }
    #expect(try await test.store.end(run, RunEnd(.stop)).status == .completed)
    let digest = try test.store.insight("r").digest
    let time = digest.totals.time
    #expect(digest.watermark == 1001)
    #expect(digest.turnCount == 250)
    #expect(
      time.spanMicros == (digest.lastTs?.microseconds ?? 0) - (digest.firstTs?.microseconds ?? 0)
    )
    #expect(
      [time.waitingMicros, time.toolMicros, time.modelMicros, time.idleMicros].min() ?? -1 >= 0
    )
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  @Test("An id seen before stores nothing with the same body, and is refused with another")
  func duplicateIDs() async throws {
    let test = try await TestStore()
    let run = RunID("r")
    let event = Event.usage(model: "m", input: 5, costUSD: 0.5).with(id: "u1")
    #expect(try await test.store.append([event], to: run).outcomes == [.appended(1)])
    #expect(try await test.store.append([event, event], to: run).outcomes.map(\.seq) == [1, 1])
    // Within one append too.
    let twice = try await test.store.append(
      [.thought().with(id: "x"), .thought().with(id: "x"), .thought()],
      to: run
    )
    #expect(twice.outcomes == [.appended(2), .duplicate(2), .appended(3)])
    let other = Event.usage(model: "m", input: 6, costUSD: 0.5).with(id: "u1")
    #expect(
      await failure { try await test.store.append([.thought(), other], to: run) } == .conflict
    )
    // The same id in another run is another event.
    #expect(
      try await test.store.append([other], to: RunID("r2")).outcomes == [.appended(1)]
    )
    try await test.store.flush()
    #expect(try test.store.insight("r").digest.totals.cost.value == 500_000_000)
    #expect(try test.store.insight("r").head == 3)
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  @Test("Names that differ only in case or Unicode form are different runs, sessions and calls")
  func names() async throws {
    // é as one scalar and as two: Swift calls the strings equal, their bytes are not.
    let names = ["\u{C5}-\u{E9}", "A\u{30A}-e\u{301}", "\u{E5}-\u{E9}", "run", "Run"]
    for reopening in [false, true] {
      let test = try await TestStore()
      var store = test.store
      for round in 1...2 {
        for (index, name) in names.enumerated() {
          let receipt = try await store.append(
            [Event](repeating: .thought().with(session: name), count: index + 1),
            to: RunID(name)
          )
          #expect(receipt.head == Int64((index + 1) * round), "\(name)")
        }
        if reopening, round == 1 {
          await store.close()
          store = try await test.another()
        }
      }
      // In one append as well, one after the other.
      try await store.append(names.map { .thought().with(session: $0) }, to: RunID("mixed"))
      try await store.flush()
      for (index, name) in names.enumerated() {
        #expect(try store.insight(RunID(name)).head == Int64((index + 1) * 2))
        let sum = try store.session(name)
        #expect(sum.head == Int64((index + 1) * 2 + 1) && sum.lag == 0)
      }
      #expect(try store.verify().differences == [])
      await store.close()
    }
    #expect(try Set(names.map { try RunID($0) }).count == names.count)
  }

  @Test("Call ids that differ only in Unicode form are different calls, however the log is cut")
  func callIDs() async throws {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    for cut in [false, true] {
      let test = try await TestStore()
      let run = RunID("r")
      for event in [
        Event.turnStart(), .toolCall(id: composed, name: "a"),
        .toolCall(id: decomposed, name: "b"), .toolResult(id: decomposed),
        .toolResult(id: composed, isError: true),
      ] {
        try await test.store.append([event], to: run)
        if cut { try await test.store.flush(run) }
      }
      try await test.store.flush(run)
      #expect(try test.store.calls("r").map(\.status) == [.failed, .ok])
      #expect(try test.store.verify().differences == [])
      await test.store.close()
    }
  }

  @Test("A million events in one append are one transaction, and an end seals behind them")
  func hugeAppend() async throws {
    let count = setting("RUNDIGEST_HUGE", default: ScheduleTests.isDebug ? 50_000 : 1_000_000)
    let test = try await TestStore { $0.foldsInBackground = false }
    let run = RunID("r")
    let event = Event.checkpoint(phase: "p", stepMs: 1).with(ts: Timestamp(microseconds: 1))
    let start = MonotonicTime.now()
    let receipt = try await test.store.append([Event](repeating: event, count: count), to: run)
    let appended = MonotonicTime.now()
    #expect(receipt.head == Int64(count) && receipt.outcomes.count == count)
    #expect(try await test.store.end(run, RunEnd(.stop)).status == .stopped)
    let ended = MonotonicTime.now()
    print(
      """
      MEASURE \(count) events in one append: \((appended - start) / 1_000_000) ms, end with all \
      of them to fold: \((ended - appended) / 1_000_000) ms
      """
    )
    #expect(try test.store.insight("r").digest.watermark == Int64(count + 1))
    await test.store.close()
  }
}
