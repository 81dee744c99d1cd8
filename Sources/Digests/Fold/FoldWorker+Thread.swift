package import Engine
internal import Folding
internal import Support

/// The worker's thread: when it wakes, what it does, and how it ends.
extension FoldWorker {
  /// Starts the thread; the worker lives until it is stopped.
  package func start() throws {
    try BlockingWork.start { self.runUntilStopped() }
  }

  /// Tells the thread to end, and waits until it has folded what was marked, or until it has tried
  /// for that long.
  package func stopAndWait(drainingFor duration: Duration? = nil) async {
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
    let engine = FoldBatcher(hooks: hooks)
    while let work = nextWork() {
      switch work {
      case .sweep: sweep()
      case .fold(let runs):
        let start = MonotonicTime.now()
        let events = foldTimed(runs, engine)
        let now = MonotonicTime.now()
        state.withLock { state in
          state.endRound(
            work: now - start,
            events: events,
            runs: runs.count,
            roundMax: MonotonicTime.nanoseconds(options.roundMax),
            now: now
          )
        }
      }
    }
    drain(engine)
    let (waiters, stoppers) = state.withLock { state in
      state.isDrained = true
      // From here on nobody keeps account.
      state.accounted = nil
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
  package func stop() {
    state.withLock { $0.isStopping = true }
    state.broadcast()
  }

  package enum Work {
    case sweep
    case fold([RunRowID])
  }

  private func nextWork() -> Work? {
    state.waitFor(deadline: nil) { state, deadline -> Work?? in
      if state.isStopping { return .some(nil) }
      let now = MonotonicTime.now()
      if state.sweepAt <= now {
        state.sweepAt = now + MonotonicTime.nanoseconds(self.options.sweepEvery)
        return .sweep
      }
      let due = state.takeDue(now: now)
      if !due.isEmpty { return .fold(due) }
      deadline = state.wakeAt
      return nil
    } ?? .sweep
  }

  private func drain(_ engine: FoldBatcher) {
    // Also what was appended before anybody told this worker of it.
    if !isOutOfTime { sweep() }
    while !isOutOfTime {
      let runs = state.withLock { $0.takeAll() }
      if runs.isEmpty { return }
      fold(runs, engine)
      state.withLock { $0.folding = [] }
    }
  }

  var isOutOfTime: Bool {
    let deadline = state.withLock { $0.drainUntil }
    return deadline != .max && MonotonicTime.now() >= deadline
  }
}
