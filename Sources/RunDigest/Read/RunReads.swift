internal import Events
internal import Folding
internal import Storage

/// The reads of one snapshot.
///
/// Each is a prepared statement that walks an index.
struct RunReads {
  let connection: Connection
  let version: Int64

  /// Finds a run by its name.
  func run(named name: String) throws -> RunReference? {
    try LogReader.runID(name, connection).map { RunReference(key: $0, name: name) }
  }

  /// The names that begin with `prefix`, at most `limit`.
  func runNames(prefix: String, limit: Int) throws -> [RunReference] {
    let statement = try connection.statement(
      "SELECT id, name FROM runs WHERE name >= ?1 ORDER BY name LIMIT ?2"
    )
    try statement.bind(prefix, at: 1)
    try statement.bind(Int64(limit), at: 2)
    var found: [RunReference] = []
    try statement.forEachRow { row in
      let name = row.string(at: 1)
      if name.utf8.starts(with: prefix.utf8) {
        found.append(RunReference(key: row.int64(at: 0), name: name))
      }
    }
    return found
  }

  /// The digest of a run beside the head of its log: one row by key.
  func insight(_ run: RunReference) throws -> Insight? {
    let statement = try connection.statement(
      """
      SELECT d.body, h.head,
        CASE WHEN d.has_family THEN (SELECT body FROM sums
          WHERE version = ?3 AND scope = 2 AND dimension = 0 AND id = ?2 AND key = '') END
      FROM digests d LEFT JOIN heads h ON h.run = ?2 WHERE d.id = ?1
      """
    )
    try statement.bind(run.digestID(version: version), at: 1)
    try statement.bind(run.key, at: 2)
    try statement.bind(version, at: 3)
    defer { statement.reset() }
    guard try statement.step() else { return nil }
    let stored = try StoredDigest(body: statement.bytes(at: 0))
    guard stored.counters[.eventCount] == stored.facts.watermark else {
      throw Self.inconsistent(run, stored)
    }
    return Insight(
      run: run.name,
      head: statement.int64(at: 1),
      stored: stored,
      familySum: statement.isNull(at: 2) ? nil : try Totals(body: statement.bytes(at: 2))
    )
  }

  private static func inconsistent(_ run: RunReference, _ stored: StoredDigest) -> StoreError {
    StoreError(
      .corrupt,
      "the digest of run \(run.name) counts \(stored.counters[.eventCount]) events at watermark "
        + "\(stored.facts.watermark); run digest-ctl rebuild --run \(run.name)"
    )
  }

  /// The last seq of a run's log, 0 if there is none.
  func head(of run: Int64) throws -> Int64 {
    try LogReader.head(run, connection)
  }

  /// The seq up to which a run is folded.
  func watermark(of run: RunReference) throws -> Int64 {
    try FoldReader(connection: connection, version: version)
      .position(of: run.digestID(version: version))?.watermark ?? 0
  }

  /// The turns of a run from an index on.
  func turns(_ run: RunReference, from idx: Int64, limit: Int) throws -> [Turn] {
    let statement = try connection.statement(
      """
      SELECT idx, turn_id, synthetic, session, start_seq, end_seq, start_ordinal, end_ordinal,
        start_ts, end_ts, ttft_us, status, stop_reason, input, output, cache_read, cache_write,
        cost_nano, tool_calls, tool_failed, errors, issues, prompt, own_ms, models
      FROM turns WHERE digest = ?1 AND idx >= ?2 ORDER BY idx LIMIT ?3
      """
    )
    try bind(statement, run, from: idx, limit)
    var turns: [Turn] = []
    try statement.forEachRow { turns.append(try Turn(row: $0)) }
    return turns
  }

  /// The tool calls of a run from a seq on.
  func calls(_ run: RunReference, from seq: Int64, limit: Int) throws -> [Call] {
    let statement = try connection.statement(
      """
      SELECT call_id, seq, ordinal, name, turn, start_ts, end_ts, status, denied, own_ms, running
      FROM calls WHERE digest = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3
      """
    )
    try bind(statement, run, from: seq, limit)
    var calls: [Call] = []
    try statement.forEachRow { calls.append(Call(row: $0)) }
    return calls
  }

  /// The findings of a run from a number on.
  func findings(_ run: RunReference, from n: Int64, limit: Int) throws -> [Finding] {
    let statement = try connection.statement(
      """
      SELECT n, type, class, severity, seq, ordinal, ts, label, turn
      FROM findings WHERE digest = ?1 AND n >= ?2 ORDER BY n LIMIT ?3
      """
    )
    try bind(statement, run, from: n, limit)
    var findings: [Finding] = []
    try statement.forEachRow { findings.append(Finding(row: $0)) }
    return findings
  }

  /// The events of a run whose payload could not be read, from a seq on.
  func quarantine(
    _ run: RunReference,
    from seq: Int64,
    limit: Int
  ) throws -> [(seq: Int64, reason: String)] {
    let statement = try connection.statement(
      "SELECT seq, reason FROM quarantine WHERE digest = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3"
    )
    try bind(statement, run, from: seq, limit)
    var rows: [(seq: Int64, reason: String)] = []
    try statement.forEachRow { rows.append(($0.int64(at: 0), $0.string(at: 1))) }
    return rows
  }

  /// The permission ids of a run that are asked for or refused, in the order of the ids.
  func permissions(_ run: RunReference) throws -> [Permission] {
    let statement = try connection.statement(
      """
      SELECT id, seq, ordinal, ts, name, turn, open, denied FROM permissions
      WHERE digest = ?1 ORDER BY id
      """
    )
    try statement.bind(run.digestID(version: version), at: 1)
    var rows: [Permission] = []
    try statement.forEachRow { rows.append(Permission(row: $0)) }
    return rows
  }

  private func bind(
    _ statement: Statement,
    _ run: RunReference,
    from: Int64,
    _ limit: Int
  ) throws {
    try statement.bind(run.digestID(version: version), at: 1)
    try statement.bind(from, at: 2)
    try statement.bind(Int64(limit), at: 3)
  }

  /// The sum over the events of a session.
  func session(named name: String) throws -> SessionSum? {
    let statement = try connection.statement(
      """
      SELECT s.head, (SELECT body FROM sums
        WHERE version = ?2 AND scope = 1 AND dimension = 0 AND id = s.id AND key = ''), s.id
      FROM sessions s WHERE s.name = ?1
      """
    )
    try statement.bind(name, at: 1)
    try statement.bind(version, at: 2)
    return try statement.firstRow { row in
      let runs = try runs(ofSession: row.int64(at: 2))
      return SessionSum(
        session: name,
        head: row.int64(at: 0),
        runIDs: runs.names,
        firstTs: runs.firstTs.map(Timestamp.init(microseconds:)),
        lastTs: runs.lastTs.map(Timestamp.init(microseconds:)),
        totals: row.isNull(at: 1) ? Totals() : try Totals(body: row.bytes(at: 1))
      )
    }
  }
}
