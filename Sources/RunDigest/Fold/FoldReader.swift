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

  /// Folds the tail of a run up to a limit of events and bytes: first what is at hand of it, then what
  /// the log has beyond.
  ///
  /// - Throws: What the first event failed with; a later one only ends the batch before it.
  func step(
    _ box: FoldBox,
    run: Int64,
    held: HeldTail = HeldTail(),
    limit: FoldLimit,
    sessions: SessionNames
  ) throws -> (events: Int, isCut: Bool) {
    var batch = Batch(limit: limit, rows: FoldedRows(reader: self, run: run))
    for call in held.calls { try batch.fold(call, of: run, into: &box.fold, connection) }
    guard !batch.isEnded else { return (batch.events, true) }
    try batch.foldLog(of: run, into: &box.fold, sessions, connection)
    return (batch.events, batch.isEnded)
  }

  /// What was folded of a tail so far.
  private struct Batch {
    let limit: FoldLimit
    var rows: FoldedRows
    var events = 0
    private var bytes = 0
    private var isBroken = false

    init(limit: FoldLimit, rows: FoldedRows) {
      self.limit = limit
      self.rows = rows
    }

    /// Whether a limit is reached, or an event can't be folded.
    var isEnded: Bool { isBroken || events >= limit.events || bytes >= limit.bytes }

    private mutating func step(_ fold: inout RunFold, _ event: FoldEvent) throws {
      do {
        try rows.step(&fold, event)
      } catch is FoldError where events > 0 {
        isBroken = true
        return
      }
      events += 1
      bytes += event.payload.count
    }

    mutating func fold(
      _ held: AppendedEvents,
      of run: Int64,
      into fold: inout RunFold,
      _ connection: Connection
    ) throws {
      guard held.firstSeq <= fold.watermark + 1 else { return }
      while fold.watermark < held.lastSeq, !isEnded {
        try held.withEvent(at: fold.watermark + 1) { event in
          Invariant.oneSnapshot.assert(
            try FoldReader.has(event, in: run, connection),
            "what is held of event \(event.seq) of run #\(run) is not in the log"
          )
          try step(&fold, event)
        }
      }
    }

    mutating func foldLog(
      of run: Int64,
      into fold: inout RunFold,
      _ sessions: SessionNames,
      _ connection: Connection
    ) throws {
      let limit = limit.events - events
      var tail = FoldReader.tail(of: run, after: fold.watermark, limit: limit, connection)
      defer { tail.end() }
      while bytes < self.limit.bytes, !isBroken, let row = try tail.next() {
        try step(&fold, FoldEvent(row: row, sessions, connection))
      }
      guard bytes < self.limit.bytes, tail.through != fold.watermark else { return }
      // The index promised more: of no event in particular, for all that there were went in.
      isBroken = true
      if events == 0 { throw FoldError.gap(expected: fold.watermark + 1, found: tail.through) }
    }
  }

  /// The rows of a run's events after a seq, at most `limit`, each for ``FoldEvent/init(row:_:_:)``.
  static func tail(
    of run: Int64,
    after seq: Int64,
    limit: Int,
    _ connection: Connection
  ) -> RunCursor {
    RunCursor(
      of: run,
      after: seq,
      limit: limit,
      """
      SELECT seq, ordinal, ts, session, kind, traceparent, payload FROM events
      WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos
      """,
      connection
    )
  }
}

extension FoldEvent {
  /// An event of which the row lends the text, until it is stepped on.
  init(row: Statement, _ sessions: SessionNames, _ connection: Connection) throws {
    let traceparent = row.bytes(at: 5)
    let known = try row.knownKind(at: 4)
    let kind = known?.nameBytes ?? row.bytes(at: 4)
    self.init(
      seq: row.int64(at: 0),
      ordinal: row.optionalInt64(at: 1),
      ts: Timestamp(microseconds: row.int64(at: 2)),
      session: try row.optionalInt64(at: 3).map { try sessions.name(of: $0, connection) },
      kind: kind,
      known: known ?? KnownKind(utf8: kind),
      traceparent: traceparent.isEmpty ? nil : traceparent,
      payload: row.bytes(at: 6)
    )
  }
}

/// A fold in memory, and the revision of the row that it was read from or last written to.
final class FoldBox {
  var fold: RunFold
  /// The revision that the row must still have when this fold is written; `nil` if there was no
  /// row.
  var revision: Int64?
  /// Where the row is, and where it will be after each of the batches that are not written yet.
  var way: [(watermark: Int64, revision: Int64)] = []
  /// Whether a batch is not written yet.
  var isAhead: Bool { way.count > 1 }
  /// The rows that it kept in memory when they were last counted.
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
