package import Engine
internal import EventLog
internal import Events
internal import Folding
internal import Support
internal import Telemetry

/// What the worker's thread does with the runs that are due: fold, write, and set aside what fails.
extension FoldWorker {
  /// Folds runs, and measures it; answers how many events they had.
  func foldTimed(_ runs: [RunRowID], _ engine: FoldBatcher) -> Int {
    let events: Int
    let waitedBefore = time.spent.wait
    let start = MonotonicTime.now()
    if telemetry.tracer != nil {
      let began = StoreTelemetry.now()
      let marked = state.withLock { state in
        defer { state.markedAt = nil }
        return state.markedAt
      }
      events = fold(runs, engine)
      telemetry.stage("rundigest.fold_wait", from: marked ?? began, to: began)
      telemetry.stage(
        "rundigest.fold",
        from: began,
        to: StoreTelemetry.now(),
        [("rundigest.runs", runs.count)]
      )
    } else {
      events = fold(runs, engine)
    }
    let took = MonotonicTime.now() - start
    time.add(work: took - min(took, time.spent.wait - waitedBefore))
    return events
  }

  /// Folds runs to their heads, many small tails in one transaction; of one with a long tail a slice,
  /// and the rest with the next round, so that it holds up nobody.
  ///
  /// While the queue writes a slice, the next one is folded, of other runs. Returns how many events
  /// were folded.
  @discardableResult
  package func fold(_ runs: [RunRowID], _ fold: FoldBatcher) -> Int {
    var pending = runs[...]
    var underway: Writing?
    var events = 0
    var limits: [RunRowID: MissLimit] = [:]
    while true {
      let slice = prepare(&pending, fold)
      if let written = underway.take() {
        let missed = finish(written, fold).filter {
          !pending.contains($0) && mayTryAgain($0, &limits)
        }
        pending = (missed + pending)[...]
        goOnLater(with: written.slice.cut.filter { !missed.contains($0) })
      }
      if !slice.batches.isEmpty {
        events += slice.events
        underway = start(slice, meanwhile: !pending.isEmpty)
      } else if pending.isEmpty || isOutOfTime {
        return events
      }
    }
  }

  /// Whether a run whose write missed is folded again in this round; else it waits as one that failed.
  private func mayTryAgain(_ run: RunRowID, _ limits: inout [RunRowID: MissLimit]) -> Bool {
    do {
      try limits[run, default: MissLimit()].miss()
      return true
    } catch {
      setAside(run, error)
      return false
    }
  }

  /// Marks runs whose tail goes on, unless they were set aside just now.
  private func goOnLater(with runs: [RunRowID]) {
    guard !runs.isEmpty else { return }
    let now = MonotonicTime.now()
    state.withLock { state in
      for run in runs where state.stalled[run] == nil {
        state.mark(run, head: 0, added: 0, dueAt: now)
      }
    }
  }

  func measure(_ batches: [PreparedFold], _ written: [Bool]) {
    guard let metrics = telemetry.metrics else { return }
    var events: Int64 = 0
    var quarantined = 0
    for (batch, isWritten) in zip(batches, written) where isWritten {
      events += batch.digest.watermark - (batch.row.expected?.watermark ?? 0)
      quarantined += batch.changes.quarantined.count
    }
    let waiting = state.withLock { $0.marks.values.reduce(0) { $0 + $1.added } }
    metrics.folded(events: Int(events), quarantined: quarantined, lag: waiting)
    let missed = written.count { !$0 }
    if missed > 0 { metrics.missed(missed) }
    metrics.measureWAL(of: engine.location)
  }

  /// Lets a run that cannot be folded wait, ever longer.
  func setAside(_ run: RunRowID, _ error: any Error) {
    let error = StoreError.translation(of: error) as? StoreError ?? StoreError(.io, "\(error)")
    didFail(error)
    let waiters = state.withLock { state -> [FoldWaiter] in
      let attempts = (state.stalled[run]?.attempts ?? 0) + 1
      let pause = min(
        MonotonicTime.nanoseconds(options.retryAfterMax),
        MonotonicTime.nanoseconds(options.retryAfter) << UInt64(min(attempts - 1, 8))
      )
      let retryAt = MonotonicTime.now() + pause
      state.stalled[run] = FoldSchedule.Stall(error: error, attempts: attempts, retryAt: retryAt)
      state.sweepAt = min(state.sweepAt, retryAt)
      state.behind?[run] = nil
      state.ended.remove(run)
      // Those that came since this round began have a mark for the next one, and its answer.
      let rounds = state.rounds
      let isTold = { (waiting: (waiter: FoldWaiter, round: Int)) in
        waiting.waiter.waits(for: run) && waiting.round <= rounds
      }
      defer { state.waiters.removeAll(where: isTold) }
      return state.waiters.filter(isTold).map(\.waiter)
    }
    for waiter in waiters { waiter.finish(throwing: error) }
    let attempts = stalls[run]?.attempts ?? 1
    // Best effort: the memory of this process is what counts, and a store that cannot be written to
    // is a trouble of its own.
    _ = try? queue.writeAndBlock(priority: .maintenance) { tables in
      try tables.noteStalled(
        run,
        reason: error.message,
        attempts: attempts,
        now: StoreOptions.wallClock().microseconds
      )
    }
  }

  /// Takes back what ``setAside(_:_:)`` left in the store.
  func unstall(_ run: RunRowID) {
    _ = try? queue.writeAndBlock(priority: .maintenance) { try $0.forgetStalled(run) }
  }
}
