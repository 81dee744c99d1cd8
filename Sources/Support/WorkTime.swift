/// How long something worked and how long it waited, apart.
package final class WorkTime: Sendable {
  private let times = Locked((work: UInt64(0), wait: UInt64(0)))

  package init() {}

  /// In nanoseconds.
  package var spent: (work: UInt64, wait: UInt64) { times.withLock { $0 } }

  package func add(work: UInt64 = 0, wait: UInt64 = 0) {
    times.withLock {
      $0.work &+= work
      $0.wait &+= wait
    }
  }
}
