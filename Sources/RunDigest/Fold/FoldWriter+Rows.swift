internal import Events
internal import Folding
internal import Storage

/// The rows that hang on a digest.
extension FoldWriter {
  func writeRows(_ fold: PreparedFold) throws {
    let digestID = fold.digestID
    assertRow(fold)
    for turn in fold.changes.turns { try write(turn, digestID) }
    for (idx, failures) in fold.changes.laterFailures.sorted(by: { $0.key < $1.key }) {
      try add(failures, toTurn: idx, digestID)
    }
    for call in fold.changes.calls { try write(call, digestID) }
    for permission in fold.changes.permissions { try write(permission, digestID) }
    for finding in fold.changes.findings { try write(finding, digestID) }
    for (seq, reason) in fold.changes.quarantined { try write(quarantined: seq, reason, digestID) }
  }

  private func write(_ turn: Turn, _ digestID: Int64) throws {
    let statement = try connection.statement(
      """
      INSERT OR REPLACE INTO turns(digest, idx, turn_id, synthetic, session, start_seq, end_seq,
        start_ordinal, end_ordinal, start_ts, end_ts, ttft_us, status, stop_reason, input, output,
        cache_read, cache_write, cost_nano, tool_calls, tool_failed, errors, issues, prompt, own_ms,
        models)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        ?20, ?21, ?22, ?23, ?24, ?25, ?26)
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(turn.idx, at: 2)
    try statement.bind(turn.turnID, at: 3)
    try statement.bind(turn.synthetic ? 1 : 0 as Int64, at: 4)
    try statement.bind(turn.session, at: 5)
    try statement.bind(turn.startSeq, at: 6)
    try statement.bind(turn.endSeq, at: 7)
    try statement.bind(turn.startOrdinal, at: 8)
    try statement.bind(turn.endOrdinal, at: 9)
    try statement.bind(turn.startTs.microseconds, at: 10)
    try statement.bind(turn.endTs?.microseconds, at: 11)
    try statement.bind(turn.ttftMicros, at: 12)
    try statement.bind(turn.status?.rawValue, at: 13)
    try statement.bind(turn.stopReason?.rawValue, at: 14)
    try statement.bind(turn.tokens.input, at: 15)
    try statement.bind(turn.tokens.output, at: 16)
    try statement.bind(turn.tokens.cacheRead, at: 17)
    try statement.bind(turn.tokens.cacheWrite, at: 18)
    try statement.bind(turn.cost.value, at: 19)
    try statement.bind(turn.toolCalls, at: 20)
    try statement.bind(turn.toolFailed, at: 21)
    try statement.bind(turn.errors, at: 22)
    try statement.bind(turn.issues, at: 23)
    try statement.bind(turn.prompt ? 1 : 0 as Int64, at: 24)
    try statement.bind(turn.ownMs, at: 25)
    if let models = turn.encodedModels() {
      try models.withUnsafeBytes { try statement.bind(blob: $0, at: 26) }
    } else {
      try statement.bindNull(at: 26)
    }
    try statement.run()
  }

  /// Counts calls that failed after their turn was closed and written.
  private func add(_ failures: Int64, toTurn idx: Int64, _ digestID: Int64) throws {
    let statement = try connection.statement(
      """
      UPDATE turns SET tool_failed = tool_failed + ?3, errors = errors + ?3
      WHERE digest = ?1 AND idx = ?2
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(idx, at: 2)
    try statement.bind(failures, at: 3)
    try statement.run()
  }

  private func write(_ call: Call, _ digestID: Int64) throws {
    let statement = try connection.statement(
      """
      INSERT INTO calls(digest, seq, call_id, ordinal, name, turn, start_ts, end_ts, status, denied,
        own_ms, running)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
      ON CONFLICT(digest, seq) DO UPDATE SET
        end_ts = excluded.end_ts, status = excluded.status, denied = excluded.denied,
        own_ms = excluded.own_ms, running = excluded.running
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(call.seq, at: 2)
    try statement.bind(call.callID, at: 3)
    try statement.bind(call.ordinal, at: 4)
    try statement.bind(call.name, at: 5)
    try statement.bind(call.turn, at: 6)
    try statement.bind(call.startTs.microseconds, at: 7)
    try statement.bind(call.endTs?.microseconds, at: 8)
    try statement.bind(Int64(call.status.rawValue), at: 9)
    try statement.bind(call.isRefused ? 1 : 0 as Int64, at: 10)
    try statement.bind(call.ownMs, at: 11)
    try statement.bind(call.isRunning ? 1 : 0 as Int64, at: 12)
    try statement.run()
  }

  /// A permission that is neither asked for nor refused has nothing more to say.
  private func write(_ permission: Permission, _ digestID: Int64) throws {
    guard permission.isOpen || permission.isRefused else {
      let statement = try connection.statement(
        "DELETE FROM permissions WHERE digest = ?1 AND id = ?2"
      )
      try statement.bind(digestID, at: 1)
      try statement.bind(permission.id, at: 2)
      return try statement.run()
    }
    let statement = try connection.statement(
      """
      INSERT OR REPLACE INTO permissions(digest, id, seq, ordinal, ts, name, turn, open, denied)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(permission.id, at: 2)
    try statement.bind(permission.seq, at: 3)
    try statement.bind(permission.ordinal, at: 4)
    try statement.bind(permission.ts.microseconds, at: 5)
    try statement.bind(permission.name, at: 6)
    try statement.bind(permission.turn, at: 7)
    try statement.bind(permission.isOpen ? 1 : 0 as Int64, at: 8)
    try statement.bind(permission.isRefused ? 1 : 0 as Int64, at: 9)
    try statement.run()
  }

  private func write(_ finding: Finding, _ digestID: Int64) throws {
    let statement = try connection.statement(
      """
      INSERT INTO findings(digest, n, type, class, severity, seq, ordinal, ts, label, turn)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(finding.n, at: 2)
    try statement.bind(finding.type.word, at: 3)
    try statement.bind(finding.errorClass, at: 4)
    try statement.bind(finding.severity.word, at: 5)
    try statement.bind(finding.anchor.seq, at: 6)
    try statement.bind(finding.anchor.ordinal, at: 7)
    try statement.bind(finding.anchor.ts.microseconds, at: 8)
    try statement.bind(finding.anchor.label, at: 9)
    try statement.bind(finding.turn, at: 10)
    try statement.run()
  }

  private func write(quarantined seq: Int64, _ reason: String, _ digestID: Int64) throws {
    let statement = try connection.statement(
      "INSERT OR REPLACE INTO quarantine(digest, seq, reason) VALUES (?1, ?2, ?3)"
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(seq, at: 2)
    try statement.bind(reason, at: 3)
    try statement.run()
  }
}
