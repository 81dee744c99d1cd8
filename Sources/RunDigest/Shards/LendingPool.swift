internal import Storage

/// Handles that are opened once, lent to many, and closed when nobody has them. What holds:
///
/// 1. A key has one handle at a time: whoever asks while it is being opened waits for that opening,
///    and whoever asks while it is being closed waits for that first.
/// 2. An opening runs in a task of its own: a caller that is cancelled leaves the line and no other
///    is failed by it. An opening that throws tells all who wait, and leaves the key as if nobody
///    had asked.
/// 3. A handle is closed only when nobody has it: after its time to live, as the one that was unused
///    for longest when there are too many, when it was given up, or when the pool is closed.
/// 4. A handle is given up, so that nobody gets it any more, when an error says that it must not be
///    used, or when it is invalidated; also while it is being opened. Those who wait begin again, a
///    bounded number of times.
final class LendingPool<Key: Hashable & Sendable, Handle: Sendable>: Sendable {
  struct Options: Sendable {
    var idleTTL: Duration = .seconds(60)
    var capacity = 64
    var time = PoolTime(ContinuousClock())
  }

  enum Answer {
    case lent(Handle)
    case again
  }

  struct Waiter {
    let id: Int
    let continuation: CheckedContinuation<Answer, any Error>
  }

  enum Phase {
    case opening
    case open(Handle)
    case closing
  }

  struct Entry {
    var phase = Phase.opening
    /// Tells this opening of the key from a later one.
    let number: Int
    var lent = 0
    var isGivenUp = false
    var idleSince: Duration = .zero
    var waiters: [Waiter] = []
  }

  struct State {
    var entries: [Key: Entry] = [:]
    var counters = ShardCounters()
    var nextID = 0
    /// Waits that were cancelled before they had begun.
    var cancelled: Set<Int> = []
    var hasReaper = false
    var isClosed = false
    var closers: [CheckedContinuation<Void, Never>] = []

    mutating func id() -> Int {
      nextID += 1
      return nextID
    }
  }

  static var triesMax: Int { 8 }

  let options: Options
  let state = Locked(State())
  let open: @Sendable (Key) async throws -> Handle
  let closeHandle: @Sendable (Handle) async -> Void
  private let isPoison: @Sendable (any Error) -> Bool

  init(
    options: Options,
    open: @escaping @Sendable (Key) async throws -> Handle,
    close: @escaping @Sendable (Handle) async -> Void,
    isPoison: @escaping @Sendable (any Error) -> Bool
  ) {
    self.options = options
    self.open = open
    closeHandle = close
    self.isPoison = isPoison
  }

  var counters: ShardCounters { state.withLock { $0.counters } }

  /// Lends the handle of a key for the time of `body`.
  func withHandle<R: Sendable>(
    _ key: Key,
    _ body: @Sendable (Handle) async throws -> R
  ) async throws -> R {
    let (handle, number) = try await checkOut(key)
    do {
      let result = try await body(handle)
      checkIn(key, number, error: nil)
      return result
    } catch {
      checkIn(key, number, error: error)
      throw error
    }
  }

  private func checkOut(_ key: Key) async throws -> (Handle, number: Int) {
    for _ in 0..<Self.triesMax {
      try Task.checkCancellation()
      if case .lent(let handle) = try await ask(key) {
        return (handle, state.withLock { $0.entries[key]?.number ?? 0 })
      }
      state.withLock { $0.counters.retries += 1 }
    }
    throw StoreError(
      .busy,
      "the store was given up \(Self.triesMax) times while it was waited for; try again later"
    )
  }

  // MARK: Asking

  /// What is to be done for one who asks, found under the lock.
  private enum Step {
    case answer(Result<Answer, any Error>)
    case wait
    case open(number: Int)
    case close(Handle, number: Int)
  }

  private func ask(_ key: Key) async throws -> Answer {
    let id = state.withLock { $0.id() }
    defer { state.withLock { _ = $0.cancelled.remove(id) } }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let waiter = Waiter(id: id, continuation: continuation)
        switch state.withLock({ self.step(key, waiter, &$0) }) {
        case .answer(let answer): continuation.resume(with: answer)
        case .wait: break
        case .open(let number): startOpening(key, number)
        case .close(let handle, let number): startClosing(key, number, handle)
        }
      }
    } onCancel: {
      self.cancel(id, key)
    }
  }

  private func step(_ key: Key, _ waiter: Waiter, _ state: inout State) -> Step {
    if state.isClosed {
      return .answer(.failure(StoreError(.closed, "the pool of stores is closed")))
    }
    if state.cancelled.contains(waiter.id) { return .answer(.failure(CancellationError())) }
    guard var entry = state.entries[key] else {
      let number = state.id()
      state.entries[key] = Entry(number: number, waiters: [waiter])
      return .open(number: number)
    }
    defer { state.entries[key] = entry }
    switch entry.phase {
    case .open(let handle) where isExpired(entry):
      // Its time is up, and only the reaper has not been here yet.
      entry.phase = .closing
      entry.waiters.append(waiter)
      state.counters.expirations += 1
      return .close(handle, number: entry.number)
    case .open(let handle) where !entry.isGivenUp:
      entry.lent += 1
      state.counters.lent += 1
      state.counters.hits += 1
      return .answer(.success(.lent(handle)))
    case .opening:
      state.counters.joins += 1
      entry.waiters.append(waiter)
      return .wait
    case .open, .closing:
      // For those who still have one that was given up, or for its end.
      entry.waiters.append(waiter)
      return .wait
    }
  }

  func isExpired(_ entry: Entry) -> Bool {
    entry.lent == 0 && options.time.now() - entry.idleSince >= options.idleTTL
  }

  private func cancel(_ id: Int, _ key: Key) {
    let waiter = state.withLock { state -> Waiter? in
      guard let index = state.entries[key]?.waiters.firstIndex(where: { $0.id == id }) else {
        state.cancelled.insert(id)
        return nil
      }
      return state.entries[key]?.waiters.remove(at: index)
    }
    waiter?.continuation.resume(throwing: CancellationError())
  }

  // MARK: Giving back

  private func checkIn(_ key: Key, _ number: Int, error: (any Error)?) {
    let poisons = error.map(isPoison) ?? false
    state.withLock { state in
      guard state.entries[key]?.number == number else { return }
      state.entries[key]?.lent -= 1
      state.entries[key]?.idleSince = options.time.now()
      state.counters.lent -= 1
      if poisons, state.entries[key]?.isGivenUp == false {
        state.entries[key]?.isGivenUp = true
        state.counters.poisonings += 1
      }
    }
    tidy(key)
  }

  /// Gives a handle up; it is closed when nobody has it.
  func invalidate(_ key: Key) {
    state.withLock { $0.entries[key]?.isGivenUp = true }
    tidy(key)
  }
}
