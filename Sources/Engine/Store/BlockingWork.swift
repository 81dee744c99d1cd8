internal import Glibc

/// Work that blocks, on a thread of its own: never on one of the cooperative pool.
package enum BlockingWork {
  private final class Box {
    let body: () -> Void
    package init(_ body: @escaping () -> Void) { self.body = body }
  }

  /// Runs `body` on a new thread while the caller is suspended: for rare work.
  package static func run<R: Sendable>(
    _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      do {
        try start { continuation.resume(with: Result(catching: body)) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  /// Starts a thread for `body`.
  package static func start(_ body: @escaping @Sendable () -> Void) throws {
    let box = Unmanaged.passRetained(Box(body))
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
      throw StoreError(.io, "cannot start a thread (error \(code)); free some threads")
    }
    pthread_detach(thread)
  }
}
