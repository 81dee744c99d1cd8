import Events
import Glibc
import Storage
import Support
import TestSupport
import Testing

@testable import Engine
@testable import EventLog
@testable import RunDigest

/// More than the store can write, for each way in which a caller may take it.
///
/// `RUNDIGEST_SOAK=600 swift test -c release -Xswiftc -enable-testing --filter OverloadTests` goes on
/// for a minute each; then the memory is held to account. `SWT_SWIFT_ERROR_BACKTRACING_ENABLED=0` keeps
/// Swift Testing from remembering where each of a million errors was thrown, for 16 bytes apiece.
@Suite("A store that is overrun", .serialized, .timeLimit(.minutes(30)))
struct OverloadTests {
  private static let callers = 200
  private static let batch = 4

  struct Sum: Sendable {
    var wanted = 0
    var accepted = 0
    var refused = 0
  }

  /// Another process that writes nearly all the time, so that this store can do little: the gate is
  /// free for two milliseconds in twenty.
  private static func hogGate(of path: String) throws -> Locked<Bool> {
    let isOver = Locked(false)
    let gate = try Unshared(WriteGate(storePath: path))
    try BlockingWork.start {
      while !isOver.withLock({ $0 }) {
        if (try? gate.value.acquire(deadline: .max)) != nil {
          usleep(18_000)
          gate.value.release()
        }
        usleep(2000)
      }
    }
    return isOver
  }

  // Unchecked: handed to one thread, which is the only one to use it.
  private struct Unshared<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  /// Appends batches, each wanted at its time; one that is refused is wanted again at the next.
  ///
  /// Without an interval it wants them as fast as it can.
  private static func call(
    _ store: RunStore,
    _ caller: Int,
    every interval: UInt64,
    until deadline: UInt64,
    _ whenFull: WhenFull
  ) async throws -> Sum {
    let run = try store.run("r\(caller % 40)")
    var sum = Sum()
    var due = MonotonicTime.now()
    let payload = String(repeating: "x", count: 300)
    // Ten times at least, also where all the time went by before it began.
    while case let now = MonotonicTime.now(), now < deadline || sum.wanted < 10 * batch {
      if due > now, now < deadline {
        try await Task.sleep(for: .nanoseconds(min(due, deadline) - now))
        continue
      }
      due += interval
      sum.wanted += batch
      let events = (0..<batch).map {
        Event.text(payload).with(id: "\(caller)-\(sum.accepted + $0)")
      }
      do {
        let receipt = try await run.append(events, whenFull: whenFull)
        #expect(receipt.outcomes.allSatisfy { if case .appended = $0 { true } else { false } })
        sum.accepted += batch
      } catch let error as StoreError where error.code == .overloaded || error.code == .timedOut {
        sum.refused += batch
        if interval == 0 { try await Task.sleep(for: .milliseconds(1)) }
      }
    }
    // What was due and never asked for, because the caller was held up.
    if interval > 0, due < deadline { sum.wanted += Int((deadline - due) / interval) * batch }
    return sum
  }

  private static func run(
    _ store: RunStore,
    every interval: UInt64,
    for nanoseconds: UInt64,
    from first: Int,
    _ whenFull: WhenFull
  ) async throws -> Sum {
    let deadline = MonotonicTime.now() + nanoseconds
    return try await withThrowingTaskGroup(of: Sum.self) { group in
      for caller in first..<(first + callers) {
        group.addTask {
          try await call(store, caller, every: interval, until: deadline, whenFull)
        }
      }
      return try await group.reduce(into: Sum()) {
        $0.wanted += $1.wanted
        $0.accepted += $1.accepted
        $0.refused += $1.refused
      }
    }
  }

  /// Finds what the store can do, by callers who ask again as soon as they are answered; answers how
  /// much they wrote, and how often each has to ask for five times that.
  private static func fiveTimes(_ store: RunStore) async throws -> (Int, interval: UInt64) {
    let seconds: UInt64 = 5
    let written = try await run(store, every: 0, for: seconds * 1_000_000_000, from: 0, .wait)
      .accepted
    let perSecond = max(1, UInt64(written) / seconds)
    print("MEASURE overload: \(perSecond) events/s can be written")
    return (written, UInt64(callers * batch) * 1_000_000_000 / (5 * perSecond))
  }

  @Test(
    "five times over keeps its memory and loses nothing, whether callers wait, give up or are told",
    arguments: [WhenFull.wait, .waitUpTo(.milliseconds(20)), .fail]
  )
  func fiveTimesOver(_ whenFull: WhenFull) async throws {
    let test = try await TestStore.folding {
      $0.appendBudgetEvents = 256
      $0.appendBudgetBytes = 1 << 20
    }
    let store = test.store
    let hog = try Self.hogGate(of: store.path)
    defer { hog.withLock { $0 = true } }
    // In a few seconds, with other tests beside it, there is no measuring what it can do.
    let (most, interval) = Soak.isLong ? try await Self.fiveTimes(store) : (0, 0)

    let watch = Task { await MemoryWatch.untilCancelled(logs: [store.path + "-wal"]) }
    let seconds = UInt64(Soak.isLong ? max(1, min(60, Soak.seconds)) : 1)
    let sum = try await Self.run(
      store,
      every: interval,
      for: seconds * 1_000_000_000,
      from: Self.callers,
      whenFull
    )
    watch.cancel()
    let memory = await watch.value
    print(
      """
      MEASURE overload, \(whenFull): \(sum.wanted / Int(seconds)) wanted, \
      \(sum.accepted / Int(seconds)) accepted, \(sum.refused / Int(seconds)) refused; \
      \(memory.summary)
      """
    )
    hog.withLock { $0 = true }
    if Soak.isLong { #expect(sum.wanted > 3 * sum.accepted, "it was not overrun") }
    // On a machine so busy that they hardly came to ask, there was nothing to refuse.
    let wasOverrun = sum.refused > 0 || sum.wanted < 2000
    #expect(whenFull == .wait ? sum.refused == 0 : wasOverrun)
    #expect(store.appendBudget.high.events <= 256 && store.appendBudget.high.bytes <= 1 << 20)
    #expect(store.appendBudget.load == (0, 0, 0))
    // All that was acknowledged is there, once, and nothing of what was refused.
    #expect(try test.number("SELECT count(*) FROM events") == most + sum.accepted)
    #expect(
      try test.number("SELECT count(*) FROM (SELECT DISTINCT run, event_id FROM events)")
        == most + sum.accepted
    )
    try await store.flush()
    #expect(try store.backlog() == Backlog())
    #expect(try store.verify().isClean)
    #expect(memory.walBytesMax <= 64 << 20)
    if Soak.isLong { #expect(memory.residentBytesMax < 128 << 20 && memory.growthBytes < 16 << 20) }
    await store.close()
  }
}
