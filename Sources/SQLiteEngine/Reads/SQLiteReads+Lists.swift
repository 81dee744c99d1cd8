package import Engine
internal import Folding
internal import Storage

/// Lists of runs, sessions and changes.
extension SQLiteReads {
  package func forEachRun(
    in generation: Generation,
    _ body: (LaggingRun, _ isSealed: Bool) throws -> Void
  ) throws {
    var heads = Ascending("run_heads")
    try connection.statement(
      """
      SELECT h.run, h.head, coalesce(d.watermark, 0), coalesce(d.sealed, 0)
      FROM run_heads h LEFT JOIN digests d ON d.id = h.run * 256 + ? ORDER BY h.run
      """
    ).bind(generation).forEach { row in
      let run = LaggingRun(run: row.next(), head: row.next(), watermark: row.next())
      try heads.check(run.run.rawValue)
      try body(run, row.next())
    }
  }

  package func session(named name: String, in generation: Generation) throws -> SessionRow? {
    let found = try connection.statement("SELECT id, head FROM sessions WHERE name = ?").bind(name)
      .first { ($0.next(SessionRowID.self), $0.next(Int64.self)) }
    guard let (session, head) = found else { return nil }
    var runs: [(name: String, run: SessionRun)] = []
    try connection.statement(
      """
      SELECT r.name, s.run, s.first_ordinal, s.first_ts, s.last_ts
      FROM session_runs s JOIN runs r ON r.id = s.run WHERE s.generation = ? AND s.session = ?
      """
    ).bind(generation, session).forEach { row in
      let name: String = row.next()
      let run = SessionRun(
        session: session,
        run: row.next(),
        firstOrdinal: row.next(),
        firstTs: row.next(),
        lastTs: row.next()
      )
      runs.append((name, run))
    }
    return SessionRow(
      head: head,
      totals: try rollup(.session(session), in: generation),
      runs: runs.sorted { $0.run.firstOrdinal < $1.run.firstOrdinal }
    )
  }

  package func digestChanges(
    after change: Int64,
    in generation: Generation,
    limit: Int
  ) throws -> [DigestChangeRow] {
    var changes: [DigestChangeRow] = []
    try connection.statement(
      """
      SELECT c.change, r.name, d.watermark, d.revision, d.status, d.sealed
      FROM digest_changes c LEFT JOIN runs r ON r.id = c.run
        LEFT JOIN digests d ON d.id = c.run * 256 + ?
      WHERE c.change > ? ORDER BY c.change LIMIT ?
      """
    ).bind(generation, change, limit).forEach { row in
      let (change, run, watermark): (Int64, String?, Int64?) = (row.next(), row.next(), row.next())
      guard let run, let watermark else {
        changes.append(DigestChangeRow(change: change, digest: nil))
        return
      }
      let revision = DigestRevision(watermark: watermark, revision: row.next())
      changes.append(
        DigestChangeRow(change: change, digest: (run, revision, row.next(), row.next()))
      )
    }
    return changes
  }

  package func lastDigestChange() throws -> Int64 {
    try connection.integer("SELECT coalesce(max(change), 0) FROM digest_changes")
  }

  package func dataVersion() throws -> Int64 {
    try connection.integer("PRAGMA data_version")
  }
}
