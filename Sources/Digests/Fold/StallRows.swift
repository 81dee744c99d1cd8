package import Storage

/// Runs that are set aside, as the store itself says it to those who look at it from outside.
package struct StallRows {
  package let connection: Connection

  /// Leaves word of a run that is behind; of one that somebody has folded meanwhile, into this set of
  /// digests or into another that is live now, there is nothing to say.
  package func note(_ run: Int64, reason: String, attempts: Int, now: Int64) throws {
    let version = try LiveGeneration.read(connection)
    let statement = try connection.statement(
      """
      INSERT INTO stalled_runs(run, generation, seq, reason, since, attempts)
      SELECT ?1, ?2, coalesce((SELECT watermark FROM digests WHERE id = ?1 * 256 + ?2), 0) + 1,
        ?3, ?4, ?5
      FROM run_heads WHERE run = ?1
        AND head > coalesce((SELECT watermark FROM digests WHERE id = ?1 * 256 + ?2), 0)
      ON CONFLICT(run, generation) DO UPDATE SET
        seq = excluded.seq, reason = excluded.reason, attempts = excluded.attempts
      """
    )
    try statement.bind(run, at: 1)
    try statement.bind(generation, at: 2)
    try statement.bind(reason, at: 3)
    try statement.bind(now, at: 4)
    try statement.bind(Int64(attempts), at: 5)
    try statement.run()
  }

  package func forget(_ run: Int64) throws {
    let statement = try connection.statement("DELETE FROM stalled WHERE run = ?1")
    try statement.bind(run, at: 1)
    try statement.run()
  }
}
