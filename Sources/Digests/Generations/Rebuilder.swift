package import Engine
package import EventLog
internal import Events
internal import Folding
internal import Support

/// Builds a generation of derived rows from the log. What holds:
///
/// 1. A new generation is built beside the live one, by the same step and the same compare-and-set;
///    readers and the worker go on with the live one until the flip.
/// 2. The flip is one transaction: it folds what came in meanwhile, proves that no run of the new
///    generation lags, and turns the readers.
/// 3. A kill at any point leaves either generation whole and live. One that was begun and not flipped is
///    removed by the next rebuild.
/// 4. The log is never touched.
/// 5. Of two rebuilds at once, in one process or two, one gives up: every transaction first makes
///    sure that its generation is still there, not live, and not being removed. Numbers of generations
///    go round, so the number of a removed one is not given again soon.
/// 6. A run that cannot be folded to its end, because its log has a gap, is folded as far as that; the
///    rebuild of all others goes on, and the store says of the run that it is stalled.
///
/// Keeps ``Invariant/oneLiveGeneration``.
package struct Rebuilder: Sendable {
  private let queue: WriteQueue
  private let engine: any StoreEngine
  private let known: KnownRuns
  /// In microseconds since 1970.
  private let now: Int64
  /// The fold version that generations are built of: this program's, but for tests.
  private let foldVersion: Int64

  package init(
    queue: WriteQueue,
    engine: any StoreEngine,
    known: KnownRuns,
    now: Int64,
    foldVersion: Int64 = Digest.version
  ) {
    self.queue = queue
    self.engine = engine
    self.known = known
    self.now = now
    self.foldVersion = foldVersion
  }

  /// How far behind a new generation may be for the flip to fold the rest.
  private static let restMax: Int64 = 2048

  /// Builds a new generation, makes it live, and removes the old one.
  ///
  /// - Throws: ``StoreError`` `corrupt`, with all that done, if runs cannot be folded to their ends.
  package func rebuildAll() async throws {
    for generation in try engine.snapshot({ try $0.otherGenerations() }) {
      try await remove(generation)
    }
    let generation = try await begin()
    var failed = try await catchUp(generation)
    let old = try await flip(to: generation, without: &failed)
    known.note(generation)
    try await remove(old)
    try report(failed)
  }

  /// Makes a generation of this program's fold version live, unless it is; returns whether it had to.
  ///
  /// The generation that was live stays: the program of that version finds it when it migrates in its turn,
  /// has only to fold what came in meanwhile, and so is the way back. A rebuild removes it.
  package func migrate() async throws -> Bool {
    let (isCurrent, kept) = try engine.snapshot { tables in
      (
        try tables.liveFoldVersion() == foldVersion,
        try tables.otherGeneration(ofFold: foldVersion)
      )
    }
    if isCurrent { return false }
    var generation = kept
    if generation == nil { generation = try await begin() }
    guard let generation else { return false }
    var failed = try await catchUp(generation)
    _ = try await flip(to: generation, without: &failed)
    known.note(generation)
    try report(failed)
    return true
  }

  /// Registers a new generation under a free number.
  private func begin() async throws -> Generation {
    try await queue.write(priority: .maintenance) { [now, foldVersion] tables in
      try tables.beginGeneration(ofFold: foldVersion, now: now)
    }
  }

  /// Folds all runs of a generation until little is left, and returns those that cannot be folded.
  private func catchUp(_ generation: Generation) async throws -> [RunRowID: StoreError] {
    var failed: [RunRowID: StoreError] = [:]
    while true {
      let lagging = try engine.snapshot { try $0.laggingRuns(in: generation, rows: nil) }
        .filter { failed[$0.run] == nil }
      if lagging.reduce(0, { $0 &+ $1.head &- $1.watermark }) <= Self.restMax { return failed }
      let more = try await ParallelRebuild(queue: queue, engine: engine, generation: generation)
        .fold(lagging.map(\.run))
      failed.merge(more) { first, _ in first }
    }
  }

  /// Says which runs could not be folded, if there are any.
  private func report(_ failed: [RunRowID: StoreError]) throws {
    guard let error = failed.min(by: { $0.key < $1.key })?.value else { return }
    let names = try engine.snapshot { tables in
      try failed.keys.sorted().prefix(11).map { try tables.runName($0) ?? "#\($0.rawValue)" }
    }
    throw StoreError(
      .corrupt,
      "all other runs are rebuilt, but \(Advice.list(names)) cannot be folded to the end "
        + "(\(error.reason)); \(Advice.renumber)",
      cause: error
    )
  }

  /// Writes batches of a generation that is being built, and returns for each whether it was written.
  package static func write(
    _ batches: [PreparedFold],
    into tables: any EngineTransaction
  ) throws -> [Bool] {
    if let generation = batches.first?.key.generation {
      try requireUnfinished(generation, tables)
    }
    return try FoldWriter(tables).write(batches)
  }

  /// Makes sure that a generation is still being built.
  private static func requireUnfinished(
    _ generation: Generation,
    _ tables: any EngineSnapshot
  ) throws {
    guard try tables.isBeingBuilt(generation) else {
      throw StoreError(
        .busy,
        "another rebuild of the store went on and ended this one; wait for it, or try again"
      )
    }
  }

  /// Folds the rest of a generation and makes it live; returns the one that was.
  private func flip(
    to generation: Generation,
    without failed: inout [RunRowID: StoreError]
  ) async throws -> Generation {
    let known = failed
    let (old, all) = try await queue.write(priority: .maintenance, durability: .durable) {
      [now] tables in
      var failed = known
      return (try Self.flip(to: generation, now: now, without: &failed, in: tables), failed)
    }
    failed = all
    return old
  }

  /// Makes a generation live with runs that cannot be folded to their ends, which are added to `failed`.
  package static func flip(
    to generation: Generation,
    now: Int64,
    without failed: inout [RunRowID: StoreError],
    in tables: any EngineTransaction
  ) throws -> Generation {
    try requireUnfinished(generation, tables)
    for run in try tables.laggingRuns(in: generation, rows: nil) where failed[run.run] == nil {
      if let error = try foldToEnd(run.run, generation, tables) { failed[run.run] = error }
    }
    let lagging = try tables.laggingRuns(in: generation, rows: nil)
    guard lagging.allSatisfy({ failed[$0.run] != nil }) else {
      throw StoreError(
        .corrupt,
        "a run cannot be folded to its end; run digest-ctl doctor to see which"
      )
    }
    let old = try tables.liveGeneration()
    try tables.makeLive(generation, now: now)
    for (run, error) in failed {
      try tables.noteStalled(run, reason: error.reason, attempts: 1, now: now)
    }
    Invariant.oneLiveGeneration.assert(
      try tables.liveGeneration() == generation
        && tables.laggingRuns(in: generation, rows: nil).allSatisfy { failed[$0.run] != nil },
      "generation \(generation.rawValue) went live beside another, or with runs that lag"
    )
    return old
  }

  /// Folds the rest of a run; returns why that fails, if it does.
  private static func foldToEnd(
    _ run: RunRowID,
    _ generation: Generation,
    _ tables: any EngineTransaction
  ) throws -> StoreError? {
    let fold = FoldBatcher(generation: generation)
    let everything = FoldLimit(events: .max, bytes: .max)
    while true {
      let batch: PreparedFold
      do {
        guard let next = try fold.prepare(run, limit: everything, from: tables)?.batch else {
          return nil
        }
        batch = next
      } catch let error {
        guard let error = StoreError.reasonToSetAside(error) else { throw error }
        return error
      }
      guard try FoldWriter(tables).write(batch) else {
        throw StoreError(.busy, "the rebuilt digests changed while they went live; try again")
      }
    }
  }

  /// Removes a generation, in small transactions, unless it has become live: what looked unfinished may
  /// have been another rebuild's that came to its end.
  private func remove(_ generation: Generation) async throws {
    var last: RunRowID?
    repeat {
      last = try await queue.write(priority: .maintenance) { [last] tables in
        try tables.deleteGeneration(generation, after: last, limit: 64)
      }
    } while last != nil
  }

  /// Folds one run again from its start and replaces its rows.
  package func rebuild(_ run: RunReference) async throws {
    var limit = MissLimit()
    while true {
      let prepared = try engine.snapshot { tables -> PreparedFold? in
        let key = DigestKey(run.row, try tables.generationForFolding(by: foldVersion))
        guard let revision = try tables.revision(of: key) else { return nil }
        let reference = try StoreError.translating {
          try ReferenceFold(
            of: run.row,
            through: min(revision.watermark, tables.head(of: run.row)),
            from: tables
          )
        }
        return PreparedFold(key: key, expected: revision, reference: reference)
      }
      guard let prepared else { return }
      let isWritten = try await queue.write(priority: .maintenance) { tables in
        let live = try tables.liveGeneration()
        return try prepared.key.generation == live && FoldWriter(tables).replace(prepared)
      }
      if isWritten { return }
      try limit.miss()
    }
  }
}
