internal import Storage

/// Opening handles and closing them, each in a task of its own.
extension LendingPool {
  func startOpening(_ key: Key, _ number: Int) {
    Task {
      do {
        let handle = try await open(key)
        didOpen(key, number, handle)
      } catch {
        didFail(key, error)
      }
    }
  }

  private func didOpen(_ key: Key, _ number: Int, _ handle: Handle) {
    let (waiters, answer, closes) = state.withLock { state -> ([Waiter], Answer, Bool) in
      guard var entry = state.entries[key] else { return ([], .again, true) }
      state.counters.opens += 1
      state.counters.open += 1
      let waiters = entry.waiters
      entry.waiters = []
      if entry.isGivenUp {
        entry.phase = .closing
        state.entries[key] = entry
        return (waiters, .again, true)
      }
      entry.phase = .open(handle)
      entry.lent = waiters.count
      entry.idleSince = options.time.now()
      state.counters.lent += waiters.count
      state.entries[key] = entry
      return (waiters, .lent(handle), false)
    }
    if closes { startClosing(key, number, handle) }
    for waiter in waiters { waiter.continuation.resume(returning: answer) }
    if !closes { tidy(key) }
  }

  private func didFail(_ key: Key, _ error: any Error) {
    let (entry, closers) = state.withLock { state in
      state.counters.failures += 1
      return (state.entries.removeValue(forKey: key), self.takeClosers(&state))
    }
    for waiter in entry?.waiters ?? [] { waiter.continuation.resume(throwing: error) }
    for closer in closers { closer.resume() }
  }

  func startClosing(_ key: Key, _ number: Int, _ handle: Handle) {
    Task {
      await closeHandle(handle)
      let (entry, closers) = state.withLock { state in
        state.counters.closes += 1
        state.counters.open -= 1
        return (state.entries.removeValue(forKey: key), self.takeClosers(&state))
      }
      for waiter in entry?.waiters ?? [] { waiter.continuation.resume(returning: .again) }
      for closer in closers { closer.resume() }
    }
  }
}
