internal import SQLiteEngine
package import Engine
package import EventLog
internal import Events
internal import Folding
package import Storage
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
  package let queue: WriteQueue
  package let engine: any StoreEngine
  package let known: KnownRuns
  package let now: Int64

  package init(queue: WriteQueue, engine: any StoreEngine, known: KnownRuns, now: Int64) {
    self.queue = queue
    self.engine = engine
    self.known = known
    self.now = now
  }

  /// How far behind a new generation may be for the flip to fold the rest.
  private static let restMax: Int64 = 2048

  /// Builds a new set, makes it live, and removes the old one.
  package func rebuildAll() async throws {
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
  package func migrate() async throws -> Bool {
    let kept = try engine.snapshot { connection -> Int64?? in
      if try LiveGeneration.fold(connection) == Digest.version { return .none }
      let select = try connection.statement(
        "SELECT generation FROM generations WHERE live = 0 AND fold_version = ?1"
      )
      try select.bind(Digest.version, at: 1)
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
    let now = now
    return try await queue.write(priority: .maintenance) { try Self.begin($0.connection, now) }
  }

  package static func begin(_ connection: Connection, _ now: Int64) throws -> Int64 {
    let version = try connection.integer(
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
    try insert.bind(Digest.version, at: 2)
    try insert.bind(now, at: 3)
    try insert.run()
    return generation
  }

  /// Folds all runs of a generation until little is left.
  private func catchUp(_ generation: Int64) async throws {
    while true {
      let behind = try engine.snapshot { try LaggingRuns.find($0, version: version) }
      if behind.reduce(0, { $0 + $1.head - $1.watermark }) <= Self.restMax { return }
      try await RebuildLanes(queue: queue, engine: engine, version: version)
        .fold(behind.map(\.run))
    }
  }

  /// Writes batches of a set that is being built; for each that its digest had not moved answers `true`.
  package static func write(_ batches: [PreparedFold], _ connection: Connection) throws -> [Bool] {
    if let version = batches.first?.version { try requireUnfinished(version, connection) }
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
    for version in try engine.read(Self.unfinished) { try await remove(version) }
  }

  private static func isBeingBuilt(_ generation: Int64, _ connection: Connection) throws -> Bool {
    let select = try connection.statement(
      "SELECT 1 FROM generations WHERE generation = ?1 AND live = 0 AND fold_version <> ?2"
    )
    try select.bind(generation, at: 1)
    try select.bind(GenerationStore.noFold, at: 2)
    return try select.firstRow { _ in true } != nil
  }

  /// The sets that are not live: begun, given up, kept as the way back, or being removed.
  package static func unfinished(_ connection: Connection) throws -> [Int64] {
    var versions: [Int64] = []
    try connection.statement("SELECT version FROM fold_versions WHERE live = 0")
      .forEachRow { versions.append($0.int64(at: 0)) }
    return versions
  }

  /// Folds one run again from its start and replaces its rows.
  package func rebuild(_ run: RunReference) async throws {
    while true {
      let prepared = try engine.snapshot { connection -> PreparedFold? in
        let version = try LiveGeneration.forFolding(connection)
        let reader = FoldReader(connection: connection, version: version)
        guard let position = try reader.revision(of: run.digestID(version: version)) else {
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
