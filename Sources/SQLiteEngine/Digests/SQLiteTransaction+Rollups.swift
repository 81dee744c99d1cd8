package import Engine
internal import Events
package import Folding
internal import Storage

/// Writing rollups, sessions and families.
extension SQLiteTransaction {
  package func store(_ totals: Totals, _ key: RollupKey, in generation: Generation) throws {
    try connection.statement(
      """
      INSERT INTO rollups(generation, scope, dimension, id, key, body) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT(generation, scope, dimension, id, key) DO UPDATE SET body = excluded.body
      """
    ).run(
      generation,
      key.scope.rawValue,
      key.dimension,
      key.id,
      key.key,
      totals.encodedBody()
    )
  }

  package func add(
    _ part: SessionPart,
    of key: DigestKey,
    toSession session: SessionRowID
  ) throws {
    try connection.statement(
      """
      INSERT INTO session_runs(generation, session, run, first_ordinal, first_ts, last_ts)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT(generation, session, run) DO UPDATE SET
        first_ts = min(coalesce(first_ts, excluded.first_ts), coalesce(excluded.first_ts, first_ts)),
        last_ts = max(coalesce(last_ts, excluded.last_ts), coalesce(excluded.last_ts, last_ts))
      """
    ).run(
      key.generation,
      session,
      key.run,
      part.firstOrdinal,
      part.firstTs?.microseconds,
      part.lastTs?.microseconds
    )
  }

  package func store(_ link: FamilyLink, in generation: Generation) throws {
    try connection.statement(
      """
      INSERT OR REPLACE INTO family_links(generation, child, parent, pos, accepted)
      VALUES (?, ?, ?, ?, ?)
      """
    ).run(generation, link.child, link.parent, link.position, link.isAccepted)
  }

  package func markFamily(of key: DigestKey) throws {
    try connection.statement("UPDATE digests SET has_family = 1 WHERE id = ?").run(key)
  }
}
