internal import Synchronization

/// Callers that wait for something, in the order of their arrival.
///
/// A wait list is a part of the state that a ``Locked`` guards, so that a caller looks and begins to
/// wait in one step, and no wake-up can fall between the two.
///
/// 1. A waiter that is taken out of the list is resumed once, by the thread that took it, after the
///    lock is released.
/// 2. A caller that is cancelled is taken out of the list, and its wait throws `CancellationError`.
///    A caller that was cancelled earlier does not enter the list.
/// 3. A waiter that was taken out for another reason is no longer cancelled by the list.
package struct WaitList<Request: Sendable, Value: Sendable> {
  /// One waiting caller.
  package struct Waiter: Sendable {
    fileprivate let id: UInt64
    /// What it waits for.
    package let request: Request
    /// Ends the wait; call it once.
    package let resume: @Sendable (Result<Value, any Error>) -> Void
  }

  // The waiters are those from `start` on: taking the first one moves nothing.
  private var waiters: [Waiter] = []
  private var start = 0

  package init() {}

  package var isEmpty: Bool { start == waiters.count }
  package var count: Int { waiters.count - start }
  package var first: Waiter? { isEmpty ? nil : waiters[start] }

  /// Adds a waiter that is not a suspended task; nothing cancels it.
  package mutating func add(
    _ request: Request,
    resume: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) {
    waiters.append(Waiter(id: 0, request: request, resume: resume))
  }

  fileprivate mutating func add(_ waiter: Waiter) {
    waiters.append(waiter)
  }

  /// Takes out the first waiter.
  package mutating func takeFirst() -> Waiter? {
    guard let waiter = first else { return nil }
    start += 1
    if start == waiters.count || start > 4096 {
      waiters.removeFirst(start)
      start = 0
    }
    return waiter
  }

  /// Takes out all waiters.
  package mutating func takeAll() -> [Waiter] {
    defer {
      waiters = []
      start = 0
    }
    return Array(waiters[start...])
  }

  /// Takes out the waiters of some requests.
  package mutating func takeAll(where isTaken: (Request) -> Bool) -> [Waiter] {
    let taken = waiters[start...].filter { isTaken($0.request) }
    guard !taken.isEmpty else { return [] }
    waiters = waiters[start...].filter { !isTaken($0.request) }
    start = 0
    return taken
  }

  fileprivate mutating func take(_ id: UInt64) -> Waiter? {
    guard let index = waiters[start...].firstIndex(where: { $0.id == id }) else { return nil }
    return waiters.remove(at: index)
  }
}

extension WaitList.Waiter {
  /// Ends the wait with a value.
  package func resume(returning value: Value) { resume(.success(value)) }

  /// Ends the wait with an error.
  package func resume(throwing error: any Error) { resume(.failure(error)) }
}

/// A wait took longer than its caller allowed.
package struct WaitTimedOut: Error {}

private let nextID = Atomic<UInt64>(1)

extension Locked {
  /// Suspends the caller in a wait list of the value until a thread takes it out and resumes it.
  ///
  /// `answer` looks first, under the lock: if it returns a result, that is the result of the wait.
  /// `didBegin` is called when the caller is in the list, without the lock.
  ///
  /// - Throws: What the waiter is resumed with, `CancellationError`, or ``WaitTimedOut``.
  package func wait<Request, Answer>(
    in list: any WritableKeyPath<Value, WaitList<Request, Answer>> & Sendable,
    for request: Request,
    within duration: Duration? = nil,
    answer: (inout Value) -> Result<Answer, any Error>? = { _ in nil },
    didBegin: () -> Void = {}
  ) async throws -> Answer {
    let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
    var timer: Task<Void, any Error>?
    defer { timer?.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let found = withLock { value -> Result<Answer, any Error>? in
          // A cancellation from now on meets the waiter in the list, since it needs the lock.
          if Task.isCancelled { return .failure(CancellationError()) }
          if let found = answer(&value) { return found }
          value[keyPath: list].add(
            WaitList.Waiter(id: id, request: request) { continuation.resume(with: $0) }
          )
          return nil
        }
        if let found { return continuation.resume(with: found) }
        timer = duration.map { duration in
          Task {
            try await Task.sleep(for: duration)
            self.end(id, in: list, WaitTimedOut())
          }
        }
        didBegin()
      }
    } onCancel: {
      self.end(id, in: list, CancellationError())
    }
  }

  /// Suspends the caller as ``wait(in:for:within:answer:didBegin:)`` does, cancelled or not.
  package func waitUncancelled(
    in list: any WritableKeyPath<Value, WaitList<Void, Void>> & Sendable,
    unless isDone: (inout Value) -> Bool,
    didBegin: () -> Void = {}
  ) async {
    await withCheckedContinuation { continuation in
      let isOver = withLock { value in
        if isDone(&value) { return true }
        value[keyPath: list].add(()) { _ in continuation.resume() }
        return false
      }
      if isOver { continuation.resume() } else { didBegin() }
    }
  }

  private func end<Request, Answer>(
    _ id: UInt64,
    in list: any WritableKeyPath<Value, WaitList<Request, Answer>> & Sendable,
    _ error: any Error
  ) {
    withLock { $0[keyPath: list].take(id) }?.resume(throwing: error)
  }
}
