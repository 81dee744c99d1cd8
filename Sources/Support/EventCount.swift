/// A number that several threads add to: how often something happened.
package final class EventCount: Sendable {
  private let count = Locked(0)

  package init() {}

  package func add(_ n: Int = 1) { count.withLock { $0 += n } }

  package var value: Int { count.withLock { $0 } }
}
