internal import Storage

/// How the worker finds what nobody told it of: by looking in the tables.
///
/// 1. The first look, one at another generation, and one every ten minutes are at all runs.
/// 2. Any other look is at the runs with events after the position where the last look began, and at
///    those that are set aside: what was behind else is marked or folded by now, and watermarks only
///    go up. So a look costs nothing while nothing is new, however many runs there are.
/// 3. A look at all runs goes by pages, each in a snapshot of its own, so that it keeps the
///    write-ahead log from being started over only for moments.
extension FoldWorker {
  private static let pageRuns: Int64 = 4096
  private static let sweepAllEvery: UInt64 = 600_000_000_000

  /// Looks in the tables for runs that are behind, and marks them.
  func sweep() {
    let now = MonotonicTime.now()
    let (last, stalled) = state.withLock { state in
      (state.sweepAllAt > now ? state.looked : nil, Array(state.stalled.keys))
    }
    do {
      let (position, isFull, behind, ended) = try look(after: last, stalled)
      let mended = state.withLock { state in
        if isFull { state.sweepAllAt = now + Self.sweepAllEvery }
        state.ended.formUnion(ended)
        return take(behind, from: position, &state)
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
    from position: LogPosition,
    _ state: inout FoldState
  ) -> [Int64] {
    let now = MonotonicTime.now()
    state.looked = position
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
    state.account(through: position.pos)
    return mended
  }

  private func look(
    after last: LogPosition?,
    _ stalled: [Int64]
  ) throws -> (LogPosition, isFull: Bool, [LaggingRun], ended: Set<Int64>) {
    var runs: Int64 = 0
    var new: [LaggingRun]?
    var ended: Set<Int64> = []
    let position = try readers.snapshot { connection in
      let generation = try LiveGeneration.read(connection)
      known.note(generation: generation)
      if let last, last.generation == generation {
        let found = try LaggingRuns.find(
          connection,
          generation: generation,
          open: stalled,
          after: last.pos
        )
        ended = try LaggingRuns.ended(found, connection)
        new = found
      } else {
        runs = try connection.integer("SELECT coalesce(max(id), 0) FROM runs")
      }
      return LogPosition(generation: generation, pos: try LogReader.lastPos(connection))
    }
    if let new { return (position, false, new, ended) }
    var behind: [LaggingRun] = []
    // A run that is added while this goes on has its events after the position.
    var first: Int64 = 1
    while first <= runs {
      let page = first...(first + Self.pageRuns - 1)
      try readers.snapshot { connection in
        let found = try LaggingRuns.find(connection, generation: position.generation, runs: page)
        ended.formUnion(try LaggingRuns.ended(found, connection))
        behind += found
      }
      first += Self.pageRuns
    }
    return (position, true, behind, ended)
  }

  /// What of the log is not folded, for one who asks: from the tables, and cheap where most of it is
  /// known to be folded.
  func findBehind(_ reads: RunReads) throws -> [LaggingRun] {
    let known = state.withLock { state in state.accounted.map { ($0, state.open) } }
    guard let (pos, open) = known else {
      return try LaggingRuns.find(reads.connection, generation: reads.generation)
    }
    return try LaggingRuns.find(
      reads.connection,
      generation: reads.generation,
      open: open,
      after: pos
    )
  }
}
