package import Engine
internal import Support

/// Somebody who waits for folds: of one run, or of many.
///
/// The wait ends once, whoever ends it first; it may be ended, by cancellation, before it has
/// begun.
package final class FoldWaiter: Sendable {
  private enum Phase {
    case new
    case waiting(CheckedContinuation<Void, any Error>)
    case finished((any Error)?)
  }

  private struct State {
    var phase = Phase.new
    /// The runs that are not folded yet, with the seq that they have to be folded to.
    var targets: [RunRowID: Int64]
  }

  private let state: Locked<State>

  package init(_ targets: [RunRowID: Int64]) {
    state = Locked(State(targets: targets))
  }

  package var isDone: Bool {
    state.withLock { if case .finished = $0.phase { true } else { false } }
  }

  /// Whether it waits for a run still.
  package func waits(for run: RunRowID) -> Bool {
    state.withLock { $0.targets[run] != nil }
  }

  /// Hears that a run is folded up to a seq; answers whether that was the last thing to wait for.
  func hear(_ run: RunRowID, watermark: Int64) -> Bool {
    state.withLock { state in
      guard let seq = state.targets[run], seq <= watermark else { return false }
      state.targets[run] = nil
      return state.targets.isEmpty
    }
  }

  /// Hands over who waits; told at once if the wait is over already.
  package func begin(_ continuation: CheckedContinuation<Void, any Error>) {
    let over = state.withLock { state -> Result<Void, any Error>? in
      guard case .finished(let error) = state.phase else {
        state.phase = .waiting(continuation)
        return nil
      }
      return error.map { .failure($0) } ?? .success(())
    }
    if let over { continuation.resume(with: over) }
  }

  /// Ends the wait, once.
  package func finish(throwing error: (any Error)? = nil) {
    let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      defer { if case .finished = state.phase {} else { state.phase = .finished(error) } }
      guard case .waiting(let continuation) = state.phase else { return nil }
      return continuation
    }
    if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
  }
}
