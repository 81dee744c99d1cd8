internal import Storage

/// Puts commits on disk for those who wait for it.
///
/// 1. A commit never waits for a disk: it is made first, like any other, and then its caller waits here.
///    So a durable append or end holds up nobody but its own caller.
/// 2. One sync serves all who came before it began. Those who come while it goes on wait for the next:
///    what they committed may not be in it.
/// 3. A sync that fails is told to all whom it was to serve, and answers nobody.
/// 4. Its thread begins with the first that waits, and ends when nobody has for a while.
///
/// Keeps ``Invariant/answer``. What a sync takes with it is said in ``LogFile``.
// Unchecked: the body is run by one thread at a time, handed to the next under the lock.
final class LogSync: @unchecked Sendable {
  /// Called once: with what became of the sync.
  typealias Answer = @Sendable (Result<Void, any Error>) -> Void

  private struct State {
    var waiting: [Answer] = []
    var isRunning = false
    var isClosing = false
  }

  private static let idleNanoseconds: UInt64 = 5_000_000_000

  private let body: () throws -> Void
  private let state = Locked(State())

  /// `body` puts on disk what was committed before it began; it is called by one thread at a time.
  init(_ body: @escaping () throws -> Void) {
    self.body = body
  }

  /// Returns when everything that was committed before is on disk.
  ///
  /// - Throws: ``StoreError`` `io` or `full`: it is committed, and may not survive a power cut.
  func sync() async throws {
    try await withCheckedThrowingContinuation { continuation in
      add([{ continuation.resume(with: $0) }])
    }
  }

  /// As ``sync()``, for those who were committed together and are suspended already.
  func add(_ answers: [Answer]) {
    guard !answers.isEmpty else { return }
    let starts = state.withLock { state -> Bool in
      state.waiting += answers
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if starts { start() } else { state.signal() }
  }

  /// Lets the thread end once nobody waits; whoever comes later is served all the same.
  func close() {
    state.withLock { $0.isClosing = true }
    state.signal()
  }

  private func start() {
    do {
      try BlockingWork.start { self.run() }
    } catch {
      let waiting = state.withLock { state in
        state.isRunning = false
        defer { state.waiting = [] }
        return state.waiting
      }
      for answer in waiting { answer(.failure(StoreError.translation(of: error))) }
    }
  }

  private func run() {
    while let waiting = next() {
      let result = Result(catching: body).mapError(StoreError.translation)
      for answer in waiting { answer(result) }
    }
  }

  /// All who wait now; `nil` when the thread is to end.
  private func next() -> [Answer]? {
    let end = MonotonicTime.now() + Self.idleNanoseconds
    return state.waitFor(deadline: end) { state, _ in
      guard state.waiting.isEmpty else {
        defer { state.waiting = [] }
        return .some(state.waiting)
      }
      guard state.isClosing || MonotonicTime.now() >= end else { return nil }
      state.isRunning = false
      return .some(nil)
    } ?? nil
  }
}
