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
  /// `isGone` is asked for the session that a run was in last. Runs without a session are left alone,
  /// for they cannot lose it: ``end(_:_:durability:)`` is for them. Every run goes through the one
  /// finalizer; one that cannot be ended does not hold up the others. Costs a row for each run and
  /// the end of each that is gone.
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
    try await endRunning(end, durability) { _, session in try isGone(session) }
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
    try await endRunning(end, durability) { other, its in
      its.isExactly(session) && !other.name.isExactly(run.name)
    }
  }

  private func endRunning(
    _ end: RunEnd,
    _ durability: Durability,
    where isMeant: (RunReference, String) throws -> Bool
  ) async throws -> [EndedRun] {
    var ended: [EndedRun] = []
    var failure: (any Error)?
    for candidate in try read({ try $0.tables.unsealedRuns(in: $0.generation) }) {
      do {
        let run = try RunID(candidate.name)
        // Which session it is in, and whether it has ended, its log may know better.
        try await flush(run)
        let digest = try read { try $0.insight(candidate)?.digest }
        guard let digest, !digest.isSealed, let session = digest.session,
          try isMeant(candidate, session)
        else { continue }
        let outcome = try await self.end(run, end, durability: durability, known: candidate)
        ended.append(EndedRun(run: run, outcome: outcome))
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return ended
  }
}
