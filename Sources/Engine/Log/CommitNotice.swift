internal import Support

/// What a transaction added to the event log, told after its commit.
///
/// A notice may be lost: data is always read from a position.
package struct CommitNotice: Sendable {
  /// One run that got events.
  package struct Run: Sendable {
    package let row: RunRowID
    package let head: Int64
    package let added: Int
    /// One of them closed a turn or ended the run.
    package let isUrgent: Bool

    package init(row: RunRowID, head: Int64, added: Int, isUrgent: Bool) {
      self.row = row
      self.head = head
      self.added = added
      self.isUrgent = isUrgent
    }
  }

  package let runs: [Run]
  /// The last position in the event log; ``LogPosition/start`` if nothing was added.
  package let position: LogPosition
  /// Another connection has written before: look at the tables, not at notices.
  package let isAfterForeignWrite: Bool

  package init(runs: [Run], position: LogPosition, isAfterForeignWrite: Bool) {
    self.runs = runs
    self.position = position
    self.isAfterForeignWrite = isAfterForeignWrite
  }

  /// Another process has committed; only the tables say what.
  package static var foreign: CommitNotice {
    CommitNotice(runs: [], position: .start, isAfterForeignWrite: true)
  }
}

/// Hears of commits.
package protocol CommitObserver: AnyObject, Sendable {
  /// Takes a notice, on the thread that committed: be quick.
  func didCommit(_ notice: CommitNotice)
}

/// The commit notices of one store: the write queue sends them, the fold worker, the change feeds and
/// the metrics receive them.
///
/// Observers are not retained: the worker holds the queue, which holds this.
package final class CommitNotices: Sendable {
  private struct Subscription {
    weak var observer: (any CommitObserver)?
  }

  private let subscriptions = Locked<[Subscription]>([])

  package init() {}

  package func subscribe(_ observer: any CommitObserver) {
    subscriptions.withLock { $0.append(Subscription(observer: observer)) }
  }

  package func send(_ notice: CommitNotice) {
    let observers = subscriptions.withLock { $0.compactMap(\.observer) }
    for observer in observers { observer.didCommit(notice) }
  }

  /// Ends all subscriptions.
  package func close() {
    subscriptions.withLock { $0 = [] }
  }
}
