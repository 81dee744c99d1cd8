internal import Storage

/// Closing what nobody has and nobody should.
extension LendingPool {
  /// Closes the handle of a key if it is not to be kept, and others if there are too many.
  func tidy(_ key: Key) {
    let (closing, startsReaper) = state.withLock { state -> ([(Key, Int, Handle)], Bool) in
      var closing: [(Key, Int, Handle)] = []
      if let entry = state.entries[key], entry.lent == 0, case .open = entry.phase {
        let ends = options.idleTTL <= .zero && entry.waiters.isEmpty
        if entry.isGivenUp || ends || state.isClosed {
          if ends, !entry.isGivenUp { state.counters.expirations += 1 }
          closing += self.take(key, &state)
        }
      }
      closing += self.takeExcess(&state)
      let hasIdle = state.entries.values.contains {
        if case .open = $0.phase { $0.lent == 0 } else { false }
      }
      let starts = hasIdle && !state.hasReaper && !state.isClosed
      if starts { state.hasReaper = true }
      return (closing, starts)
    }
    for (key, number, handle) in closing { startClosing(key, number, handle) }
    if startsReaper { startReaper() }
  }

  /// Marks a handle as closing and hands it over.
  private func take(_ key: Key, _ state: inout State) -> [(Key, Int, Handle)] {
    guard let entry = state.entries[key], entry.lent == 0, case .open(let handle) = entry.phase
    else { return [] }
    state.entries[key]?.phase = .closing
    return [(key, entry.number, handle)]
  }

  /// The handles unused for longest, as many as there are too many.
  private func takeExcess(_ state: inout State) -> [(Key, Int, Handle)] {
    var taken: [(Key, Int, Handle)] = []
    while true {
      var count = 0
      var oldest: (key: Key, since: Duration)?
      for (key, entry) in state.entries {
        guard case .open = entry.phase else { continue }
        count += 1
        if entry.lent == 0, entry.idleSince < oldest?.since ?? .seconds(Int64.max / 4) {
          oldest = (key, entry.idleSince)
        }
      }
      guard count > options.capacity, let oldest else { return taken }
      state.counters.evictions += 1
      taken += take(oldest.key, &state)
    }
  }

  // MARK: The time to live

  /// Sleeps until the next handle's time is up, closes it, and so on until none is idle.
  ///
  /// It has no hold on the pool while it sleeps, so that a pool that is let go can go.
  private func startReaper() {
    let time = options.time
    let pause = options.idleTTL
    Task { [weak self] in
      var next: Duration? = pause
      while let wait = next {
        try? await time.sleep(max(wait, .milliseconds(1)))
        next = self?.reap()
      }
    }
  }

  /// Closes what is expired; answers when to look again.
  private func reap() -> Duration? {
    let (closing, next) = state.withLock { state -> ([(Key, Int, Handle)], Duration?) in
      var closing: [(Key, Int, Handle)] = []
      var next: Duration?
      for (key, entry) in state.entries {
        guard case .open = entry.phase, entry.lent == 0 else { continue }
        if self.isExpired(entry) {
          state.counters.expirations += 1
          closing += self.take(key, &state)
        } else {
          let left = options.idleTTL - (options.time.now() - entry.idleSince)
          next = min(next ?? left, left)
        }
      }
      if state.isClosed { next = nil }
      state.hasReaper = next != nil
      return (closing, next)
    }
    for (key, number, handle) in closing { startClosing(key, number, handle) }
    return next
  }

  // MARK: The end

  /// Refuses further uses, waits for those there are, and closes all handles.
  func close() async {
    await withCheckedContinuation { continuation in
      let (closing, closers) = state.withLock { state in
        state.isClosed = true
        state.closers.append(continuation)
        var closing: [(Key, Int, Handle)] = []
        for key in Array(state.entries.keys) { closing += self.take(key, &state) }
        return (closing, self.takeClosers(&state))
      }
      for (key, number, handle) in closing { startClosing(key, number, handle) }
      for closer in closers { closer.resume() }
    }
  }

  /// Those who wait for the end, if this is it.
  func takeClosers(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
    guard state.isClosed, state.entries.isEmpty else { return [] }
    defer { state.closers = [] }
    return state.closers
  }
}

/// A clock that never jumps, as the pool needs it: injected, so that tests need not wait.
struct PoolTime: Sendable {
  let now: @Sendable () -> Duration
  let sleep: @Sendable (Duration) async throws -> Void

  init<C: Clock>(_ clock: C) where C.Duration == Duration {
    let start = clock.now
    now = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
  }
}
