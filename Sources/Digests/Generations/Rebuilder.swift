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
  package func rebuildAll() async throws {
    for generation in try engine.snapshot({ try $0.otherGenerations() }) {
      try await remove(generation)
    }
    let generation = try await begin()
    try await catchUp(generation)
    let old = try await flip(to: generation)
    known.note(generation)
    try await remove(old)
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
    try await catchUp(generation)
    _ = try await flip(to: generation)
    known.note(generation)
    return true
  }

  /// Registers a new generation under a free number.
  private func begin() async throws -> Generation {
    try await queue.write(priority: .maintenance) { [now, foldVersion] tables in
      try tables.beginGeneration(ofFold: foldVersion, now: now)
    }
  }

  /// Folds all runs of a generation until little is left.
  private func catchUp(_ generation: Generation) async throws {
    while true {
      let lagging = try engine.snapshot { try $0.laggingRuns(in: generation, rows: nil) }
      if lagging.reduce(0, { $0 + $1.head - $1.watermark }) <= Self.restMax { return }
      try await ParallelRebuild(queue: queue, engine: engine, generation: generation)
        .fold(lagging.map(\.run))
    }
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
  private func flip(to generation: Generation) async throws -> Generation {
    try await queue.write(priority: .maintenance, durability: .durable) { [now] tables in
      try Self.flip(to: generation, now: now, in: tables)
    }
  }

  package static func flip(
    to generation: Generation,
    now: Int64,
    in tables: any EngineTransaction
  ) throws -> Generation {
    try requireUnfinished(generation, tables)
    let fold = FoldBatcher(generation: generation)
    let everything = FoldLimit(events: .max, bytes: .max)
    for run in try tables.laggingRuns(in: generation, rows: nil) {
      guard let batch = try fold.prepare(run.run, limit: everything, from: tables)?.batch else {
        continue
      }
      guard try FoldWriter(tables).write(batch) else {
        throw StoreError(.busy, "the rebuilt digests changed while they went live; try again")
      }
    }
    guard try tables.laggingRuns(in: generation, rows: nil).isEmpty else {
      throw StoreError(
        .corrupt,
        "a run cannot be folded to its end; run digest-ctl doctor to see which"
      )
    }
    let old = try tables.liveGeneration()
    try tables.makeLive(generation, now: now)
    Invariant.oneLiveGeneration.assert(
      try tables.liveGeneration() == generation
        && tables.laggingRuns(in: generation, rows: nil).isEmpty,
      "generation \(generation.rawValue) went live beside another, or with runs that lag"
    )
    return old
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
        let reference = try ReferenceFold(of: run.row, through: revision.watermark, from: tables)
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
