internal import Engine
internal import Support

/// Resources that are opened once per key, lent to many users, and closed when unused.
///
/// 1. A key has one resource at a time: a user that comes while it is opened waits for that opening,
///    and one that comes while it is closed waits for the end of that first.
/// 2. An opening runs in a task of its own, so a cancelled user fails no other. A failed opening fails
///    all users that wait for it, and leaves the key as if it had not been asked for.
/// 3. A resource is closed only when it is not lent: when it is expired, invalid, the least recently
///    used one beyond the capacity, or when the pool is closed.
/// 4. An invalid resource is not lent again. It is invalid when an error says so or by
///    ``invalidate(_:)``, also while it is being opened. Users that wait for it try again, a bounded
///    number of times.
final class KeyedResourcePool<Key: Hashable & Sendable, Resource: Sendable>: Sendable {
  struct Options: Sendable {
    var idleTTL: Duration = .seconds(60)
    var capacity = 64
    var time = PoolTime(ContinuousClock())
  }

  /// A resource, and the number that tells it from the key's later ones.
  private typealias Lease = (resource: Resource, number: Int)
  /// The users that wait; resumed with `nil` they try again.
  private typealias Users = WaitList<Key, Lease?>

  private enum Phase {
    case opening
    case open(Resource)
    case closing
  }

  private struct Entry {
    var phase = Phase.opening
    let number: Int
    var lent = 0
    var isInvalid = false
    var idleSince: Duration = .zero

    /// The resource, if it is open and no user has it.
    var idle: Resource? {
      if lent == 0, case .open(let resource) = phase { resource } else { nil }
    }
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var users = Users()
    var counters = ShardCounters()
    var lastNumber = 0
    var hasReaper = false
    var isClosed = false
    var closers = WaitList<Void, Void>()
  }

  static var triesMax: Int { 8 }

  private let options: Options
  private let open: @Sendable (Key) async throws -> Resource
  private let closeResource: @Sendable (Resource) async -> Void
  private let isPoison: @Sendable (any Error) -> Bool
  private let state = Locked(State())

  /// `isPoison` says whether a resource is invalid after a user's error.
  init(
    options: Options,
    open: @escaping @Sendable (Key) async throws -> Resource,
    close: @escaping @Sendable (Resource) async -> Void,
    isPoison: @escaping @Sendable (any Error) -> Bool
  ) {
    self.options = options
    self.open = open
    closeResource = close
    self.isPoison = isPoison
  }

  var counters: ShardCounters { state.withLock { $0.counters } }
  var isClosed: Bool { state.withLock { $0.isClosed } }
  /// How many keys have a resource, also one that is being opened or closed.
  var count: Int { state.withLock { $0.entries.count } }

  // MARK: Lending

  /// Lends the resource of a key for the time of `body`.
  func withResource<R: Sendable>(
    _ key: Key,
    _ body: @Sendable (Resource) async throws -> R
  ) async throws -> R {
    let (resource, number) = try await checkOut(key)
    do {
      let result = try await body(resource)
      checkIn(key, number, error: nil)
      return result
    } catch {
      checkIn(key, number, error: error)
      throw error
    }
  }

  private func checkOut(_ key: Key) async throws -> Lease {
    for _ in 0..<Self.triesMax {
      var starts: (() -> Void)?
      let lease = try await state.wait(in: \.users, for: key) { state in
        self.lend(key, &state, &starts)
      } didBegin: {
        starts?()
      }
      if let lease { return lease }
      state.withLock { $0.counters.retries += 1 }
    }
    throw StoreError(
      .busy,
      "the store had to be closed \(Self.triesMax) times in a row before it could be used; retry later"
    )
  }

  /// Lends an open resource, or says what to start before the user waits.
  private func lend(
    _ key: Key,
    _ state: inout State,
    _ starts: inout (() -> Void)?
  ) -> Result<Lease?, any Error>? {
    if state.isClosed { return .failure(StoreError(.closed, "the pool of stores is closed")) }
    guard let entry = state.entries[key] else {
      state.lastNumber += 1
      state.entries[key] = Entry(number: state.lastNumber)
      starts = { self.startOpening(key) }
      return nil
    }
    switch entry.phase {
    case .opening: state.counters.joins += 1
    case .open where isExpired(entry):
      state.counters.expirations += 1
      starts = close(key, &state)
    case .open(let resource) where !entry.isInvalid:
      state.entries[key]?.lent += 1
      state.counters.lent += 1
      state.counters.hits += 1
      return .success((resource, entry.number))
    case .open, .closing: break
    }
    return nil
  }

  private func checkIn(_ key: Key, _ number: Int, error: (any Error)?) {
    let poisons = error.map(isPoison) ?? false
    state.withLock { state in
      guard var entry = state.entries[key], entry.number == number else { return }
      entry.lent -= 1
      entry.idleSince = options.time.now()
      state.counters.lent -= 1
      if poisons, !entry.isInvalid {
        entry.isInvalid = true
        state.counters.poisonings += 1
      }
      state.entries[key] = entry
    }
    evict()
  }

