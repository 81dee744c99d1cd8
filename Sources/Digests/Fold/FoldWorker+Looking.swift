package import Engine
internal import EventLog
internal import Folding
internal import Support

/// How the worker finds what nobody told it of: by looking in the tables.
///
/// 1. The first look, one at another generation, and one every ten minutes are at all runs.
/// 2. Any other look is at the runs with events after the place where the last look began, and at
///    those that are set aside: what was behind else is marked or folded by now, and watermarks only
///    go up. So a look costs nothing while nothing is new, however many runs there are.
/// 3. A look at all runs goes by pages, each in a snapshot of its own, so that it keeps the
///    write-ahead log from being started over only for moments.
extension FoldWorker {
  private static let pageRuns: Int64 = 4096
  private static let sweepAllEvery: UInt64 = 600_000_000_000

  /// Looks in the tables for runs that are behind, and marks them.
  package func sweep() {
    let now = MonotonicTime.now()
    let (last, stalled) = state.withLock { state in
      (state.sweepAllAt > now ? state.looked : nil, Array(state.stalled.keys))
    }
    do {
      let (place, isFull, behind, ended) = try look(after: last, stalled)
      let mended = state.withLock { state in
        if isFull { state.sweepAllAt = now + Self.sweepAllEvery }
        state.ended.formUnion(ended)
        return take(behind, from: place, &state)
      }
      for run in mended { unstall(run) }
    } catch {
      // Nothing is lost: the next sweep looks again. Soon, since something is wrong.
      state.withLock { $0.sweepAt = MonotonicTime.now() + 1_000_000_000 }
      didFail(error)
    }
  }

  /// Marks what was found; answers the runs that were set aside and are not behind any more, put right
  /// by somebody else.
  private func take(
    _ found: [LaggingRun],
    from place: SweepPoint,
    _ state: inout FoldSchedule
  ) -> [RunRowID] {
    let now = MonotonicTime.now()
    state.looked = place
    var behind = state.behind ?? [:]
    for run in found { behind[run.run] = run.head }
    let lagging = Set(found.map(\.run))
    let mended = state.stalled.keys.filter { !lagging.contains($0) }
    for run in mended { state.stalled[run] = nil }
    for run in state.stalled.keys { behind[run] = nil }
    state.behind = behind
    for run in found {
      if let stall = state.stalled[run.run], stall.retryAt > now { continue }
      state.mark(run.run, head: run.head, added: 0, dueAt: now)
    }
    state.account(through: place.position)
    return mended
  }

  private func look(
    after last: SweepPoint?,
    _ stalled: [RunRowID]
  ) throws -> (SweepPoint, isFull: Bool, [LaggingRun], ended: Set<RunRowID>) {
    var lastRun: Int64 = 0
    var new: [LaggingRun]?
    var ended: Set<RunRowID> = []
    let place = try engine.snapshot { tables in
      let generation = try tables.liveGeneration()
      known.note(generation)
      if let last, last.generation == generation {
        let found = try tables.laggingRuns(in: generation, open: stalled, after: last.position)
        ended = try tables.ended(among: found)
        new = found
      } else {
        lastRun = try tables.lastRun()?.rawValue ?? 0
      }
      return SweepPoint(generation: generation, position: try tables.lastPosition())
    }
    if let new { return (place, false, new, ended) }
    var behind: [LaggingRun] = []
    // A run that is added while this goes on has its events after the place.
    var first: Int64 = 1
    while first <= lastRun {
      let end = first + Self.pageRuns - 1
      try engine.snapshot { tables in
        let page = RunRowID(rawValue: first)...RunRowID(rawValue: end)
        let found = try tables.laggingRuns(in: place.generation, rows: page)
        ended.formUnion(try tables.ended(among: found))
        behind += found
      }
      first += Self.pageRuns
    }
    return (place, true, behind, ended)
  }

  /// The runs that lag, from the tables: cheap if most of the log is known to be folded.
  package func findBehind(
    _ tables: any EngineSnapshot,
    in generation: Generation
  ) throws -> [LaggingRun] {
    let known = state.withLock { state in state.accounted.map { ($0, state.open) } }
    guard let (position, open) = known else {
      return try tables.laggingRuns(in: generation, rows: nil)
    }
    return try tables.laggingRuns(in: generation, open: open, after: position)
  }
}
