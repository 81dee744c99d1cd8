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
      "SELECT scope, dimension, id, key, body FROM rollups WHERE generation = ?"
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

  package func sessionRuns(in generation: Generation) throws -> [SessionRun] {
    var rows: [SessionRun] = []
    try connection.statement(
      """
      SELECT session, run, first_ordinal, first_ts, last_ts FROM session_runs WHERE generation = ?
      """
    ).bind(generation).forEach { row in
      rows.append(
        SessionRun(
          session: row.next(),
          run: row.next(),
          firstOrdinal: row.next(),
          firstTs: row.next(),
          lastTs: row.next()
        )
      )
    }
    return rows
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
