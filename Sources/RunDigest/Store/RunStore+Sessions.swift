internal import Digests
internal import Engine
internal import EventLog
public import Events
public import Folding

/// A run that was ended because of its session.
public struct EndedRun: Sendable, Hashable {
  /// The run.
  public let run: RunID
  /// What became of it.
  public let outcome: Outcome
}

extension RunStore {
  /// Ends every running run whose session is gone, as a reaper does.
  ///
  /// `isGone` is asked once for each session that such a run was in last. Runs without a session are left alone,
  /// for they cannot lose it: ``end(_:_:durability:)`` is for them. Every run goes through the one
  /// finalizer, many in one transaction; one that cannot be ended does not hold up the others. Costs a
  /// step for each running run and the end of each that is gone.
  ///
  /// ```
  /// let ended = try await store.reap { !hub.isAlive(session: $0) }
  /// ```
  ///
  /// - Throws: What the first run failed with that could not be ended, after all others were.
  @discardableResult
  public func reap(
    _ end: RunEnd = RunEnd(.terminate, by: "reaper", reason: "its session is gone"),
    durability: Durability = .durable,
    isGone: (String) throws -> Bool
  ) async throws -> [EndedRun] {
    try await endRunning(end, durability) { reads in
      try reads.tables.openSessions(in: reads.generation).filter(isGone)
    }
  }

  /// Ends every running run that was in one of these sessions last.
  ///
  /// As ``reap(_:durability:isGone:)``, for sessions that are known by name: it costs only their runs.
  @discardableResult
  public func reap(
    sessions: some Collection<String>,
    _ end: RunEnd = RunEnd(.terminate, by: "reaper", reason: "its session is gone"),
    durability: Durability = .durable
  ) async throws -> [EndedRun] {
    let names = Set(sessions.map(ExactText.init)).map(\.text)
    return try await endRunning(end, durability) { _ in names }
  }

  /// Ends the running runs that a session leaves when it goes on in another run.
  ///
  /// Call it when the session was handed over; `run` itself is left alone, and need not be known yet.
  /// Otherwise as ``reap(_:durability:isGone:)``.
  @discardableResult
  public func swap(
    session: String,
    to run: RunID,
    _ end: RunEnd = RunEnd(.stop, by: "swap", reason: "its session goes on in another run"),
    durability: Durability = .durable
  ) async throws -> [EndedRun] {
    try await endRunning(end, durability, except: run) { _ in [session] }
  }

  /// So many runs are ended in one transaction.
  private static let endsMax = 128

  private func endRunning(
    _ end: RunEnd,
    _ durability: Durability,
    except: RunID? = nil,
    in sessions: (ReadSnapshot) throws -> [String]
  ) async throws -> [EndedRun] {
    var failure: (any Error)?
    // Of a run that lags the log may name another session than the digest.
    for name in try laggingRuns() {
      do { try await flush(RunID(name)) } catch { failure = failure ?? error }
    }
    let meant = try read { reads in
      try sessions(reads).flatMap { session in
        try reads.tables.openRuns(in: reads.generation, session: session)
          .filter { run in except.map { !$0.name.isExactly(run.name) } ?? true }
          .map { (run: $0, session: session) }
      }
    }.sorted { $0.run.row < $1.run.row }
    let finalizer = Finalizer(queue: queue, engine: engine, options: options)
    var ended: [(run: RunReference, outcome: Outcome)] = []
    for start in stride(from: 0, to: meant.count, by: Self.endsMax) {
      let group = Array(meant[start..<min(start + Self.endsMax, meant.count)])
      do {
        ended += try await finalizer.end(group, end)
      } catch {
        // One of them is to blame: each alone, so that it does not hold up the others.
        for one in group {
          do {
            ended += try await finalizer.end([one], end)
          } catch {
            problems.note(error, "end")
            failure = failure ?? error
          }
        }
      }
    }
    if durability == .durable, !ended.isEmpty { try await queue.sync() }
    if let failure { throw failure }
    return try ended.map { EndedRun(run: try RunID($0.run.name), outcome: $0.outcome) }
  }

  /// The names of the runs whose digests do not cover their logs.
  private func laggingRuns() throws -> [String] {
    try read { reads in
      try worker.findBehind(reads.tables, in: reads.generation)
        .compactMap { try reads.tables.runName($0.run) }
    }
  }
}
