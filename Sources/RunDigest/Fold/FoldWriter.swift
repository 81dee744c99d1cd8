internal import Folding
internal import Storage

/// A batch that was folded in memory and waits to be written.
struct PreparedFold: Sendable {
  var run: Int64
  var version: Int64
  /// What the digest row must still say: the compare of the compare-and-set.
  var expected: (watermark: Int64, revision: Int64)?
  var digest: Digest
  var body: [UInt8]
  var state: [UInt8]
  var changes: FoldChanges

  var digestID: Int64 { run * 256 + version }

  /// Takes all that a fold has changed since it was last written.
  init(run: Int64, version: Int64, expected: (watermark: Int64, revision: Int64)?, box: FoldBox) {
    self.run = run
    self.version = version
    self.expected = expected
    changes = box.fold.takeChanges()
    digest = box.fold.digest
    body = digest.encodedBody()
    state = box.fold.encodedState()
  }

  /// Takes a fold from the start of a run, to replace what is stored of it.
  init(
    run: Int64,
    version: Int64,
    expected: (watermark: Int64, revision: Int64),
    brute: BruteForce
  ) {
    self.run = run
    self.version = version
    self.expected = expected
    changes = brute.changes
    digest = brute.digest
    body = digest.encodedBody()
    state = brute.state
  }
}

/// Writes folded batches inside a write transaction. What holds:
///
/// 1. The first statement of a batch is the compare-and-set on its digest row: the row must still
///    have the watermark and the revision that the fold started from. Equality, never `<`.
/// 2. No derived row of a batch is written before its compare-and-set changed exactly one row.
/// 3. Digest, turns, calls, permissions, findings, quarantine, sessions, families and rollups of a
///    batch are written in the same transaction.
struct FoldWriter {
  let connection: Connection
  var hooks: FoldHooks?

  /// Writes batches of one set of rows; for each that its digest had not moved in the meantime
  /// answers `true`, of the others nothing is written.
  func write(_ folds: [PreparedFold]) throws -> [Bool] {
    var written: [PreparedFold] = []
    let answers = try folds.map { fold in
      hooks?.reached(.beforeCompareAndSet, fold.run)
      guard try compareAndSet(fold) else { return false }
      hooks?.reached(.afterCompareAndSet, fold.run)
      try writeRows(fold)
      written.append(fold)
      return true
    }
    if let version = written.first?.version {
      try SumRows(connection: connection, version: version).add(written)
    }
    if let hooks { for fold in written { hooks.reached(.beforeCommit, fold.run) } }
    return answers
  }

  /// Writes one batch; `false` if its digest had moved.
  func write(_ fold: PreparedFold) throws -> Bool {
    try write([fold]) == [true]
  }

  /// Writes batches of the live set; none if another set went live since they were folded.
  func writeIfLive(_ folds: [PreparedFold]) throws -> [Bool] {
    let live = try LiveVersion.forFolding(connection)
    guard folds.allSatisfy({ $0.version == live }) else { return folds.map { _ in false } }
    return try write(folds)
  }

  /// Replaces all rows of a run by those of a fold from its start, or answers `false` and writes
  /// nothing if the digest moved in the meantime.
  ///
  /// Sums are left as they are: the run's part in them does not change by being folded again.
  func replace(_ fold: PreparedFold) throws -> Bool {
    guard try compareAndSet(fold) else { return false }
    try DerivedRows(connection: connection).deleteRows(of: fold.digestID)
    try writeRows(fold)
    return true
  }

  private func writeRows(_ fold: PreparedFold) throws {
    let digestID = fold.digestID
    for turn in fold.changes.turns { try write(turn, digestID) }
    for call in fold.changes.calls { try write(call, digestID) }
    for permission in fold.changes.permissions { try write(permission, digestID) }
    for finding in fold.changes.findings { try write(finding, digestID) }
    for (seq, reason) in fold.changes.quarantined { try write(quarantined: seq, reason, digestID) }
  }

