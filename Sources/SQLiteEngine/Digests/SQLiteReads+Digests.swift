package import Engine
package import Folding
internal import Storage

/// Digest rows and the rows that hang on them.
///
/// Rows are read whole, in the order of their table's columns: that order stands in the schema and in the
/// `init(_:)` of each kind of row.
extension SQLiteReads {
  package func revision(of key: DigestKey) throws -> DigestRevision? {
    try connection.statement("SELECT watermark, revision FROM digests WHERE id = ?").bind(key)
      .first { DigestRevision(watermark: $0.next(), revision: $0.next()) }
  }

  package func storedFold(of key: DigestKey) throws -> CachedFold? {
    try connection.statement("SELECT watermark, revision, body, state FROM digests WHERE id = ?")
      .bind(key).first { row in
        let revision = DigestRevision(watermark: row.next(), revision: row.next())
        return CachedFold(try RunFold(body: row.next(), state: row.next()), at: revision)
      }
  }

  package func withDigest<R>(of key: DigestKey, _ body: (DigestBytes) throws -> R) throws -> R? {
    let statement = try connection.statement(
      """
      SELECT d.body, h.head,
        CASE WHEN d.has_family THEN (SELECT body FROM rollups
          WHERE generation = ?3 AND scope = 2 AND dimension = 0 AND id = ?2 AND key = '') END
      FROM digests d LEFT JOIN run_heads h ON h.run = ?2 WHERE d.id = ?1
      """
    ).bind(key, key.run, key.generation)
    defer { statement.reset() }
    guard try statement.step() else { return nil }
    var row = statement.row
    return try body(
      DigestBytes(
        body: row.next(),
        head: row.next(),
        family: row.isNull ? nil : row.next(UnsafeRawBufferPointer.self)
      )
    )
  }

  package func turns(of key: DigestKey, from idx: Int64, limit: Int) throws -> [Turn] {
    var turns: [Turn] = []
    try connection.statement(
      "SELECT * FROM turns WHERE digest = ? AND idx >= ? ORDER BY idx LIMIT ?"
    ).bind(key, idx, limit).forEach { turns.append(try Turn(&$0)) }
    return turns
  }

  package func calls(of key: DigestKey, _ filter: CallFilter, limit: Int) throws -> [Call] {
    let statement =
      switch filter {
      case .from(let seq):
        try connection.statement(
          "SELECT * FROM calls WHERE digest = ? AND seq >= ? ORDER BY seq LIMIT ?"
        ).bind(key, seq, limit)
      case .failed(let seq):
        try connection.statement(
          "SELECT * FROM calls WHERE digest = ? AND seq >= ? AND status = 2 ORDER BY seq LIMIT ?"
        ).bind(key, seq, limit)
      case .slowest:
        try connection.statement(
          """
          SELECT * FROM calls WHERE digest = ? AND end_ts IS NOT NULL
          ORDER BY end_ts - start_ts DESC, seq LIMIT ?
          """
        ).bind(key, limit)
      }
    return try calls(statement)
  }

  package func call(id: String, of key: DigestKey) throws -> Call? {
    try connection.statement("SELECT * FROM calls WHERE digest = ? AND call_id = ?").bind(key, id)
      .first { Call(&$0) }
  }

  package func openCalls(of key: DigestKey) throws -> [Call] {
    try calls(
      connection.statement(
        "SELECT * FROM calls INDEXED BY calls_open WHERE digest = ? AND status = 0"
      ).bind(key)
    )
  }

  private func calls(_ statement: Statement) throws -> [Call] {
    var calls: [Call] = []
    try statement.forEach { calls.append(Call(&$0)) }
    return calls
  }

  package func findings(
    of key: DigestKey,
    type: FindingType?,
    from n: Int64,
    limit: Int
  ) throws -> [Finding] {
    var findings: [Finding] = []
    try connection.statement(
      """
      SELECT * FROM findings WHERE digest = ?1 AND n >= ?2 AND (?3 IS NULL OR type = ?3)
      ORDER BY n LIMIT ?4
      """
    ).bind(key, n, type?.word, limit).forEach { findings.append(Finding(&$0)) }
    return findings
  }

  package func permissions(of key: DigestKey) throws -> [Permission] {
    try permissions(
      connection.statement("SELECT * FROM permissions WHERE digest = ? ORDER BY id").bind(key)
    )
  }

