internal import Digests
internal import Engine
internal import EventLog
public import Events
internal import Folding

extension RunStore: StoreReads {
  /// The reads of this store, which see what it has committed.
  public var reader: RunReader { RunReader(engine: engine, known: known, telemetry: telemetry) }

  /// As ``StoreReads/insight(_:)``, after folding what the log has at the time of the call.
  public func freshInsight(_ run: RunID) async throws -> Insight {
    try await flush(run)
    return try insight(run)
  }

  /// Waits until everything that the log has of a run now is folded; free if it is already.
  ///
  /// - Throws: What keeps the run from being folded.
  public func flush(_ run: RunID) async throws {
    let tail = try reader.read { reads -> (row: RunRowID, head: Int64, lag: Int64)? in
      guard let reference = try reads.tables.run(named: run.rawValue) else { return nil }
      let head = try reads.tables.head(of: reference.row)
      let watermark = try reads.watermark(of: reference)
      return (reference.row, head, head - watermark)
    }
    guard let tail, tail.lag > 0 else { return }
    guard isFoldingInBackground else { return try await foldHere(run) }
    try await worker.waitUntilFolded(tail.row, seq: tail.head)
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
    let position = LogPosition(rawValue: pos)
    if isFoldingInBackground { return try await worker.waitUntilFolded(through: position) }
    let names = try reader.read { reads -> [String] in
      let tables = reads.tables
      return try worker.findBehind(tables, in: reads.generation)
        .filter { run in
          try tables.lastSeq(of: run.run, after: run.watermark, through: position) != nil
        }
        .compactMap { try tables.runName($0.run) }
    }
    for name in names { try await foldHere(RunID(name)) }
  }

  /// Runs reads in one snapshot.
  func read<R>(_ body: (ReadSnapshot) throws -> R) throws -> R {
    try reader.read(body)
  }
}
