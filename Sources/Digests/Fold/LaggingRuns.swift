package import Engine
internal import Events
internal import Folding

/// A point in the history of a store: its events then were those at or before the position, and its
/// derived rows those of the generation.
package struct SweepPoint: Sendable, Equatable {
  package let generation: Generation
  package let position: LogPosition
}

/// The lagging runs, as the tables say.
extension EngineSnapshot {
  /// Finds those among `open` runs, and among the ones with events after a position: all of them, if
  /// every other run was folded up to there.
  ///
  /// Costs what is new or a look at each run, whichever is less.
  package func laggingRuns(
    in generation: Generation,
    open: some Collection<RunRowID>,
    after position: LogPosition
  ) throws -> [LaggingRun] {
    let new = try lastPosition().rawValue - position.rawValue
    let runs = try lastRun()?.rawValue ?? 0
    guard new + Int64(open.count) <= runs else {
      return try laggingRuns(in: generation, rows: nil)
    }
    var candidates = Set(open)
    if new > 0 { candidates.formUnion(try self.runs(after: position)) }
    return try candidates.sorted().flatMap { try laggingRuns(in: generation, rows: $0...$0) }
  }

  /// Which of these runs have ended in the log and are not sealed: what a kill between the two left.
  ///
  /// An end is looked for among the last events of each, so the cost is that of the runs.
  package func ended(among runs: [LaggingRun]) throws -> Set<RunRowID> {
    let ended = try runs.filter { run in
      try hasEvent(of: .runEnded, in: run.run, after: max(run.watermark, run.head - 16))
    }
    return Set(ended.map(\.run))
  }

  /// The live generation, for folding into it by a fold version: this program's, but for tests.
  ///
  /// - Throws: ``StoreError`` `refused` when another fold version made it: two versions must never write
  ///   to one generation.
  package func generationForFolding(
    by foldVersion: Int64 = Digest.version
  ) throws -> Generation {
    let live = try liveFoldVersion()
    guard live == foldVersion else {
      let advice =
        live < foldVersion
        ? "run digest-ctl migrate --digests"
        : "use the newer program, or go back with digest-ctl migrate --digests"
      throw StoreError(
        .refused,
        "the digests here are of fold version \(live), this program makes \(foldVersion); \(advice)"
      )
    }
    return try liveGeneration()
  }
}
