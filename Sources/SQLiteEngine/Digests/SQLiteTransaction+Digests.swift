package import Engine
internal import Events
package import Folding
internal import Storage

/// The writes of a fold.
extension SQLiteTransaction {
  package func compareAndSet(_ row: DigestRow) throws -> Bool {
    let (key, digest) = (row.key, row.digest)
    // A digest that sums models under `(other)` no longer says all that its family does.
    let hasFamily = digest.totals.models["(other)"] != nil
    if let expected = row.expected {
      let update = try connection.statement(
        """
        UPDATE digests SET watermark = ?, sealed = ?, revision = revision + 1, session = ?,
          first_ts = ?, last_ts = ?, status = ?, body = ?, state = ?,
          has_family = max(has_family, ?)
        WHERE id = ? AND watermark = ? AND revision = ?
        """
      )
      try row.withBytes { body, state in
        try update.run(
          digest.watermark,
          digest.isSealed,
          digest.session,
          digest.firstTs?.microseconds,
          digest.lastTs?.microseconds,
          digest.outcome.status.rawValue,
          body,
          state,
          hasFamily,
          key,
          expected.watermark,
          expected.revision
        )
      }
      guard connection.changes == 1 else { return false }
      try updateListRow(key, digest)
      return true
    }
    let insert = try connection.statement(
      """
      INSERT INTO digests(id, run, generation, watermark, sealed, session, first_ts, last_ts, status,
        body, state, revision, has_family)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1,
        max(?12, EXISTS(SELECT 1 FROM family_links WHERE generation = ?3 AND parent = ?2)))
      ON CONFLICT DO NOTHING
      """
    )
    try row.withBytes { body, state in
      try insert.run(
        key,
        key.run,
        key.generation,
        digest.watermark,
        digest.isSealed,
        digest.session,
        digest.firstTs?.microseconds,
        digest.lastTs?.microseconds,
        digest.outcome.status.rawValue,
        body,
        state,
        hasFamily
      )
    }
    guard connection.changes == 1 else { return false }
    try insertListRow(key, digest)
    return true
  }

  package func writeRows(_ changes: FoldChanges, of key: DigestKey) throws {
    for turn in changes.turns { try write(turn, key) }
    for (idx, failures) in changes.laterFailures.sorted(by: { $0.key < $1.key }) {
      // Calls that failed after their turn was closed and written.
      try connection.statement(
        """
        UPDATE turns SET tool_failed = tool_failed + ?1, errors = errors + ?1
        WHERE digest = ?2 AND idx = ?3
        """
      ).run(failures, key, idx)
    }
    for call in changes.calls { try write(call, key) }
    for permission in changes.permissions { try write(permission, key) }
    for finding in changes.findings { try write(finding, key) }
    for (seq, reason) in changes.quarantined {
      try connection.statement(
        "INSERT OR REPLACE INTO quarantine(digest, seq, reason) VALUES (?, ?, ?)"
      ).run(key, seq, reason)
    }
  }

  package func deleteRows(of key: DigestKey) throws {
    try connection.statement("DELETE FROM turns WHERE digest = ?").run(key)
    try connection.statement("DELETE FROM calls WHERE digest = ?").run(key)
    try connection.statement("DELETE FROM permissions WHERE digest = ?").run(key)
    try connection.statement("DELETE FROM findings WHERE digest = ?").run(key)
    try connection.statement("DELETE FROM quarantine WHERE digest = ?").run(key)
  }

  private func write(_ turn: Turn, _ key: DigestKey) throws {
    try connection.statement(
      """
      INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        ?, ?, ?, ?, ?, ?)
      """
    ).run(
      key,
      turn.idx,
      turn.turnID,
      turn.synthetic,
      turn.session,
      turn.startSeq,
      turn.endSeq,
      turn.startOrdinal,
      turn.endOrdinal,
      turn.startTs.microseconds,
      turn.endTs?.microseconds,
      turn.ttftMicros,
      turn.status?.rawValue,
      turn.stopReason?.rawValue,
      turn.tokens.input,
      turn.tokens.output,
      turn.tokens.cacheRead,
      turn.tokens.cacheWrite,
      turn.cost.value,
      turn.toolCalls,
      turn.toolFailed,
      turn.errors,
      turn.issues,
      turn.prompt,
      turn.ownMs,
      turn.encodedModels()
    )
  }

  private func write(_ call: Call, _ key: DigestKey) throws {
    try connection.statement(
      """
      INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT(digest, seq) DO UPDATE SET
        end_ts = excluded.end_ts, status = excluded.status, denied = excluded.denied,
        own_ms = excluded.own_ms, running = excluded.running
      """
    ).run(
      key,
      call.seq,
      call.callID,
      call.ordinal,
      call.name,
      call.turn,
      call.startTs.microseconds,
      call.endTs?.microseconds,
      Int64(call.status.rawValue),
      call.isRefused,
      call.ownMs,
      call.isRunning
    )
  }

  /// A permission that is neither asked for nor refused has nothing more to say.
  private func write(_ permission: Permission, _ key: DigestKey) throws {
    guard permission.isOpen || permission.isRefused else {
      return try connection.statement("DELETE FROM permissions WHERE digest = ? AND id = ?")
        .run(key, permission.id)
    }
    try connection.statement(
      "INSERT OR REPLACE INTO permissions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).run(
      key,
      permission.id,
      permission.seq,
      permission.ordinal,
      permission.ts.microseconds,
      permission.name,
      permission.turn,
      permission.isOpen,
      permission.isRefused
    )
  }

  private func write(_ finding: Finding, _ key: DigestKey) throws {
    try connection.statement("INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      key,
      finding.n,
      finding.type.word,
      finding.errorClass,
      finding.severity.word,
      finding.anchor.seq,
      finding.anchor.ordinal,
      finding.anchor.ts.microseconds,
      finding.anchor.label,
      finding.turn
    )
  }
}

extension DigestRow {
  /// Lends the two blobs, so that SQLite reads them where they are.
  fileprivate func withBytes(_ run: (SQLBlob, SQLBlob) throws -> Void) throws {
    try body.withUnsafeBytes { body in
      try state.withUnsafeBytes { state in try run(SQLBlob(body), SQLBlob(state)) }
    }
  }
}
