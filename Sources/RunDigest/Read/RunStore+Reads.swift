internal import SQLiteEngine
internal import Digests
internal import Engine
internal import EventLog
public import Events
public import Folding

extension RunStore {
  /// The reads of this store, which see what it has committed.
  public var reader: RunReader { RunReader(pool: readers, known: known, telemetry: telemetry) }

  /// All that is known of a run, in one row; O(1) in the length of the run.
  ///
  /// It never folds: ``Insight/lag`` says how many events it does not cover yet.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such run or nothing of it is folded yet.
  public func insight(_ run: String) throws -> Insight {
    try reader.insight(run)
  }

  static func insight(_ run: RunReference, _ reads: RunReads) throws -> Insight {
    guard let insight = try reads.insight(run) else {
      throw StoreError(.notFound, "run \(run.name) has no digest yet; try again in a moment")
    }
    return insight
  }

  /// As ``insight(_:)``, after folding what the log has at the time of the call.
  public func freshInsight(_ run: RunID) async throws -> Insight {
    try await flush(run)
    return try insight(run.name)
  }

  /// Waits until everything that the log has of a run now is folded; free if it is already.
  ///
  /// - Throws: What keeps the run from being folded.
  public func flush(_ run: RunID) async throws {
    let tail = try reader.read { reads -> (key: Int64, head: Int64, lag: Int64)? in
      guard let reference = try reads.run(named: run.name) else { return nil }
      let head = try reads.head(of: reference.key)
      let watermark = try reads.watermark(of: reference)
      return (reference.key, head, head - watermark)
    }
    guard let tail, tail.lag > 0 else { return }
    guard isFoldingInBackground else { return try await foldHere(run) }
    try await worker.waitUntilFolded(tail.key, seq: tail.head)
  }

  /// Folds a run to its head, for a store that has no worker to wait for.
  private func foldHere(_ run: RunID) async throws {
    var fold = Finalizer(queue: queue, engine: engine, options: options)
    fold.restMax = 0
    try await fold.catchUp(run)
  }

  /// Waits until everything that the log has of any run now is folded.
  ///
  /// - Throws: As ``flush(through:)``.
  public func flush() async throws {
    try await flush(through: lastPosition())
  }

  /// Waits until the log up to a position is folded, of whatever run: the barrier of one who has
  /// just appended and now wants answers over many runs.
  ///
  /// ```swift
  /// let receipt = try await run.append(events)
  /// try await store.flush(through: receipt.pos)
  /// let day = try store.stats(window, by: .project)
  /// ```
  ///
  /// Free, without a look at the store, where all of that is known to be folded; else it costs a look
  /// at the runs that may not be. A position beyond the end means the end as it is now.
  ///
  /// - Throws: What a fold failed with that was begun for this wait; never what an earlier one failed
  ///   with, nor one of events after the position.
  public func flush(through pos: Int64) async throws {
    if isFoldingInBackground { return try await worker.waitUntilFolded(through: pos) }
    let names = try reader.read { reads in
      try worker.findBehind(reads)
        .filter { try LaggingRuns.target(of: $0, through: pos, reads.connection) != nil }
        .compactMap { try LogReader.runName($0.run, reads.connection) }
    }
    for name in names { try await foldHere(RunID(name)) }
  }

  /// The turns of a run from index `idx` on.
  public func turns(_ run: String, from idx: Int64 = 0, limit: Int = 1000) throws -> [Turn] {
    try reader.turns(run, from: idx, limit: limit)
  }

  /// The tool calls of a run, from seq `seq` on.
  public func calls(_ run: String, from seq: Int64 = 0, limit: Int = 1000) throws -> [Call] {
    try reader.calls(run, from: seq, limit: limit)
  }

  /// The errors and issues of a run, from number `n` on.
  public func findings(_ run: String, from n: Int64 = 0, limit: Int = 1000) throws -> [Finding] {
    try reader.findings(run, from: n, limit: limit)
  }

  /// The sum over the events of a session.
  public func session(_ name: String) throws -> SessionSum {
    try reader.session(name)
  }

  /// Runs reads in one snapshot.
  func read<R>(_ body: (RunReads) throws -> R) throws -> R {
    try reader.read(body)
  }
}

extension RunStore {
  /// The key of a run's live digest row, for those who compare a read with a bare one.
  package func digestID(of run: String) throws -> Int64 {
    try reader.read { try $0.require(run).digestID(version: $0.version) }
  }
}
