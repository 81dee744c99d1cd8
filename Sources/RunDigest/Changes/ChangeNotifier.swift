internal import Engine
internal import EventLog
internal import Support

/// What the change feeds of a store wait on: commits of this process as they are made, and those of
/// other processes by polling.
///
/// 1. A commit of this process raises the signals at once.
/// 2. While a caller waits, and only then, a thread asks `PRAGMA data_version` ten times a second: it
///    goes up with each commit of any other connection of any process.
/// 3. The fold worker has no notice of another process's events: it is sent one, to look at the tables.
final class ChangeNotifier: CommitObserver {
  private struct State {
    /// The last position that this process has committed, or has seen.
    var known = LogPosition.start
    var wakes = 0
    var isStarted = false
    var isStopping = false
  }

  /// Raised when events were appended.
  let events: ChangeSignal
  /// Raised when digests changed; its keys are those of the runs.
  let digests: ChangeSignal
  private let engine: any StoreEngine
  private let notices: CommitNotices
  private let didFail: @Sendable (any Error) -> Void
  private let state: Locked<State>

  /// How often other processes' commits are looked for.
  private static let pollNanoseconds: UInt64 = 100_000_000

  /// `didFail` is called with each error of the polling.
  init(
    engine: any StoreEngine,
    notices: CommitNotices,
    didFail: @escaping @Sendable (any Error) -> Void
  ) {
    self.engine = engine
    self.notices = notices
    self.didFail = didFail
    let state = Locked(State())
    self.state = state
    // Under the lock, so that it cannot fall between the thread's look and its sleep.
    let wake: @Sendable () -> Void = {
      state.withLock { $0.wakes &+= 1 }
      state.broadcast()
    }
    events = ChangeSignal(didBeginToWait: wake)
    digests = ChangeSignal(didBeginToWait: wake)
  }

  func didCommit(_ notice: CommitNotice) {
    guard notice.position > .start else { return }
    state.withLock { $0.known = max($0.known, notice.position) }
    events.raise()
    // An end is sealed in the transaction that appends it.
    let urgent = notice.runs.filter(\.isUrgent).map(\.row)
    if !urgent.isEmpty { digests.raise(urgent) }
  }

  /// Starts to poll, if that was not done yet.
  func start() throws {
    let isFirst = state.withLock { state -> Bool in
      guard !state.isStarted, !state.isStopping else { return false }
      state.isStarted = true
      return true
    }
    guard isFirst else { return }
    try BlockingWork.start { self.poll() }
  }

  /// Ends all waits and the polling.
  func close() {
    state.withLock { $0.isStopping = true }
    state.broadcast()
    events.close()
    digests.close()
  }

  private func poll() {
    while !state.withLock({ $0.isStopping }) {
      do {
        // The versions of other connections do not compare, so this thread keeps one.
        try engine.read { tables in
          var version: Int64 = -1
          while awaitTick() {
            let now = try tables.dataVersion()
            guard now != version else { continue }
            version = now
            look(try tables.lastPosition())
          }
        }
      } catch {
        guard !state.withLock({ $0.isStopping }) else { return }
        didFail(StoreError.translation(of: error))
        _ = awaitTick()
      }
    }
  }

  private func look(_ position: LogPosition) {
    let isForeign = state.withLock { state -> Bool in
      guard position > state.known else { return false }
      state.known = position
      return true
    }
    if isForeign { notices.send(.foreign) }
    events.raise()
    digests.raise()
  }

  /// Sleeps for a tick, and on while no caller waits; `false` at the end.
  private func awaitTick() -> Bool {
    let tick = MonotonicTime.now() + Self.pollNanoseconds
    return state.waitFor(deadline: tick) { state, deadline -> Bool? in
      if state.isStopping { return false }
      let hasWaiters = self.events.hasWaiters || self.digests.hasWaiters
      deadline = hasWaiters ? tick : nil
      return hasWaiters && MonotonicTime.now() >= tick ? true : nil
    } ?? true
  }
}