  /// Closes a key's resource when no user has it; the next user gets a new one.
  func invalidate(_ key: Key) {
    state.withLock { $0.entries[key]?.isInvalid = true }
    evict()
  }

  // MARK: Opening and closing

  private func startOpening(_ key: Key) {
    Task {
      do {
        didOpen(key, try await open(key))
      } catch {
        let (users, closers) = state.withLock { state in
          state.counters.failures += 1
          state.entries[key] = nil
          return (state.users.takeAll { $0 == key }, self.takeClosers(&state))
        }
        for user in users { user.resume(throwing: error) }
        for closer in closers { closer.resume(returning: ()) }
      }
    }
  }

  private func didOpen(_ key: Key, _ resource: Resource) {
    let (users, lease) = state.withLock { state -> ([Users.Waiter], Lease?) in
      let users = state.users.takeAll { $0 == key }
      guard var entry = state.entries[key] else { return (users, nil) }
      state.counters.opens += 1
      state.counters.open += 1
      entry.phase = .open(resource)
      entry.idleSince = options.time.now()
      if !entry.isInvalid {
        entry.lent = users.count
        state.counters.lent += users.count
      }
      state.entries[key] = entry
      return (users, entry.isInvalid ? nil : (resource, entry.number))
    }
    for user in users { user.resume(returning: lease) }
    evict()
  }

  /// Marks an idle resource as closing; the result starts that, without the lock.
  private func close(_ key: Key, _ state: inout State) -> (() -> Void)? {
    guard let resource = state.entries[key]?.idle else { return nil }
    state.entries[key]?.phase = .closing
    return {
      Task {
        await self.closeResource(resource)
        let (users, closers) = self.state.withLock { state in
          state.counters.closes += 1
          state.counters.open -= 1
          state.entries[key] = nil
          return (state.users.takeAll { $0 == key }, self.takeClosers(&state))
        }
        for user in users { user.resume(returning: nil) }
        for closer in closers { closer.resume(returning: ()) }
      }
    }
  }

  /// Closes what must not stay open, and sees to it that this is done again at the next expiry.
  private func evict() {
    let (closings, pause) = state.withLock { state -> ([() -> Void], Duration?) in
      var closings: [() -> Void] = []
      for (key, entry) in state.entries where entry.idle != nil {
        guard entry.isInvalid || state.isClosed || isExpired(entry) else { continue }
        if !entry.isInvalid, !state.isClosed { state.counters.expirations += 1 }
        if let closing = close(key, &state) { closings.append(closing) }
      }
      while let key = self.leastRecentlyUsedBeyondCapacity(state),
        let closing = close(key, &state)
      {
        state.counters.evictions += 1
        closings.append(closing)
      }
      let idle = state.entries.values.filter { $0.idle != nil }
      guard !state.hasReaper, let oldest = idle.map(\.idleSince).min() else {
        return (closings, nil)
      }
      state.hasReaper = true
      return (closings, options.idleTTL - (options.time.now() - oldest))
    }
    for closing in closings { closing() }
    if let pause { startReaper(after: pause) }
  }

  private func leastRecentlyUsedBeyondCapacity(_ state: State) -> Key? {
    let open = state.entries.filter { if case .open = $0.value.phase { true } else { false } }
    guard open.count > options.capacity else { return nil }
    return open.filter { $0.value.idle != nil }.min { $0.value.idleSince < $1.value.idleSince }?.key
  }

  /// Does not retain the pool while it sleeps.
  private func startReaper(after pause: Duration) {
    let time = options.time
    Task { [weak self] in
      try? await time.sleep(max(pause, .milliseconds(1)))
      self?.state.withLock { $0.hasReaper = false }
      self?.evict()
    }
  }

  private func isExpired(_ entry: Entry) -> Bool {
    entry.idle != nil && options.time.now() - entry.idleSince >= options.idleTTL
  }

  // MARK: The end

  /// Refuses further uses, waits for the present ones, and closes all resources.
  func close() async {
    await state.waitUncancelled(in: \.closers) { state in
      state.isClosed = true
      return state.entries.isEmpty
    } didBegin: {
      evict()
    }
  }

  /// The callers of ``close()``, when the last resource is closed.
  private func takeClosers(_ state: inout State) -> [WaitList<Void, Void>.Waiter] {
    state.isClosed && state.entries.isEmpty ? state.closers.takeAll() : []
  }
}

/// A monotonic clock; tests replace it.
struct PoolTime: Sendable {
  let now: @Sendable () -> Duration
  let sleep: @Sendable (Duration) async throws -> Void

  init<C: Clock>(_ clock: C) where C.Duration == Duration {
    let start = clock.now
    now = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
  }
}
