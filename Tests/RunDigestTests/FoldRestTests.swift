import Testing

@testable import Digests
@testable import RunDigest

/// When the worker rests.
///
/// All times are nanoseconds from 0.
@Suite("After a round of folding the worker")
struct FoldRestTests {
  private static let millisecond: UInt64 = 1_000_000

  /// A round that took 20 ms and ended at 100 ms, and a run that is due since.
  private func state(events: Int, runs: Int) -> FoldSchedule {
    var state = FoldSchedule()
    state.sweepAt = .max
    state.endRound(
      work: 20 * Self.millisecond,
      events: events,
      runs: runs,
      roundMax: 400 * Self.millisecond,
      now: 100 * Self.millisecond
    )
    state.mark(7, head: 5, added: 5, dueAt: 101 * Self.millisecond)
    return state
  }

  @Test("rests nine times as long as that took, if the tails were short")
  func shortTails() {
    var state = state(events: 63 * 4, runs: 4)
    #expect(state.wakeAt == 280 * Self.millisecond)
    #expect(state.takeDue(now: 279 * Self.millisecond).isEmpty)
    #expect(state.takeDue(now: 280 * Self.millisecond) == [7])
  }

  @Test("goes on at once if they were long")
  func longTails() {
    var state = state(events: 64 * 4, runs: 4)
    #expect(state.wakeAt == 101 * Self.millisecond)
    #expect(state.takeDue(now: 100 * Self.millisecond).isEmpty, "it is not due")
    #expect(state.takeDue(now: 101 * Self.millisecond) == [7])
  }

  @Test(
    "rests no longer than is left of 400 ms, and not at all after a longer round",
    arguments: [(40, 360), (50, 350), (399, 1), (400, 0), (1000, 0)] as [(UInt64, UInt64)]
  )
  func longRound(work: UInt64, rest: UInt64) {
    var state = FoldSchedule()
    state.sweepAt = .max
    state.endRound(
      work: work * Self.millisecond,
      events: 9,
      runs: 1,
      roundMax: 400 * Self.millisecond,
      now: 5 * Self.millisecond
    )
    state.mark(7, head: 5, added: 5, dueAt: 0)
    #expect(state.wakeAt == (5 + rest) * Self.millisecond)
  }

  @Test("does not rest while somebody waits for a fold")
  func waiters() {
    var state = state(events: 4, runs: 4)
    state.waiters.append((FoldWaiter([7: 5]), 1))
    #expect(state.takeDue(now: 101 * Self.millisecond) == [7])
  }

  @Test("does not rest while there is something left that an earlier process should have folded")
  func behind() {
    var state = state(events: 4, runs: 4)
    state.behind = [9: 3]
    #expect(state.takeDue(now: 101 * Self.millisecond) == [7])
  }

  @Test("looks in the tables when it is time, rest or not")
  func sweep() {
    var state = state(events: 4, runs: 4)
    state.sweepAt = 110 * Self.millisecond
    #expect(state.wakeAt == 110 * Self.millisecond)
  }
}
