package import Engine
package import EventLog
package import Events
package import Folding
internal import Support
internal import Telemetry

/// The one way in which a run ends: stop, crash, fail, terminate, an importer's end, a reaper.
///
/// 1. A run that is sealed already is left alone: the stored outcome is the answer, and nothing is
///    written.
/// 2. Otherwise what is not folded yet is caught up in bounded batches, each with its own
///    compare-and-set, without holding up appends for long.
/// 3. Then one transaction folds the rest, appends `run.ended` and seals. It runs alone, so its
///    compare-and-set cannot miss; the seal and the event are there together or not at all.
/// 4. The event has the fixed id `run.ended/<n>`, n being how often the run was resumed: however
///    often an end is reported, the log has it once.
/// 5. The cost is that of the events not folded yet, whatever the length of the run.
///
/// Keeps ``Invariant/seal``.
package struct Finalizer: Sendable {
  package let queue: WriteQueue
  package let engine: any StoreEngine
  package let options: StoreOptions
  /// Where the run is, if the caller has looked that up.
  package var known: RunReference?

  /// About as much is left for the sealing transaction.
  package var restMax: Int64 = 512
  var batchLimit = FoldLimit.bulk

  package init(
    queue: WriteQueue,
    engine: any StoreEngine,
    options: StoreOptions,
    known: RunReference? = nil,
    restMax: Int64 = 512,
    batchLimit: FoldLimit = FoldLimit.bulk
  ) {
    self.queue = queue
    self.engine = engine
    self.options = options
    self.known = known
    self.restMax = restMax
    self.batchLimit = batchLimit
  }

  package func end(_ run: RunID, _ end: RunEnd, durability: Durability) async throws -> Outcome {
    if let outcome = try StoreError.translating({ try storedOutcome(run) }) {
      // Whoever sealed it may not have synced.
      if durability == .durable { try await queue.sync() }
      return outcome
    }
    let timer = FlowTimer.current
    timer?.work("look up")
    try await catchUp(run)
    timer?.work("catch up")
    let outcome = try await queue.write(priority: .finalize) { tables in
      timer?.wait("queue")
      return try seal(run, end, in: tables)
    }
    timer?.work("seal")
    if durability == .durable {
      try await queue.sync()
      timer?.wait("sync")
    }
    return outcome
  }

  /// The outcome of a run that is sealed up to the end of its log.
  package func storedOutcome(_ run: RunID) throws -> Outcome? {
    try engine.snapshot { try storedOutcome(run, in: $0) }
  }

  private func storedOutcome(_ run: RunID, in tables: any EngineSnapshot) throws -> Outcome? {
    guard let reference = try known ?? tables.run(named: run.rawValue),
      let insight = try ReadSnapshot(tables).insight(reference),
      insight.lag == 0,
      insight.isSealed
    else { return nil }
    return insight.outcome
  }

  /// Folds all but the last events of a run.
  package func catchUp(_ run: RunID) async throws {
    var limit = MissLimit()
    while true {
      let prepared = try StoreError.translating { try prepareBatch(of: run) }
      guard let prepared else { return }
      // Another fold may win the race for the batch; then the next round starts from its row.
      let written = try await queue.write(priority: .finalize) { tables in
        try writer(tables).writeIfLive([prepared])
      }
      if written != [true] { try limit.miss() }
    }
  }

  func prepareBatch(of run: RunID) throws -> PreparedFold? {
    try engine.snapshot { tables in
      guard let reference = try known ?? tables.run(named: run.rawValue) else { return nil }
      let generation = try tables.generationForFolding(
        by: options.foldHooks.foldVersion
      )
      let key = DigestKey(reference.row, generation)
      let watermark = try tables.revision(of: key)?.watermark ?? 0
      guard try tables.head(of: reference.row) - watermark > restMax else { return nil }
      return try FoldBatcher(generation: generation, hooks: options.foldHooks)
        .prepare(reference.row, limit: batchLimit, from: tables)?.batch
    }
  }

  package func seal(
    _ run: RunID,
    _ end: RunEnd,
    in tables: any EngineTransaction
  ) throws -> Outcome {
    let generation = try tables.generationForFolding(
      by: options.foldHooks.foldVersion
    )
    // Ending is no way to begin: a name that was mistyped must not become a run.
    guard let row = try tables.run(named: run.rawValue)?.row else {
      throw StoreError(.notFound, "there is no run \(run); append its events before you end it")
    }
    let key = DigestKey(row, generation)
    let (batch, outcome) = try foldToEnd(
      RunReference(row: row, name: run.rawValue),
      key: key,
      end,
      in: tables
    )
    guard let batch else { return outcome }
    guard batch.digest.isSealed, try writer(tables).write(batch) else {
      throw Self.unsealed(run.rawValue)
    }
    Invariant.seal.assert(
      try tables.head(of: row) == batch.digest.watermark
        && storedOutcome(run, in: tables) == batch.digest.outcome,
      "run \(run) was ended and is not sealed at its head"
    )
    return batch.digest.outcome
  }

  /// Folds the rest of a run's log with its end, which is appended unless the log has it.
  ///
  /// Without a batch the run is sealed, and nothing is to be written.
  private func foldToEnd(
    _ run: RunReference,
    key: DigestKey,
    _ end: RunEnd,
    in tables: any EngineTransaction,
    ifIn session: String? = nil
  ) throws -> (batch: PreparedFold?, outcome: Outcome) {
    let cached = try tables.storedFold(of: key) ?? CachedFold()
    var reader = FoldReader(tables, of: key)
    let sessions = SessionNames()
    let all = FoldLimit(events: .max, bytes: .max)
    let rest = try reader.step(cached, limit: all, sessions: sessions)
    cached.fold.settle()
    if let session {
      // The log may know better than the list whether the run is meant.
      let digest = cached.fold.digest
      guard !digest.isSealed, digest.session?.isExactly(session) == true else {
        return (nil, digest.outcome)
      }
    }
    if !cached.fold.digest.isSealed {
      let id = try eventID(resumes: cached.fold.resumes, run.row, tables)
      let event = end.event(session: cached.fold.digest.session, id: id)
      _ = try tables.append(
        AppendCall([event], to: RunID(run.name), expecting: .any, options: options)
      )
      _ = try reader.step(cached, limit: all, sessions: sessions)
    } else if rest.events == 0 {
      return (nil, cached.fold.digest.outcome)
    }
    let batch = PreparedFold(key: key, expected: cached.revision, fold: cached)
    return (batch, batch.digest.outcome)
  }

  private static func unsealed(_ run: String) -> StoreError {
    StoreError(.corrupt, "run \(run) could not be sealed; run digest-ctl verify \(run)")
  }

  /// Ends runs in one transaction and returns the outcomes of those that it ended.
  ///
  /// A run is left out unless its log still says that it runs in the session given with it. Nothing is
  /// durable yet. The logs should be folded nearly to their ends: the transaction folds the rest.
  package func end(
    _ runs: [(run: RunReference, session: String)],
    _ end: RunEnd
  ) async throws -> [(run: RunReference, outcome: Outcome)] {
    try await queue.write(priority: .finalize) { tables in
      let generation = try tables.generationForFolding(by: options.foldHooks.foldVersion)
      var batches: [PreparedFold] = []
      var ended: [(run: RunReference, outcome: Outcome)] = []
      for (run, session) in runs {
        let key = DigestKey(run.row, generation)
        let (batch, outcome) = try foldToEnd(run, key: key, end, in: tables, ifIn: session)
        guard let batch else { continue }
        guard batch.digest.isSealed else { throw Self.unsealed(run.name) }
        batches.append(batch)
        ended.append((run, outcome))
      }
      guard try writer(tables).write(batches).allSatisfy(\.self) else {
        throw Self.unsealed(runs.first?.run.name ?? "")
      }
      return ended
    }
  }

  private func writer(_ tables: any EngineTransaction) -> FoldWriter {
    FoldWriter(tables, hooks: options.foldHooks)
  }

  /// The id of the terminal event; none if another event of the run has it already.
  private func eventID(
    resumes: Int64,
    _ run: RunRowID,
    _ tables: any EngineTransaction
  ) throws -> String? {
    let id = "run.ended/\(resumes)"
    return try tables.event(id: id, of: run) == nil ? id : nil
  }
}