  private func compareAndSet(_ fold: PreparedFold) throws -> Bool {
    let statement: Statement
    if let expected = fold.expected {
      statement = try connection.statement(
        """
        UPDATE digests SET watermark = ?2, sealed = ?3, revision = revision + 1, session = ?4,
          first_ts = ?5, last_ts = ?6, status = ?7, body = ?8, state = ?9,
          has_family = max(has_family, ?12)
        WHERE id = ?1 AND watermark = ?10 AND revision = ?11
        """
      )
      try statement.bind(expected.watermark, at: 10)
      try statement.bind(expected.revision, at: 11)
    } else {
      statement = try connection.statement(
        """
        INSERT INTO digests(id, watermark, sealed, session, first_ts, last_ts, status, body, state,
          run, version, revision, has_family)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1,
          max(?12, EXISTS(SELECT 1 FROM links WHERE version = ?11 AND parent = ?10)))
        ON CONFLICT DO NOTHING
        """
      )
      try statement.bind(fold.run, at: 10)
      try statement.bind(fold.version, at: 11)
    }
    let digest = fold.digest
    // A digest that sums models under `(other)` no longer says all that its family does.
    try statement.bind(digest.totals.models["(other)"] == nil ? 0 : 1 as Int64, at: 12)
    try statement.bind(fold.digestID, at: 1)
    try statement.bind(digest.watermark, at: 2)
    try statement.bind(digest.isSealed ? 1 : 0 as Int64, at: 3)
    try statement.bind(digest.session, at: 4)
    try statement.bind(digest.firstTs, at: 5)
    try statement.bind(digest.lastTs, at: 6)
    try statement.bind(digest.outcome.status, at: 7)
    try fold.body.withUnsafeBytes { try statement.bind(blob: $0, at: 8) }
    try fold.state.withUnsafeBytes { try statement.bind(blob: $0, at: 9) }
    try statement.run()
    return connection.changes == 1
  }

  private func write(_ turn: Turn, _ digestID: Int64) throws {
    let statement = try connection.statement(
      """
      INSERT OR REPLACE INTO turns(digest, idx, turn_id, synthetic, session, start_seq, end_seq,
        start_ordinal, end_ordinal, start_ts, end_ts, ttft_us, status, stop_reason, input, output,
        cache_read, cache_write, cost_nano, tool_calls, tool_failed, errors, issues, prompt)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        ?20, ?21, ?22, ?23, ?24)
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
    try statement.bind(turn.startTs, at: 10)
    try statement.bind(turn.endTs, at: 11)
    try statement.bind(turn.ttftMicros, at: 12)
    try statement.bind(turn.status, at: 13)
    try statement.bind(turn.stopReason, at: 14)
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
    try statement.run()
  }

  private func write(_ call: Call, _ digestID: Int64) throws {
    let statement = try connection.statement(
      """
      INSERT INTO calls(digest, seq, call_id, ordinal, name, turn, start_ts, end_ts, status, denied)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      ON CONFLICT(digest, seq) DO UPDATE SET
        end_ts = excluded.end_ts, status = excluded.status, denied = excluded.denied
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(call.seq, at: 2)
    try statement.bind(call.callID, at: 3)
    try statement.bind(call.ordinal, at: 4)
    try statement.bind(call.name, at: 5)
    try statement.bind(call.turn, at: 6)
    try statement.bind(call.startTs, at: 7)
    try statement.bind(call.endTs, at: 8)
    try statement.bind(Int64(call.status.rawValue), at: 9)
    try statement.bind(call.deniedMark ? 1 : 0 as Int64, at: 10)
    try statement.run()
  }

  /// A permission that is neither asked for nor refused has nothing more to say.
  private func write(_ permission: Permission, _ digestID: Int64) throws {
    guard permission.isOpen || permission.deniedMark else {
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
    try statement.bind(permission.ts, at: 5)
    try statement.bind(permission.name, at: 6)
    try statement.bind(permission.turn, at: 7)
    try statement.bind(permission.isOpen ? 1 : 0 as Int64, at: 8)
    try statement.bind(permission.deniedMark ? 1 : 0 as Int64, at: 9)
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
    try statement.bind(finding.anchor.ts, at: 8)
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
