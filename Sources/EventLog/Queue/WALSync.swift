internal import Engine
internal import Support

/// Puts commits on disk for the callers that wait for it.
///
/// 1. A commit never waits for a disk: it is made first, and then its caller waits here. So a durable
///    append or end holds up only its own caller.
/// 2. One sync serves all callers that came before it began. Those that come meanwhile wait for the
///    next one: their commits may not be in it.
/// 3. A failed sync fails all callers that it was made for, and no others.
/// 4. Its thread begins with the first caller, and ends when none has come for a while.
///
/// Keeps ``Invariant/answer``. What a sync covers: ``WALFile``.
// Unchecked: the body is run by one thread at a time, handed to the next under the lock.
package final class WALSync: @unchecked Sendable {
  private struct State {
    var waiting = WaitList<Void, Void>()
    var isRunning = false
    var isClosing = false
  }

  private static let idleNanoseconds: UInt64 = 5_000_000_000

  private let body: () throws -> Void
  private let state = Locked(State())

  /// `body` puts on disk what was committed before it began; it is called by one thread at a time.
  package init(_ body: @escaping () throws -> Void) {
    self.body = body
  }

  /// Returns when everything that was committed before is on disk.
  ///
  /// - Throws: ``StoreError`` `io` or `full`: it is committed, and may not survive a power cut.
  package func sync() async throws {
    try await withCheckedThrowingContinuation { continuation in
      add([{ continuation.resume(with: $0) }])
    }
  }

  /// As ``sync()``, for callers that were committed together and are suspended already.
  package func add(_ callers: [@Sendable (Result<Void, any Error>) -> Void]) {
    guard !callers.isEmpty else { return }
    let starts = state.withLock { state -> Bool in
      for resume in callers { state.waiting.add((), resume: resume) }
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if starts { start() } else { state.signal() }
  }

  /// Lets the thread end when no caller waits; later callers are served all the same.
  package func close() {
    state.withLock { $0.isClosing = true }
    state.signal()
  }

  private func start() {
    do {
      try BlockingWork.start { self.run() }
    } catch {
      let waiting = state.withLock { state in
        state.isRunning = false
        return state.waiting.takeAll()
      }
      for waiter in waiting { waiter.resume(throwing: StoreError.translation(of: error)) }
    }
  }

  private func run() {
    while let waiting = nextCallers() {
      let result = Result(catching: body).mapError(StoreError.translation)
      for waiter in waiting { waiter.resume(result) }
    }
  }

  /// All callers that wait now, waited for if there are none; `nil` at the end.
  private func nextCallers() -> [WaitList<Void, Void>.Waiter]? {
    let end = MonotonicTime.now() + Self.idleNanoseconds
    return state.waitFor(deadline: end) { state, _ in
      guard state.waiting.isEmpty else { return .some(state.waiting.takeAll()) }
      guard state.isClosing || MonotonicTime.now() >= end else { return nil }
      state.isRunning = false
      return .some(nil)
    } ?? nil
  }
}
