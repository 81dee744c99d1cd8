internal import Storage

/// What a store's followers wait on: commits of this process as they are made, and those of other
/// processes by looking.
///
/// 1. This process's commits raise the signals at once.
/// 2. While somebody waits, and only then, a thread asks `PRAGMA data_version` ten times a second:
///    it goes up with each commit of any other connection, whatever its process.
/// 3. Events that this process did not append are what its fold worker has no marks for: it is told
///    to look at the tables.
final class Pushes: Sendable {
  private struct State {
    /// The last position that this process has committed, or has been told of.
    var knownPos: Int64 = 0
    var wakes = 0
    var isStarted = false
    var isStopping = false
  }

  /// Raised when events were appended.
  let log: ChangeSignal
  /// Raised when digests changed; its keys are those of the runs.
  let digests: ChangeSignal
  private let readers: ReaderPool
  private let state: Locked<State>
  private let foreignEvents: Locked<(@Sendable () -> Void)?>

  /// How often the other processes' commits are looked for.
  private static let pollNanoseconds: UInt64 = 100_000_000

  init(readers: ReaderPool) {
    self.readers = readers
    let state = Locked(State())
    self.state = state
    // Under the lock, so that it cannot fall between the thread's look and its sleep.
    let wake: @Sendable () -> Void = {
      state.withLock { $0.wakes &+= 1 }
      state.broadcast()
    }
    log = ChangeSignal(didBeginToWait: wake)
    digests = ChangeSignal(didBeginToWait: wake)
    foreignEvents = Locked(nil)
  }

  /// Sets what is called, on the looking thread, when another process has appended.
  func onForeignEvents(_ body: @escaping @Sendable () -> Void) {
    foreignEvents.withLock { $0 = body }
  }

  /// Takes a commit of this process.
  func didCommit(_ committed: Committed) {
    guard committed.pos > 0 else { return }
    state.withLock { $0.knownPos = max($0.knownPos, committed.pos) }
    log.raise()
    // An end is sealed in the transaction that appends it.
    let urgent = committed.runs.filter(\.isUrgent).map(\.id)
    if !urgent.isEmpty { digests.raise(urgent) }
  }

  /// Starts to look for other processes' commits, if that was not done yet.
  func start() throws {
    let isFirst = state.withLock { state -> Bool in
      guard !state.isStarted, !state.isStopping else { return false }
      state.isStarted = true
      return true
    }
    guard isFirst else { return }
    try BlockingWork.start { self.poll() }
  }

  /// Ends all waits and the looking.
  func close() {
    state.withLock { $0.isStopping = true }
    state.broadcast()
    foreignEvents.withLock { $0 = nil }
    log.close()
    digests.close()
  }

  private func poll() {
    // Other connections' versions do not compare, so this thread keeps to one.
    while !state.withLock({ $0.isStopping }) {
      try? readers.read { connection in
        var version: Int64 = -1
        while awaitTick() {
          let now = try connection.integer("PRAGMA data_version")
          guard now != version else { continue }
          version = now
          look(try LogReader.lastPos(connection))
        }
      }
      // Only a connection that failed comes here; not too often.
      _ = awaitTick()
    }
  }

  private func look(_ pos: Int64) {
    let isForeign = state.withLock { state -> Bool in
      guard pos > state.knownPos else { return false }
      state.knownPos = pos
      return true
    }
    if isForeign { foreignEvents.withLock { $0 }?() }
    log.raise()
    digests.raise()
  }

  /// Sleeps for a tick, and on for as long as nobody waits; `false` at the end.
  private func awaitTick() -> Bool {
    let tick = MonotonicTime.now() + Self.pollNanoseconds
    return state.waitFor(deadline: tick) { state, deadline -> Bool? in
      if state.isStopping { return false }
      let hasWaiters = self.log.hasWaiters || self.digests.hasWaiters
      deadline = hasWaiters ? tick : nil
      return hasWaiters && MonotonicTime.now() >= tick ? true : nil
    } ?? true
  }
}
