package import Engine
internal import EventLog
internal import Support

/// Those who wait for folds.
extension FoldWorker {
  /// Waits until a run is folded up to a seq.
  ///
  /// - Throws: What keeps that run from being folded.
  package func waitUntilFolded(_ run: RunRowID, seq: Int64) async throws {
    if try StoreError.translating({ try watermark(of: run) }) >= seq { return }
    try await wait(for: [run: seq])
  }

  /// Waits until all events up to a position are folded; without a look at the store where that is
  /// known.
  ///
  /// - Throws: What keeps a run from being folded, of the first that fails.
  package func waitUntilFolded(through position: LogPosition) async throws {
    if state.withLock({ $0.isClean(through: position) }) { return }
    let targets = try StoreError.translating { try findTargets(through: position) }
    if !targets.isEmpty { try await wait(for: targets) }
  }

  /// The runs that are not folded up to a position, and the seqs that they have there.
  private func findTargets(through position: LogPosition) throws -> [RunRowID: Int64] {
    try engine.snapshot { tables in
      var targets: [RunRowID: Int64] = [:]
      for run in try findBehind(tables, in: try tables.liveGeneration()) {
        targets[run.run] = try tables.lastSeq(
          of: run.run,
          after: run.watermark,
          through: position
        )
      }
      return targets
    }
  }

  private func wait(for targets: [RunRowID: Int64]) async throws {
    let waiter = FoldWaiter(targets)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiter.begin(continuation)
        let refused = state.withLock { state -> Bool in
          if state.isDrained { return true }
          // With its marks in the same breath: the next round has both, and its failure is the one
          // that this waiter is told of. A round that is under way has neither.
          state.waiters.append((waiter, state.rounds + 1))
          let now = MonotonicTime.now()
          for (run, seq) in targets {
            // Folded since the caller looked, it is found so by the round, which tells.
            state.hurry(run, head: seq, now: now)
          }
          return false
        }
        state.broadcast()
        if refused {
          waiter.finish(throwing: StoreError(.closed, "the store is closed; open it again"))
        }
      }
    } onCancel: {
      waiter.finish(throwing: CancellationError())
    }
  }

  package func watermark(of run: RunRowID) throws -> Int64 {
    try engine.snapshot { tables in
      try tables.revision(of: DigestKey(run, tables.liveGeneration()))?.watermark ?? 0
    }
  }

  /// Tells those who wait for a run that it is folded so far.
  package func wake(run: RunRowID, watermark: Int64) {
    if stalls[run] != nil { unstall(run) }
    let ready = state.withLock { state -> [FoldWaiter] in
      state.didFold(run, through: watermark)
      guard !state.waiters.isEmpty else { return [] }
      let ready = state.waiters.map(\.waiter).filter { $0.hear(run, watermark: watermark) }
      state.waiters.removeAll { waiting in
        waiting.waiter.isDone || ready.contains { $0 === waiting.waiter }
      }
      return ready
    }
    for waiter in ready { waiter.finish() }
  }

  /// A run has nothing to fold; somebody else, a finalizer or another process, may have done it.
  func recovered(_ run: RunRowID) {
    if stalls[run] != nil { unstall(run) }
    let hasWaiters = state.withLock { state in
      state.didFold(run)
      return state.waiters.contains { $0.waiter.waits(for: run) }
    }
    if hasWaiters, let watermark = try? watermark(of: run) { wake(run: run, watermark: watermark) }
  }
}
