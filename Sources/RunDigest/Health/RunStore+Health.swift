internal import Engine
internal import EventLog
internal import Events
internal import Glibc
internal import Support

extension RunStore {
  /// How the store is, now; also of one that is closed or damaged, it never throws.
  ///
  /// Costs what ``backlog()`` does.
  public func health() -> LiveHealth {
    var health = LiveHealth()
    let load = appendBudget.load
    health.waitingAppends.events = load.events
    health.waitingAppends.bytes = load.bytes
    health.waitingAppends.callersWaiting = load.waiting
    do {
      health.backlog = try backlog()
      health.stalled = try stalledRuns()
      if let oldest = health.backlog.oldest {
        health.oldestAge = .microseconds(
          max(0, options.now().microseconds - oldest.microseconds)
        )
      }
    } catch {
      health.isReady = false
      problems.note(error, "read")
    }
    health.isAccepting = health.isReady && load.waiting == 0 && !queue.isClosing
    health.isCatchingUp = worker.isCatchingUp && health.backlog.events > 0
    health.lastProblems = problems.last
    health.walBytes = Self.size(of: path + "-wal")
    let spent = worker.time.spent
    health.foldWork = .nanoseconds(Int64(clamping: spent.work))
    health.foldWait = .nanoseconds(Int64(clamping: spent.wait))
    return health
  }

  /// Waits until everything that the log has now is folded: for those who want no answer that is
  /// behind.
  ///
  /// ```swift
  /// try await store.waitUntilCaughtUp(within: .seconds(30))
  /// ```
  ///
  /// - Throws: ``StoreError`` `timedOut` after that time, or what keeps a run from being folded.
  public func waitUntilCaughtUp(within duration: Duration) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.flush() }
      group.addTask {
        try await Task.sleep(for: duration)
        throw StoreError(
          .timedOut,
          "the digests were not caught up within \(duration); wait longer, or look at its health"
        )
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func stalledRuns() throws -> [LiveHealth.StalledRun] {
    let stalls = worker.stalls
    guard !stalls.isEmpty else { return [] }
    return try read { reads in
      try stalls.sorted { $0.key < $1.key }.map { run, stall in
        LiveHealth.StalledRun(
          run: try reads.tables.runName(run) ?? "#\(run.rawValue)",
          reason: stall.error.message,
          attempts: stall.attempts
        )
      }
    }
  }

  private static func size(of path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }
}