  package func permission(id: String, of key: DigestKey) throws -> Permission? {
    try connection.statement("SELECT * FROM permissions WHERE digest = ? AND id = ?").bind(key, id)
      .first { Permission(&$0) }
  }

  package func hasPermissions(_ key: DigestKey) throws -> Bool {
    try connection.statement("SELECT 1 FROM permissions WHERE digest = ? LIMIT 1").bind(key)
      .first { _ in true } ?? false
  }

  package func openPermissions(of key: DigestKey) throws -> [Permission] {
    try permissions(
      connection.statement(
        "SELECT * FROM permissions INDEXED BY permissions_open WHERE digest = ? AND open = 1"
      ).bind(key)
    )
  }

  private func permissions(_ statement: Statement) throws -> [Permission] {
    var rows: [Permission] = []
    try statement.forEach { rows.append(Permission(&$0)) }
    return rows
  }

  package func quarantine(
    of key: DigestKey,
    from seq: Int64,
    limit: Int
  ) throws -> [(seq: Int64, reason: String)] {
    var rows: [(seq: Int64, reason: String)] = []
    try connection.statement(
      "SELECT seq, reason FROM quarantine WHERE digest = ? AND seq >= ? ORDER BY seq LIMIT ?"
    ).bind(key, seq, limit).forEach { rows.append(($0.next(), $0.next())) }
    return rows
  }
}

// MARK: Rows

extension Call {
  init(_ row: inout RowReader) {
    row.skip()
    let seq: Int64 = row.next()
    self.init(
      callID: row.next(),
      seq: seq,
      ordinal: row.next(),
      name: row.next(),
      turn: row.next(),
      startTs: row.nextTime(),
      endTs: row.nextOptionalTime(),
      status: Status(rawValue: UInt8(truncatingIfNeeded: row.next(Int64.self))) ?? .other
    )
    isRefused = row.next()
    ownMs = row.next()
    isRunning = row.next()
  }
}

extension Permission {
  init(_ row: inout RowReader) {
    row.skip()
    self.init(
      id: row.next(),
      seq: row.next(),
      ordinal: row.next(),
      ts: row.nextTime(),
      name: row.next(),
      turn: row.next(),
      isOpen: row.next(),
      isRefused: row.next()
    )
  }
}

extension Turn {
  init(_ row: inout RowReader) throws {
    row.skip()
    let idx: Int64 = row.next()
    let turnID: String? = row.next()
    let synthetic: Bool = row.next()
    let session: String? = row.next()
    let startSeq: Int64 = row.next()
    let endSeq: Int64? = row.next()
    let startOrdinal: Int64? = row.next()
    let endOrdinal: Int64? = row.next()
    self.init(
      idx: idx,
      turnID: turnID,
      synthetic: synthetic,
      session: session,
      startSeq: startSeq,
      startOrdinal: startOrdinal,
      startTs: row.nextTime()
    )
    self.endSeq = endSeq
    self.endOrdinal = endOrdinal
    endTs = row.nextOptionalTime()
    ttftMicros = row.next()
    status = row.next(String?.self).map(TurnStatus.init(rawValue:))
    stopReason = row.next(String?.self).map(StopReason.init(rawValue:))
    tokens.input = row.next()
    tokens.output = row.next()
    tokens.cacheRead = row.next()
    tokens.cacheWrite = row.next()
    if let nanoUSD: Int64 = row.next() { cost = ReportedCost(nanoUSD: nanoUSD) }
    toolCalls = row.next()
    toolFailed = row.next()
    errors = row.next()
    issues = row.next()
    prompt = row.next()
    ownMs = row.next()
    if !row.isNull { try readModels(row.next()) }
  }
}

extension Finding {
  init(_ row: inout RowReader) {
    row.skip()
    let n: Int64 = row.next()
    let type: String = row.next()
    let errorClass: String = row.next()
    let severity: String = row.next()
    let anchor = Anchor(
      seq: row.next(),
      ordinal: row.next(),
      ts: row.nextTime(),
      label: row.next()
    )
    self.init(
      n: n,
      type: FindingType(word: type),
      errorClass: errorClass,
      severity: Severity(word: severity),
      anchor: anchor,
      turn: row.next()
    )
  }
}
