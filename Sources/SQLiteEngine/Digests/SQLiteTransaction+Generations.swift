package import Engine
internal import Storage

/// Beginning, turning to and removing generations.
extension SQLiteTransaction {
  /// The fold version that a generation is said to be of while it is removed.
  package static let noFold: Int64 = 0

  package func beginGeneration(ofFold version: Int64, now: Int64) throws -> Generation {
    // Numbers go round, so that one that was given up does not come back while another process may
    // still hold it.
    let number = try connection.integer(
      """
      SELECT n FROM (WITH RECURSIVE numbers(n) AS (
        SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 255) SELECT n FROM numbers)
      WHERE n NOT IN (SELECT generation FROM generations)
      ORDER BY n <= coalesce((SELECT value FROM meta WHERE key = 'last_generation'), 1), n LIMIT 1
      """
    )
    try connection.statement(
      "INSERT OR REPLACE INTO meta(key, value) VALUES ('last_generation', ?)"
    ).run(number)
    try connection.statement(
      "INSERT INTO generations(generation, fold_version, live, created_ts) VALUES (?, ?, 0, ?)"
    ).run(number, version, now)
    return Generation(rawValue: number)
  }

  package func makeLive(_ generation: Generation, now: Int64) throws {
    try connection.statement("UPDATE generations SET live = 0 WHERE live = 1").run()
    try connection.statement(
      "UPDATE generations SET live = 1, live_since_ts = ? WHERE generation = ?"
    ).run(now, generation)
  }

  package func deleteGeneration(
    _ generation: Generation,
    after run: RunRowID?,
    limit: Int
  ) throws -> RunRowID? {
    guard try liveGeneration() != generation else { return nil }
    // The rollups still have what is deleted here, so nobody may go on with this generation.
    try connection.statement(
      "UPDATE generations SET fold_version = ?1 WHERE generation = ?2 AND fold_version <> ?1"
    ).run(Self.noFold, generation)
    var runs: [RunRowID] = []
    try connection.statement(
      "SELECT run FROM digests WHERE id > ? AND generation = ? ORDER BY id LIMIT ?"
    ).bind(run.map { DigestKey($0, generation).rowID } ?? 0, generation, limit).forEach {
      runs.append($0.next())
    }
    for run in runs {
      let key = DigestKey(run, generation)
      try deleteRows(of: key)
      try connection.statement("DELETE FROM digests WHERE id = ?").run(key)
      try connection.statement("DELETE FROM run_list WHERE id = ?").run(key)
    }
    if let last = runs.last { return last }
    try connection.statement("DELETE FROM rollups WHERE generation = ?").run(generation)
    try connection.statement("DELETE FROM session_runs WHERE generation = ?").run(generation)
    try connection.statement("DELETE FROM family_links WHERE generation = ?").run(generation)
    try connection.statement("DELETE FROM stalled_runs WHERE generation = ?").run(generation)
    try connection.statement("DELETE FROM generations WHERE generation = ? AND live = 0")
      .run(generation)
    return nil
  }

  package func noteStalled(
    _ run: RunRowID,
    reason: String,
    attempts: Int,
    now: Int64
  ) throws {
    let key = DigestKey(run, try liveGeneration())
    try connection.statement(
      """
      INSERT INTO stalled_runs(run, generation, seq, reason, since, attempts)
      SELECT ?1, ?2, coalesce((SELECT watermark FROM digests WHERE id = ?6), 0) + 1, ?3, ?4, ?5
      FROM run_heads WHERE run = ?1
        AND head > coalesce((SELECT watermark FROM digests WHERE id = ?6), 0)
      ON CONFLICT(run, generation) DO UPDATE SET
        seq = excluded.seq, reason = excluded.reason, attempts = excluded.attempts
      """
    ).run(run, key.generation, reason, now, attempts, key)
  }

  package func forgetStalled(_ run: RunRowID) throws {
    try connection.statement("DELETE FROM stalled_runs WHERE run = ?").run(run)
  }
}
