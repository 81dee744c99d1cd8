internal import Folding
internal import Storage

/// The worker's thread: when it wakes, what it looks for, and how it ends.
extension FoldWorker {
  /// Starts the thread; the worker lives until it is stopped.
  func start() throws {
    try BlockingWork.start { self.runUntilStopped() }
  }

  /// Tells the thread to end, and waits until it has folded what was marked, or until it has tried
  /// for that long.
  func stopAndWait(drainingFor duration: Duration? = nil) async {
    if let duration {
      let deadline = MonotonicTime.now() + MonotonicTime.nanoseconds(duration)
      state.withLock { $0.drainUntil = deadline }
    }
    stop()
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state -> Bool in
        if !state.isDrained { state.stoppers.append(continuation) }
        return state.isDrained
      }
      if isDone { continuation.resume() }
    }
  }

  /// Runs until ``stop()``, and then folds what is left.
  func runUntilStopped() {
    let engine = FoldEngine(hooks: hooks)
    while let work = nextWork() {
      switch work {
      case .sweep: sweep()
      case .fold(let runs): foldTimed(runs, engine)
      }
    }
    drain(engine)
    let (waiters, stoppers) = state.withLock { state in
      state.isDrained = true
      defer {
        state.waiters = []
        state.stoppers = []
      }
      return (state.waiters, state.stoppers)
    }
    for (waiter, _) in waiters {
      waiter.finish(throwing: StoreError(.closed, "the store was closed; open it again"))
    }
    for stopper in stoppers { stopper.resume() }
  }

  /// Tells the thread to end; what is marked is folded first.
  func stop() {
    state.withLock { $0.isStopping = true }
    state.broadcast()
  }

  enum Work {
    case sweep
    case fold([Int64])
  }

  private func nextWork() -> Work? {
    state.waitFor(deadline: nil) { state, deadline -> Work?? in
      if state.isStopping { return .some(nil) }
      let now = MonotonicTime.now()
      if state.sweepAt <= now {
        state.sweepAt = now + MonotonicTime.nanoseconds(self.options.sweepEvery)
        return .sweep
      }
      if state.nextDue <= now {
        let due = Self.takeDue(&state, now)
        if !due.isEmpty {
          state.rounds += 1
          return .fold(due)
        }
      }
      deadline = min(state.nextDue, state.sweepAt)
      return nil
    } ?? .sweep
  }

  /// Takes the marks that are due, those of ended runs first, and says when the next will be.
  private static func takeDue(_ state: inout State, _ now: UInt64) -> [Int64] {
    var due: [(run: Int64, hasEnded: Bool)] = []
    var next = UInt64.max
    for (run, mark) in state.marks {
      if mark.dueAt <= now {
        due.append((run, mark.hasEnded))
      } else {
        next = min(next, mark.dueAt)
      }
    }
    for (run, _) in due { state.marks[run] = nil }
    state.nextDue = next
    // By key, so that two workers with the same marks do the same work in the same order.
    return due.sorted { ($1.hasEnded ? 1 : 0, $0.run) < ($0.hasEnded ? 1 : 0, $1.run) }.map(\.run)
  }

  /// Looks in the tables for runs that are behind.
  private func sweep() {
    do {
      let (behind, ended) = try readers.snapshot { connection in
        let version = try LiveVersion.read(connection)
        known.note(version: version)
        let behind = try DirtyRuns.find(connection, version: version)
        return (
          behind, try DirtyRuns.ended(behind.map(\.run), connection, version: version)
        )
      }
      let now = MonotonicTime.now()
      state.withLock { state in
        state.behind = Dictionary(uniqueKeysWithValues: behind.map { ($0.run, $0.head) })
        // One that is not behind any more was put right by somebody else.
        state.stalled = state.stalled.filter { state.behind?[$0.key] != nil }
        for run in state.stalled.keys { state.behind?[run] = nil }
        for (run, head) in behind {
          if let stall = state.stalled[run], stall.retryAt > now { continue }
          if state.marks[run] == nil {
            state.marks[run] = Mark(head: head, added: 0, dueAt: now)
            state.nextDue = now
          }
          if ended.contains(run) { state.marks[run]?.hasEnded = true }
        }
      }
    } catch {
      // Nothing is lost: the next sweep looks again. Soon, since something is wrong.
      state.withLock { $0.sweepAt = MonotonicTime.now() + 1_000_000_000 }
      didFail(error)
    }
  }

  private func drain(_ engine: FoldEngine) {
    while true {
      let runs = state.withLock { state -> [Int64] in
        defer {
          state.marks = [:]
          state.nextDue = .max
          state.rounds += 1
        }
        return state.marks.keys.sorted()
      }
      if runs.isEmpty || isOutOfTime { return }
      fold(runs, engine)
    }
  }

  var isOutOfTime: Bool {
    let deadline = state.withLock { $0.drainUntil }
    return deadline != .max && MonotonicTime.now() >= deadline
  }
}
