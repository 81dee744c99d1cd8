internal import Events
internal import Folding
internal import Storage

/// What the worker's thread does with the runs that are due: fold, write, and set aside what fails.
extension FoldWorker {
  func foldTimed(_ runs: [Int64], _ engine: FoldEngine) {
    let waitedBefore = time.spent.wait
    let start = MonotonicTime.now()
    if telemetry.tracer != nil {
      let began = Telemetry.now()
      let marked = state.withLock { state in
        defer { state.markedAt = nil }
        return state.markedAt
      }
      fold(runs, engine)
      telemetry.stage("rundigest.fold_wait", from: marked ?? began, to: began)
      telemetry.stage(
        "rundigest.fold",
        from: began,
        to: Telemetry.now(),
        [("rundigest.runs", runs.count)]
      )
    } else {
      fold(runs, engine)
    }
    let took = MonotonicTime.now() - start
    time.add(work: took - min(took, time.spent.wait - waitedBefore))
  }

  /// Folds runs to their heads, many small tails in one transaction; of one with a long tail a slice,
  /// and the rest with the next round, so that it holds up nobody.
  func fold(_ runs: [Int64], _ engine: FoldEngine) {
    var pending = runs[...]
    while !pending.isEmpty, !isOutOfTime {
      var batches: [PreparedFold] = []
      var cut: [Int64] = []
      var events = 0
      while let run = pending.first, events < options.slice.events,
        batches.isEmpty || !isOutOfTime
      {
        pending.removeFirst()
        do {
          let prepared = try readers.snapshot { connection in
            let version = try LiveVersion.forFolding(connection)
            engine.use(version: version)
            known.note(version: version)
            return try engine.prepare(run, limit: options.slice, connection)
          }
          guard let (batch, count, isCut) = prepared else {
            recovered(run)
            continue
          }
          batches.append(batch)
          events += count
          if isCut { cut.append(run) }
        } catch {
          setAside(run, error)
        }
      }
      let missed = write(batches, engine)
      pending = (missed + pending)[...]
      goOnLater(with: cut)
    }
  }

  /// Marks runs whose tail goes on, unless they were set aside just now.
  private func goOnLater(with runs: [Int64]) {
    guard !runs.isEmpty else { return }
    let now = MonotonicTime.now()
    state.withLock { state in
      for run in runs where state.stalled[run] == nil {
        state.mark(run, head: 0, added: 0, dueAt: now)
      }
    }
  }

  /// Writes batches in one transaction; answers the runs that have to be folded again.
  private func write(_ batches: [PreparedFold], _ engine: FoldEngine) -> [Int64] {
    guard !batches.isEmpty else { return [] }
    do {
      let asked = MonotonicTime.now()
      let written = try queue.writeAndBlock(priority: .fold) { [hooks, time] context in
        time.add(wait: MonotonicTime.now() - asked)
        return try FoldWriter(connection: context.connection, hooks: hooks).writeIfLive(batches)
      }
      var missed: [Int64] = []
      var folded: [Int64] = []
      for (batch, isWritten) in zip(batches, written) {
        if isWritten {
          engine.didWrite(batch)
          wake(run: batch.run, watermark: batch.digest.watermark)
          folded.append(batch.run)
        } else {
          engine.forget(batch.run)
          missed.append(batch.run)
        }
      }
      if !folded.isEmpty { didFold(folded) }
      if telemetry.metrics != nil { measure(batches, written) }
      return missed
    } catch {
      for batch in batches { engine.forget(batch.run) }
      // The transaction failed as a whole: one run's rows may be to blame, so each goes alone.
      if batches.count > 1 {
        return batches.flatMap { write([$0], engine) }
      }
      setAside(batches[0].run, error)
      return []
    }
  }

  private func measure(_ batches: [PreparedFold], _ written: [Bool]) {
    guard let metrics = telemetry.metrics else { return }
    var events: Int64 = 0
    var quarantined = 0
    for (batch, isWritten) in zip(batches, written) where isWritten {
      events += batch.digest.watermark - (batch.expected?.watermark ?? 0)
      quarantined += batch.changes.quarantined.count
    }
    let waiting = state.withLock { $0.marks.values.reduce(0) { $0 + $1.added } }
    metrics.folded(events: Int(events), quarantined: quarantined, lag: waiting)
    let missed = written.count { !$0 }
    if missed > 0 { metrics.missed(missed) }
    metrics.measureLog(of: readers.path)
  }

  /// Lets a run that cannot be folded wait, ever longer.
  private func setAside(_ run: Int64, _ error: any Error) {
    let error = StoreError.translation(of: error) as? StoreError ?? StoreError(.io, "\(error)")
    didFail(error)
    let waiters = state.withLock { state -> [FoldWaiter] in
      let attempts = (state.stalled[run]?.attempts ?? 0) + 1
      let pause = min(UInt64(300), 1 << UInt64(min(attempts, 9))) * 1_000_000_000
      let retryAt = MonotonicTime.now() + pause
      state.stalled[run] = FoldState.Stall(error: error, attempts: attempts, retryAt: retryAt)
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
    _ = try? queue.writeAndBlock(priority: .maintenance) { context in
      try StallRows(connection: context.connection).note(
        run,
        reason: error.message,
        attempts: attempts,
        now: StoreOptions.wallClock().microseconds
      )
    }
  }

  /// Takes back what ``setAside(_:_:)`` left in the store.
  func unstall(_ run: Int64) {
    _ = try? queue.writeAndBlock(priority: .maintenance) { context in
      try StallRows(connection: context.connection).forget(run)
    }
  }
}
