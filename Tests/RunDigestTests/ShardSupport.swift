import Storage
import Support

@testable import RunDigest

/// A clock that goes on only when it is told to.
final class ManualClock: Clock, Sendable {
  struct Instant: InstantProtocol {
    var offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
  }

  private struct State {
    var now = Instant(offset: .zero)
    var sleepers: [(until: Instant, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Locked(State())

  var now: Instant { state.withLock { $0.now } }
  var minimumResolution: Duration { .zero }
  var sleepers: Int { state.withLock { $0.sleepers.count } }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if deadline <= state.now { return true }
        state.sleepers.append((deadline, continuation))
        return false
      }
      if isDone { continuation.resume() }
    }
  }

  func advance(by duration: Duration) {
    let awake = state.withLock { state in
      state.now.offset += duration
      let now = state.now
      defer { state.sleepers.removeAll { $0.until <= now } }
      return state.sleepers.filter { $0.until <= now }
    }
    for sleeper in awake { sleeper.continuation.resume() }
  }
}

/// A door that keeps those who come waiting until it is opened.
actor Door {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func pass() async {
    if isOpen { return }
    await withCheckedContinuation { waiting.append($0) }
  }

  func open() {
    isOpen = true
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}

/// A pool of handles that only count, each named by the number of its opening.
struct CountingPool: Sendable {
  struct Damaged: Error {}

  let pool: KeyedResourcePool<String, Int>
  let clock = ManualClock()
  /// Handles that are open, so that a use of a closed one shows.
  let live = Locked<Set<Int>>([])

  init(
    ttl: Duration = .seconds(60),
    capacity: Int = 64,
    opening: @escaping @Sendable (String, Int) async throws -> Void = { _, _ in }
  ) {
    var options = KeyedResourcePool<String, Int>.Options()
    options.idleTTL = ttl
    options.capacity = capacity
    options.time = PoolTime(clock)
    let number = Locked(0)
    pool = KeyedResourcePool(
      options: options,
      open: { [live] key in
        let n = number.withLock { n in
          n += 1
          return n
        }
        try await opening(key, n)
        live.withLock { _ = $0.insert(n) }
        return n
      },
      close: { [live] n in live.withLock { _ = $0.remove(n) } },
      isPoison: { $0 is Damaged || ShardPool.isPoison($0) }
    )
  }

  var counters: ShardCounters { pool.counters }

  @discardableResult
  func use(_ team: String) async throws -> Int {
    try await pool.withResource(team) { $0 }
  }

  /// Waits until the counters are as wanted; closings go on behind their causes.
  func settle(_ isSettled: (ShardCounters) -> Bool) async {
    while !isSettled(counters) { try? await Task.sleep(for: .milliseconds(1)) }
  }
}
