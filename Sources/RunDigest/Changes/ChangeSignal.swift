internal import Engine
internal import Support

/// Tells the followers of a table that it is worth looking again.
///
/// 1. A signal carries nothing: a follower reads what changed from the tables, from a position. So
///    nothing is kept for a slow follower, and nothing is lost to it.
/// 2. A caller names the generation at which it looked. A change since then ends its wait at once, so
///    no change can fall between the look and the wait.
/// 3. A wait for one key is ended by changes of that key, or by one that names no keys.
final class ChangeSignal: Sendable {
  private struct State {
    var generation: UInt64 = 0
    var waiters = WaitList<RunRowID?, Void>()
    var isClosed = false
  }

  private let state = Locked(State())
  private let didBeginToWait: @Sendable () -> Void

  /// `didBeginToWait` is called when the first of a number of waits begins.
  init(didBeginToWait: @escaping @Sendable () -> Void) {
    self.didBeginToWait = didBeginToWait
  }

  /// The number of changes so far.
  var generation: UInt64 { state.withLock { $0.generation } }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  var hasWaiters: Bool { state.withLock { !$0.waiters.isEmpty } }

  /// Ends the waits for `keys`; all waits if the keys are not known.
  func raise(_ keys: [RunRowID]? = nil) {
    let ready = state.withLock { state in
      state.generation &+= 1
      guard let keys else { return state.waiters.takeAll() }
      return state.waiters.takeAll { $0.map(keys.contains) ?? true }
    }
    for waiter in ready { waiter.resume(returning: ()) }
  }

  /// Waits for a change after the generation; also returns when closed or cancelled.
  func wait(after generation: UInt64, key: RunRowID? = nil) async {
    var isFirst = false
    try? await state.wait(in: \.waiters, for: key) { state in
      isFirst = state.waiters.isEmpty
      return state.generation != generation || state.isClosed ? .success(()) : nil
    } didBegin: {
      if isFirst { didBeginToWait() }
    }
  }

  /// Ends all waits, for good.
  func close() {
    state.withLock { $0.isClosed = true }
    raise()
  }
}
