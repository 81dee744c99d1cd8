package import Engine
package import Folding
internal import Storage

/// Rollups, sessions and families.
extension SQLiteReads {
  package func rollup(_ key: RollupKey, in generation: Generation) throws -> Totals? {
    try connection.statement(
      """
      SELECT body FROM rollups
      WHERE generation = ? AND scope = ? AND dimension = ? AND id = ? AND key = ?
      """
    ).bind(generation, key.scope.rawValue, key.dimension, key.id, key.key)
      .first { try Totals(body: $0.next()) }
  }

  package func forEachRollup(
    in generation: Generation,
    _ body: (RollupKey, Totals) throws -> Void
  ) throws {
    try connection.statement(
      """
      SELECT scope, dimension, id, key, body FROM rollups WHERE generation = ?
      ORDER BY scope, dimension, id, key
      """
    ).bind(generation).forEach { row in
      guard let scope = RollupScope(rawValue: row.next()) else { return }
      let key = RollupKey(scope: scope, dimension: row.next(), id: row.next(), key: row.next())
      try body(key, try Totals(body: row.next()))
    }
  }

  package func forEachRollup(
    in generation: Generation,
    of buckets: BucketRange,
    by dimension: StatsDimension,
    _ body: (_ key: String, Totals) throws -> Void
  ) throws {
    try connection.statement(
      """
      SELECT key, body FROM rollups
      WHERE generation = ? AND scope = ? AND dimension = ? AND id >= ? AND id < ?
      """
    ).bind(
      generation,
      buckets.scope.rawValue,
      dimension.rawValue,
      buckets.numbers.lowerBound,
      buckets.numbers.upperBound
    ).forEach { try body($0.next(), try Totals(body: $0.next())) }
  }

  package func forEachSessionRun(
    in generation: Generation,
    _ body: (SessionRun) throws -> Void
  ) throws {
    try connection.statement(
      """
      SELECT session, run, first_ordinal, first_ts, last_ts FROM session_runs WHERE generation = ?
      ORDER BY session, run
      """
    ).bind(generation).forEach { try body(SessionRun(&$0)) }
  }

  package func sessionRun(
    _ run: RunRowID,
    in session: SessionRowID,
    of generation: Generation
  ) throws -> SessionRun? {
    try connection.statement(
      """
      SELECT session, run, first_ordinal, first_ts, last_ts FROM session_runs
      WHERE generation = ? AND session = ? AND run = ?
      """
    ).bind(generation, session, run).first { SessionRun(&$0) }
  }

  package func familyLink(
    of child: RunRowID,
    in generation: Generation
  ) throws -> FamilyLink? {
    try connection.statement(
      "SELECT parent, pos, accepted FROM family_links WHERE generation = ? AND child = ?"
    ).bind(generation, child).first { row in
      FamilyLink(child: child, parent: row.next(), position: row.next(), isAccepted: row.next())
    }
  }
}
