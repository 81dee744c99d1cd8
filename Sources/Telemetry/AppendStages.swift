internal import Support

/// When a transaction took up an append, and when a durable one began to wait for the disk, noted for
/// its spans.
package final class AppendStages: Sendable {

  package init() {}
  private let begun = Locked<UInt64>(0)
  private let committed = Locked<UInt64?>(nil)

  /// The transaction has begun: the append no longer waits.
  package func begin() {
    let now = StoreTelemetry.now()
    begun.withLock { $0 = now }
  }

  /// It is committed, and is to be put on disk.
  package func commit() {
    let now = StoreTelemetry.now()
    committed.withLock { $0 = now }
  }

  package var begunAt: UInt64 { begun.withLock { $0 } }
  package var committedAt: UInt64? { committed.withLock { $0 } }
}
