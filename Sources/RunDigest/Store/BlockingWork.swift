internal import Glibc

/// Work that blocks, on a thread of its own: never on one of the cooperative pool.
package enum BlockingWork {
  private final class Box {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }

  /// Runs `body` on a new thread while the caller is suspended: for rare work.
  package static func run<R: Sendable>(
    _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      let box = Unmanaged.passRetained(Box { continuation.resume(with: Result(catching: body)) })
      var thread = pthread_t()
      let code = pthread_create(
        &thread,
        nil,
        { context in
          guard let context else { return nil }
          Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
          return nil
        },
        box.toOpaque()
      )
      guard code == 0 else {
        box.release()
        continuation.resume(
          throwing: StoreError(.io, "cannot start a thread (error \(code)); free some threads")
        )
        return
      }
      pthread_detach(thread)
    }
  }
}
