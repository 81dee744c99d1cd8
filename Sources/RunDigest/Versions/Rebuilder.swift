internal import Events
internal import Folding
internal import Storage

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
struct Rebuilder: Sendable {
  let queue: WriteQueue
  let readers: ReaderPool
  let known: KnownRuns
  let now: Int64
  var hooks: FoldHooks?

  private var foldVersion: Int64 { hooks?.foldVersion ?? Digest.version }

  /// How far behind a new generation may be for the flip to fold the rest.
  private static let restMax: Int64 = 2048

  /// Builds a new generation, makes it live, and removes the old one.
  func rebuildAll() async throws {
    try await removeUnfinished()
    let generation = try await begin()
    try await catchUp(generation)
    let old = try await flip(to: generation)
    known.note(generation: generation)
    try await remove(old)
  }

  /// Makes a generation of this program's fold version live, unless it is; returns whether it had to.
  ///
  /// The generation that was live stays: the program of that version finds it when it migrates in its turn,
  /// has only to fold what came in meanwhile, and so is the way back. A rebuild removes it.
  func migrate() async throws -> Bool {
    let kept = try readers.snapshot { connection -> Int64?? in
      if try LiveGeneration.fold(connection) == foldVersion { return .none }
      let select = try connection.statement(
        "SELECT generation FROM generations WHERE live = 0 AND fold_version = ?1"
      )
      try select.bind(foldVersion, at: 1)
      return .some(try select.firstRow { $0.int64(at: 0) })
    }
    guard let kept else { return false }
    var generation = kept
    if generation == nil { generation = try await begin() }
    guard let generation else { return false }
    try await catchUp(generation)
    _ = try await flip(to: generation)
    known.note(generation: generation)
    return true
  }

  /// Registers a new generation under a free number.
  private func begin() async throws -> Int64 {
    let (now, foldVersion) = (now, foldVersion)
    return try await queue.write(priority: .maintenance) {
      try Self.begin($0.connection, now, foldVersion)
    }
  }

  static func begin(
    _ connection: Connection,
    _ now: Int64,
    _ foldVersion: Int64 = Digest.version
  ) throws -> Int64 {
    let generation = try connection.integer(
      """
      SELECT n FROM (WITH RECURSIVE numbers(n) AS (
        SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 255) SELECT n FROM numbers)
      WHERE n NOT IN (SELECT generation FROM generations)
      ORDER BY n <= coalesce((SELECT value FROM meta WHERE key = 'last_generation'), 1), n LIMIT 1
      """
    )
    let remember = try connection.statement(
      "INSERT OR REPLACE INTO meta(key, value) VALUES ('last_generation', ?1)"
    )
    try remember.bind(generation, at: 1)
    try remember.run()
    let insert = try connection.statement(
      "INSERT INTO generations(generation, fold_version, live, created_ts) VALUES (?1, ?2, 0, ?3)"
    )
    try insert.bind(generation, at: 1)
    try insert.bind(foldVersion, at: 2)
    try insert.bind(now, at: 3)
    try insert.run()
    return generation
  }

  /// Folds all runs of a generation until little is left.
  private func catchUp(_ generation: Int64) async throws {
    while true {
      let behind = try readers.snapshot { try LaggingRuns.find($0, generation: generation) }
      if behind.reduce(0, { $0 + $1.head - $1.watermark }) <= Self.restMax { return }
      try await ParallelRebuild(queue: queue, readers: readers, generation: generation)
        .fold(behind.map(\.run))
    }
  }

  /// Writes batches of a generation that is being built; `true` for each whose digest had not moved.
  static func write(_ batches: [PreparedFold], _ connection: Connection) throws -> [Bool] {
    if let generation = batches.first?.generation { try requireUnfinished(generation, connection) }
    return try FoldWriter(connection: connection).write(batches)
  }

  /// Makes sure that a generation is still being built.
  private static func requireUnfinished(_ generation: Int64, _ connection: Connection) throws {
    guard try isBeingBuilt(generation, connection) else {
      throw StoreError(
        .conflict,
        "another rebuild took the place of this one; wait for it, or try again"
      )
    }
  }

  /// Folds the rest of a generation and makes it live; returns the one that was.
  private func flip(to generation: Int64) async throws -> Int64 {
    let now = now
    return try await queue.write(priority: .maintenance, durability: .durable) {
      try Self.flip(to: generation, $0.connection, now)
    }
  }

