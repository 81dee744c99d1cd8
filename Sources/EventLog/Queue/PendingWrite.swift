package import Engine
internal import Support

/// The result of a job of the write queue, for the thread or task that asked for it.
package final class PendingWrite<R: Sendable>: Sendable {
  private enum Phase {
    case waiting
    /// The job has run; its transaction is not committed yet.
    case run(R)
    case finished(Result<R, any Error>)
  }

  private let phase = Locked(Phase.waiting)

  /// Runs the job's body within its transaction and keeps what it returns.
  package func run(
    _ body: (any EngineTransaction) throws -> R,
    _ context: any EngineTransaction
  ) throws {
    let value = try body(context)
    phase.withLock { $0 = .run(value) }
  }

  /// Ends the wait, after the commit or when there will be none.
  package func finish(_ result: Result<Void, any Error>) {
    phase.withLock { phase in
      switch (result, phase) {
      case (.success, .run(let value)): phase = .finished(.success(value))
      case (.failure(let error), _): phase = .finished(.failure(error))
      default: break
      }
    }
    phase.signal()
  }

  package var isDone: Bool {
    phase.withLock { if case .finished = $0 { true } else { false } }
  }

  /// Blocks until the job is done, or refused.
  package func wait() throws -> R {
    let result = phase.waitFor { phase, _ -> Result<R, any Error>? in
      if case .finished(let result) = phase { result } else { nil }
    }
    guard let result else {
      throw StoreError(.io, "the writer gave no result; open the store again")
    }
    return try result.get()
  }
}
