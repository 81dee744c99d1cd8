package import Engine
internal import Storage

/// Generations, and the runs that lag in one.
extension SQLiteReads {
  package func liveGeneration() throws -> Generation {
    Generation(
      rawValue: try connection.integer("SELECT generation FROM generations WHERE live = 1")
    )
  }

  package func liveFoldVersion() throws -> Int64 {
    try connection.integer("SELECT fold_version FROM generations WHERE live = 1")
  }

  package func otherGenerations() throws -> [Generation] {
    var found: [Generation] = []
    try connection.statement("SELECT generation FROM generations WHERE live = 0").forEach {
      found.append($0.next())
    }
    return found
  }

  package func otherGeneration(ofFold version: Int64) throws -> Generation? {
    try connection.statement(
      "SELECT generation FROM generations WHERE live = 0 AND fold_version = ?"
    ).bind(version).first { $0.next() }
  }

  package func isBeingBuilt(_ generation: Generation) throws -> Bool {
    try connection.statement(
      "SELECT 1 FROM generations WHERE generation = ? AND live = 0 AND fold_version <> ?"
    ).bind(generation, SQLiteTransaction.noFold).first { _ in true } ?? false
  }

  package func laggingRuns(
    in generation: Generation,
    rows: ClosedRange<RunRowID>?
  ) throws -> [LaggingRun] {
    // The sums tell of most stores at once that nothing lags.
    if try rows == nil && isAllFolded(in: generation) { return [] }
    var found: [LaggingRun] = []
    var heads = Ascending("run_heads")
    try connection.statement(
      """
      SELECT h.run, h.head, coalesce(d.watermark, 0)
      FROM run_heads h LEFT JOIN digests d ON d.id = h.run * 256 + ?
      WHERE h.run BETWEEN ? AND ? AND h.head > coalesce(d.watermark, 0) ORDER BY h.run
      """
    ).bind(generation, rows?.lowerBound.rawValue ?? 0, rows?.upperBound.rawValue ?? .max)
      .forEach { row in
        let run = LaggingRun(run: row.next(), head: row.next(), watermark: row.next())
        try heads.check(run.run.rawValue)
        found.append(run)
      }
    return found
  }

  package func stalledRuns(in generation: Generation, limit: Int) throws -> [StalledRow] {
    var found: [StalledRow] = []
    try connection.statement(
      """
      SELECT r.name, s.seq, s.reason FROM stalled_runs s JOIN runs r ON r.id = s.run
      WHERE s.generation = ? ORDER BY r.name LIMIT ?
      """
    ).bind(generation, limit).forEach { row in
      found.append(StalledRow(run: row.next(), seq: row.next(), reason: row.next()))
    }
    return found
  }
}