  static func flip(to generation: Int64, _ connection: Connection, _ now: Int64) throws -> Int64 {
    try requireUnfinished(generation, connection)
    let engine = FoldEngine(generation: generation)
    let everything = FoldLimit(events: .max, bytes: .max)
    for run in try LaggingRuns.find(connection, generation: generation) {
      guard let batch = try engine.prepare(run.run, limit: everything, connection)?.batch else {
        continue
      }
      guard try FoldWriter(connection: connection).write(batch) else {
        throw StoreError(.conflict, "the rebuilt digests changed while they went live; try again")
      }
    }
    guard try LaggingRuns.find(connection, generation: generation).isEmpty else {
      throw StoreError(
        .corrupt,
        "a run cannot be folded to its end; run digest-ctl doctor to see which"
      )
    }
    let old = try LiveGeneration.read(connection)
    try connection.statement("UPDATE generations SET live = 0 WHERE live = 1").run()
    let update = try connection.statement(
      "UPDATE generations SET live = 1, live_since_ts = ?2 WHERE generation = ?1"
    )
    try update.bind(generation, at: 1)
    try update.bind(now, at: 2)
    try update.run()
    Invariant.oneLiveGeneration.assert(
      try LiveGeneration.read(connection) == generation
        && connection.integer("SELECT count(*) FROM generations WHERE live = 1") == 1
        && LaggingRuns.find(connection, generation: generation).isEmpty,
      "generation \(generation) went live beside another, or with runs that lag"
    )
    return old
  }

  /// Removes a generation, in small transactions, unless it has become live: what looked unfinished may
  /// have been another rebuild's that came to its end.
  private func remove(_ generation: Int64) async throws {
    var last: Int64? = 0
    while let after = last {
      last = try await queue.write(priority: .maintenance) { context in
        try GenerationStore(connection: context.connection).delete(
          generation,
          after: after,
          limit: 64
        )
      }
    }
  }

  private func removeUnfinished() async throws {
    for generation in try readers.read(Self.unfinished) { try await remove(generation) }
  }

  private static func isBeingBuilt(_ generation: Int64, _ connection: Connection) throws -> Bool {
    let select = try connection.statement(
      "SELECT 1 FROM generations WHERE generation = ?1 AND live = 0 AND fold_version <> ?2"
    )
    try select.bind(generation, at: 1)
    try select.bind(GenerationStore.noFold, at: 2)
    return try select.firstRow { _ in true } != nil
  }

  /// The generations that are not live: begun, given up, kept as the way back, or being removed.
  static func unfinished(_ connection: Connection) throws -> [Int64] {
    var generations: [Int64] = []
    try connection.statement("SELECT generation FROM generations WHERE live = 0")
      .forEachRow { generations.append($0.int64(at: 0)) }
    return generations
  }

  /// Folds one run again from its start and replaces its rows.
  func rebuild(_ run: RunReference) async throws {
    while true {
      let prepared = try readers.snapshot { connection -> PreparedFold? in
        let generation = try LiveGeneration.forFolding(connection, hooks)
        let reader = FoldReader(connection: connection, generation: generation)
        guard let position = try reader.position(of: run.digestID(generation: generation)) else {
          return nil
        }
        let brute = try BruteForce(run: run.key, through: position.watermark, connection)
        return PreparedFold(run: run.key, generation: generation, expected: position, brute: brute)
      }
      guard let prepared else { return }
      let isWritten = try await queue.write(priority: .maintenance) { context in
        let live = try LiveGeneration.read(context.connection)
        return try prepared.generation == live
          && FoldWriter(connection: context.connection).replace(prepared)
      }
      if isWritten { return }
    }
  }
}

extension RunStore {
  /// Folds the log again from its start, beside the rows that readers use, and then turns to the
  /// new ones in one transaction.
  ///
  /// Costs a fold of the whole log.
  public func rebuild() async throws {
    try await rebuilder.rebuildAll()
    worker.lookAgain()
  }

  /// Makes digests of this program's version of the fold live, where another version's are; answers
  /// whether it had to.
  ///
  /// They are built beside those that readers use, which are kept as the way back: the program of
  /// the other version migrates in its turn. Costs a fold of the whole log, on the way back only of
  /// what is new.
  public func migrateDigests() async throws -> Bool {
    let isMigrated = try await rebuilder.migrate()
    worker.lookAgain()
    return isMigrated
  }

  /// Folds one run again from its start and replaces its digest, turns, calls and findings.
  ///
  /// Its part in the sums over sessions, families and windows stays: ``rebuild()`` makes those anew.
  public func rebuild(_ run: String) async throws {
    guard let reference = try read({ try $0.run(named: run) }) else {
      throw RunReader.noRun(run)
    }
    try await rebuilder.rebuild(reference)
    worker.lookAgain()
  }

  private var rebuilder: Rebuilder {
    Rebuilder(
      queue: queue,
      readers: readers,
      known: known,
      now: options.now().microseconds,
      hooks: options.foldHooks
    )
  }
}
