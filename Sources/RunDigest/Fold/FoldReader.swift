internal import Events
internal import Folding
internal import Storage

/// Reads what a fold starts from: the digest and the tail of the log, in one snapshot.
///
/// Confined to the thread that uses its connection.
struct FoldReader {
  let connection: Connection
  let version: Int64

  /// The digest of a run, ready to go on, and the revision of its row; `nil` if it has none yet.
  func storedFold(of digestID: Int64) throws -> (fold: FoldBox, watermark: Int64)? {
    let statement = try connection.statement(
      "SELECT watermark, revision, body, state FROM digests WHERE id = ?1"
    )
    try statement.bind(digestID, at: 1)
    return try statement.firstRow { row in
      let fold = try RunFold(body: row.bytes(at: 2), state: row.bytes(at: 3))
      return (FoldBox(fold, revision: row.int64(at: 1)), row.int64(at: 0))
    }
  }

  /// Where the row of a digest stands, without opening it.
  func position(of digestID: Int64) throws -> (watermark: Int64, revision: Int64)? {
    let statement = try connection.statement(
      "SELECT watermark, revision FROM digests WHERE id = ?1"
    )
    try statement.bind(digestID, at: 1)
    return try statement.firstRow { ($0.int64(at: 0), $0.int64(at: 1)) }
  }

  /// Folds the tail of a run up to a limit of events and bytes.
  ///
  /// - Throws: What the first event failed with; a later one only ends the batch before it.
  func step(
    _ box: FoldBox,
    run: Int64,
    limit: FoldLimit,
    sessions: SessionNames
  ) throws -> (events: Int, isCut: Bool) {
    try step(&box.fold, run: run, limit: limit, sessions: sessions)
  }

  private func step(
    _ fold: inout RunFold,
    run: Int64,
    limit: FoldLimit,
    sessions: SessionNames
  ) throws -> (events: Int, isCut: Bool) {
    var rows = FoldedRows(reader: self, digestID: run * 256 + version)
    var tail = RunRows(
      of: run,
      after: fold.watermark,
      limit: limit.events,
      """
      SELECT seq, ordinal, ts, session, kind, traceparent, payload FROM events
      WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos
      """,
      connection
    )
    var events = 0
    var bytes = 0
    defer { tail.end() }
    while bytes < limit.bytes, let statement = try tail.next() {
      let payload = statement.bytes(at: 6)
      let traceparent = statement.bytes(at: 5)
      let known = try statement.knownKind(at: 4)
      let kind = known?.nameBytes ?? statement.bytes(at: 4)
      let event = FoldEvent(
        seq: statement.int64(at: 0),
        ordinal: statement.optionalInt64(at: 1),
        ts: statement.int64(at: 2),
        session: try statement.optionalInt64(at: 3).map { try sessions.name(of: $0, connection) },
        kind: kind,
        known: known ?? KnownKind(utf8: kind),
        traceparent: traceparent.isEmpty ? nil : traceparent,
        payload: payload
      )
      do {
        try rows.step(&fold, event)
      } catch is FoldError where events > 0 {
        return (events, true)
      }
      events += 1
      bytes += payload.count
    }
    // The index promised more: of no event in particular, for all that there were went in.
    let isShort = bytes < limit.bytes && tail.through != fold.watermark
    if isShort, events == 0 {
      throw FoldError.gap(expected: fold.watermark + 1, found: tail.through)
    }
    return (events, isShort || events >= limit.events || bytes >= limit.bytes)
  }
}

/// The rows of one digest that a fold asks for, in one snapshot.
private struct FoldedRows {
  let connection: Connection
  let digestID: Int64
  /// Whether there is any permission at all; most runs never have one.
  private var hasPermissions: Bool?

  init(reader: FoldReader, digestID: Int64) {
    connection = reader.connection
    self.digestID = digestID
  }

  mutating func step(_ fold: inout RunFold, _ event: FoldEvent) throws {
    let needs = fold.prepare(event)
    if let id = needs.id {
      fold.supply(call: try call(id), permission: try permission(id))
    }
    if needs.open {
      fold.supplyOpen(calls: try openCalls(), permissions: try openRequests())
    }
    try fold.step(event)
  }

