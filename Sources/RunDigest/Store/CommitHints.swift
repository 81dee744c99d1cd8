internal import Storage

/// The way from the commits to those who want to know of them, which exist in a ring and so must
/// find each other late.
final class CommitHints: Sendable {
  private struct Listeners {
    var worker: FoldWorker?
    var pushes: Pushes?
  }

  private let listeners = Locked(Listeners())

  func connect(_ worker: FoldWorker) {
    listeners.withLock { $0.worker = worker }
  }

  func connect(_ pushes: Pushes) {
    listeners.withLock { $0.pushes = pushes }
  }

  func disconnect() {
    listeners.withLock { $0 = Listeners() }
  }

  func pass(_ committed: Committed) {
    let listeners = listeners.withLock { $0 }
    listeners.worker?.note(committed)
    listeners.pushes?.didCommit(committed)
  }

  /// Another process has appended: the tables say what.
  func passForeign() {
    let committed = Committed(runs: [], pos: 0, isAfterForeignWrite: true, isLogChanged: true)
    listeners.withLock { $0.worker }?.note(committed)
  }
}
