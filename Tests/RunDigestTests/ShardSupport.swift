import Storage
import Support
import TestSupport

@testable import RunDigest

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
