internal import Events
internal import Folding
internal import Storage

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
struct Finalizer: Sendable {
  let queue: WriteQueue
  let readers: ReaderPool
  let options: StoreOptions
  /// Where the run is, if the caller has looked that up.
  var known: RunReference?

  /// About as much is left for the sealing transaction.
  var restMax: Int64 = 512
  var batchLimit = FoldLimit.bulk

  func end(_ run: RunKey, _ end: RunEnd, durability: Durability) async throws -> Outcome {
    if let outcome = try StoreError.translating({ try storedOutcome(run) }) {
      // Whoever sealed it may not have synced.
      if durability == .durable { try await queue.sync() }
      return outcome
    }
    let timer = FlowTimer.current
    timer?.work("look up")
    try await catchUp(run)
    timer?.work("catch up")
    let outcome = try await queue.write(priority: .finalize) { context in
      timer?.wait("queue")
      return try seal(run, end, context)
    }
    timer?.work("seal")
    if durability == .durable {
      try await queue.sync()
      timer?.wait("sync")
    }
    return outcome
  }

  /// The outcome of a run that is sealed up to the end of its log.
  func storedOutcome(_ run: RunKey) throws -> Outcome? {
    try readers.snapshot { try storedOutcome(run, $0) }
  }

  private func storedOutcome(_ run: RunKey, _ connection: Connection) throws -> Outcome? {
    let reads = RunReads(connection: connection, generation: try LiveGeneration.read(connection))
    guard let reference = try known ?? reads.run(named: run.name),
      let insight = try reads.insight(reference), insight.lag == 0, insight.isSealed
    else { return nil }
    return insight.outcome
  }

  /// Folds all but the last events of a run.
  func catchUp(_ run: RunKey) async throws {
    while true {
      let prepared = try StoreError.translating { try prepareBatch(of: run) }
      guard let prepared else { return }
      // Another fold may win the race for the batch; then the next round starts from its row.
      _ = try await queue.write(priority: .finalize) { context in
        try writer(context).writeIfLive([prepared])
      }
    }
  }

  func prepareBatch(of run: RunKey) throws -> PreparedFold? {
    try readers.snapshot { connection in
      let generation = try LiveGeneration.forFolding(connection, options.foldHooks)
      let reads = RunReads(connection: connection, generation: generation)
      guard let reference = try known ?? reads.run(named: run.name) else { return nil }
      let reader = FoldReader(connection: connection, generation: generation)
      let watermark =
        try reader.position(of: reference.digestID(generation: generation))?.watermark ?? 0
      guard try reads.head(of: reference.key) - watermark > restMax else { return nil }
      return try FoldEngine(generation: generation, hooks: options.foldHooks)
        .prepare(reference.key, limit: batchLimit, connection)?.batch
    }
  }

  func seal(_ run: RunKey, _ end: RunEnd, _ context: WriterContext) throws -> Outcome {
    let connection = context.connection
    let generation = try LiveGeneration.forFolding(connection, options.foldHooks)
    // Ending is no way to begin: a name that was mistyped must not become a run.
    guard let key = try context.runID(run, adding: false) else {
      throw StoreError(
        .notFound,
        "there is no run \(run.name); append its events before you end it"
      )
    }
    let reader = FoldReader(connection: connection, generation: generation)
    let digestID = key * 256 + generation
    let stored = try reader.storedFold(of: digestID)
    let box = stored?.fold ?? FoldBox(RunFold(), revision: nil)
    let expected = try reader.position(of: digestID)
    let sessions = SessionNames()
    let all = FoldLimit(events: .max, bytes: .max)
    let rest = try reader.step(box, run: key, limit: all, sessions: sessions)
    box.fold.settle()
    if !box.fold.digest.isSealed {
      let id = try eventID(resumes: box.fold.resumes, key, connection)
      let event = end.event(session: box.fold.digest.session, id: id)
      _ = try context.append(
        AppendCall([event], to: run, expecting: .any, options: options)
      )
      _ = try reader.step(box, run: key, limit: all, sessions: sessions)
    } else if rest.events == 0 {
      return box.fold.digest.outcome
    }
    let batch = PreparedFold(run: key, generation: generation, expected: expected, box: box)
    guard batch.digest.isSealed, try writer(context).write(batch) else {
      throw StoreError(
        .corrupt,
        "run \(run.name) could not be sealed; run digest-ctl verify \(run.name)"
      )
    }
    Invariant.seal.assert(
      try context.head(run) == batch.digest.watermark
        && LogReader.head(key, connection) == batch.digest.watermark
        && storedOutcome(run, connection) == batch.digest.outcome,
      "run \(run.name) was ended and is not sealed at its head"
    )
    return batch.digest.outcome
  }

  private func writer(_ context: WriterContext) -> FoldWriter {
    FoldWriter(connection: context.connection, hooks: options.foldHooks)
  }

  /// The id of the terminal event; none if somebody else's event has taken it.
  private func eventID(resumes: Int64, _ run: Int64, _ connection: Connection) throws -> String? {
    let id = "run.ended/\(resumes)"
    let statement = try connection.statement(
      "SELECT 1 FROM events WHERE run = ?1 AND event_id = ?2"
    )
    try statement.bind(run, at: 1)
    try statement.bind(id, at: 2)
    return try statement.firstRow { _ in true } == nil ? id : nil
  }
}
