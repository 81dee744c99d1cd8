internal import Storage

/// Somebody who waits for a fold. The wait ends once, whoever ends it first; it may be ended, by
/// cancellation, before it has begun.
final class FoldWaiter: Sendable {
  private enum State {
    case new
    case waiting(CheckedContinuation<Void, any Error>)
    case finished((any Error)?)
  }

  let run: Int64
  let seq: Int64
  private let state = Locked(State.new)

  init(run: Int64, seq: Int64) {
    self.run = run
    self.seq = seq
  }

  var isDone: Bool {
    state.withLock { if case .finished = $0 { true } else { false } }
  }

  /// Hands over who waits; told at once if the wait is over already.
  func begin(_ continuation: CheckedContinuation<Void, any Error>) {
    let over = state.withLock { state -> Result<Void, any Error>? in
      guard case .finished(let error) = state else {
        state = .waiting(continuation)
        return nil
      }
      return error.map { .failure($0) } ?? .success(())
    }
    if let over { continuation.resume(with: over) }
  }

  /// Ends the wait, once.
  func finish(throwing error: (any Error)? = nil) {
    let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      switch state {
      case .finished: return nil
      case .new:
        state = .finished(error)
        return nil
      case .waiting(let continuation):
        state = .finished(error)
        return continuation
      }
    }
    if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
  }
}
