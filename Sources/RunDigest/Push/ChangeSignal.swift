internal import Storage

/// Tells those who follow a table that it is worth looking again.
///
/// 1. A signal is a hint and carries nothing: what changed is read from the tables, from a position.
///    So a follower that is slow is owed nothing, and one that is away costs nothing.
/// 2. Whoever waits names the generation at which it looked: a change since then ends the wait at
///    once, so none can fall between the look and the wait.
/// 3. A wait for one key is ended by changes of that key only, or by one that names no keys.
final class ChangeSignal: Sendable {
  private struct Waiter {
    let key: Int64?
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var generation: UInt64 = 0
    var waiters: [Int: Waiter] = [:]
    var nextID = 0
    /// Waits that were cancelled before they had begun.
    var cancelled: Set<Int> = []
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

  /// Ends the waits that a change of `keys` is for; all of them if it is not known what changed.
  func raise(_ keys: [Int64]? = nil) {
    let ready = state.withLock { state -> [Waiter] in
      state.generation &+= 1
      guard !state.waiters.isEmpty else { return [] }
      guard let keys else {
        defer { state.waiters.removeAll() }
        return Array(state.waiters.values)
      }
      let ids = state.waiters.filter { $0.value.key.map(keys.contains) ?? true }.keys
      return ids.compactMap { state.waiters.removeValue(forKey: $0) }
    }
    for waiter in ready { waiter.continuation.resume() }
  }

  /// Waits for a change after the generation; returns also when closed or cancelled.
  func wait(after generation: UInt64, key: Int64? = nil) async {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (isDone, isFirst) = state.withLock { state -> (Bool, Bool) in
          if state.generation != generation || state.isClosed || state.cancelled.contains(id) {
            return (true, false)
          }
          state.waiters[id] = Waiter(key: key, continuation: continuation)
          return (false, state.waiters.count == 1)
        }
        if isDone { continuation.resume() }
        if isFirst { didBeginToWait() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        let waiter = state.waiters.removeValue(forKey: id)
        if waiter == nil { state.cancelled.insert(id) }
        return waiter
      }
      waiter?.continuation.resume()
    }
    if Task.isCancelled { state.withLock { _ = $0.cancelled.remove(id) } }
  }

  /// Ends all waits, for good.
  func close() {
    state.withLock { $0.isClosed = true }
    raise()
  }
}
