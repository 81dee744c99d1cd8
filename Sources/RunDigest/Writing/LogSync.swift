internal import Glibc
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
    /// The thread sleeps until somebody waits.
    var isAsleep = false
    /// Somebody is about to wait.
    var isExpected = false
    var isClosing = false
  }

  private static let idleNanoseconds: UInt64 = 5_000_000_000
  /// How long the thread stays awake for one who was expected: as long as a commit takes, if that is short.
  private static let expectNanoseconds: UInt64 = 100_000

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

  /// Wakes the thread for one who is about to commit and wait: to wake it takes as long as the commit.
  func expect() {
    let wakes = state.withLock { state -> Bool in
      guard state.isAsleep, !state.isExpected else { return false }
      state.isExpected = true
      return true
    }
    if wakes { state.signal() }
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
    while true {
      switch next() {
      case .sync(let waiting):
        let result = Result(catching: body).mapError(StoreError.translation)
        for answer in waiting { answer(result) }
      case .lookOut: lookOut()
      case .end: return
      }
    }
  }

  private enum Next {
    /// For all who wait now.
    case sync([Answer])
    case lookOut
    case end
  }

  private func next() -> Next {
    let end = MonotonicTime.now() + Self.idleNanoseconds
    return state.waitFor(deadline: end) { state, _ in
      state.isAsleep = false
      guard state.waiting.isEmpty else {
        defer { state.waiting = [] }
        return .sync(state.waiting)
      }
      if state.isExpected {
        state.isExpected = false
        return .lookOut
      }
      guard state.isClosing || MonotonicTime.now() >= end else {
        state.isAsleep = true
        return nil
      }
      state.isRunning = false
      return .end
    } ?? .end
  }

  /// Stays awake until somebody waits, for a moment.
  private func lookOut() {
    let end = MonotonicTime.now() + Self.expectNanoseconds
    while state.withLock({ $0.waiting.isEmpty }), MonotonicTime.now() < end { sched_yield() }
  }
}