  private func call(_ id: String) throws -> Call? {
    let statement = try connection.statement(
      """
      SELECT call_id, seq, ordinal, name, turn, start_ts, end_ts, status, denied FROM calls
      WHERE digest = ?1 AND call_id = ?2
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(id, at: 2)
    return try statement.firstRow(Call.init(row:))
  }

  private mutating func permission(_ id: String) throws -> Permission? {
    guard try hasAnyPermission() else { return nil }
    let statement = try connection.statement(
      """
      SELECT id, seq, ordinal, ts, name, turn, open, denied FROM permissions
      WHERE digest = ?1 AND id = ?2
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(id, at: 2)
    return try statement.firstRow(Permission.init(row:))
  }

  private mutating func hasAnyPermission() throws -> Bool {
    if let hasPermissions { return hasPermissions }
    let statement = try connection.statement("SELECT 1 FROM permissions WHERE digest = ?1 LIMIT 1")
    try statement.bind(digestID, at: 1)
    let answer = try statement.firstRow { _ in true } ?? false
    hasPermissions = answer
    return answer
  }

  private func openCalls() throws -> [Call] {
    let statement = try connection.statement(
      """
      SELECT call_id, seq, ordinal, name, turn, start_ts, end_ts, status, denied
      FROM calls INDEXED BY calls_open WHERE digest = ?1 AND status = 0
      """
    )
    try statement.bind(digestID, at: 1)
    var calls: [Call] = []
    try statement.forEachRow { calls.append(Call(row: $0)) }
    return calls
  }

  private func openRequests() throws -> [Permission] {
    let statement = try connection.statement(
      """
      SELECT id, seq, ordinal, ts, name, turn, open, denied
      FROM permissions INDEXED BY permissions_open WHERE digest = ?1 AND open = 1
      """
    )
    try statement.bind(digestID, at: 1)
    var requests: [Permission] = []
    try statement.forEachRow { requests.append(Permission(row: $0)) }
    return requests
  }
}

/// A fold at hand, and the revision of the row that it was read from or last written to.
final class FoldBox {
  var fold: RunFold
  /// The revision that the row must still have when this fold is written; `nil` if there was no
  /// row.
  var revision: Int64?
  /// Where the row is, and where it will be after each of the batches that are not written yet.
  var way: [(watermark: Int64, revision: Int64)] = []
  /// Whether a batch is not written yet.
  var isAhead: Bool { way.count > 1 }
  /// The rows that it had at hand when they were last counted.
  var rowsCounted = 0

  init(_ fold: consuming RunFold, revision: Int64?) {
    self.fold = fold
    self.revision = revision
  }
}

/// How much of a tail one batch takes.
struct FoldLimit: Sendable {
  var events: Int
  /// A batch ends with the event that reaches this many payload bytes.
  var bytes: Int

  static let slice = FoldLimit(events: 256, bytes: 4 << 20)
  static let bulk = FoldLimit(events: 2048, bytes: 16 << 20)
}

/// The names of sessions by key, read once each.
final class SessionNames {
  private var names: [Int64: String] = [:]
  // Nearly every event has the session of the one before.
  private var last: (key: Int64, name: String)?

  func name(of key: Int64, _ connection: Connection) throws -> String {
    if let last, last.key == key { return last.name }
    let name = try look(up: key, connection)
    last = (key, name)
    return name
  }

  private func look(up key: Int64, _ connection: Connection) throws -> String {
    if let name = names[key] { return name }
    let statement = try connection.statement("SELECT name FROM sessions WHERE id = ?1")
    try statement.bind(key, at: 1)
    guard let name = try statement.firstRow({ $0.string(at: 0) }) else {
      throw StoreError(
        .corrupt,
        "an event names session \(key), which is not in the store; run digest-ctl doctor"
      )
    }
    // Sessions are never renamed, so an entry stays right; only their number has to be bounded.
    if names.count >= 4096 { names.removeAll(keepingCapacity: true) }
    names[key] = name
    return name
  }
}
