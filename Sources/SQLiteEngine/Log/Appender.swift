package import Engine
internal import Events
package import Storage
internal import Support
internal import Telemetry

/// Puts events into the event log, inside the writer's open transaction.
///
/// 1. seq is dense per run and ordinal per session, and both are assigned here and nowhere else.
/// 2. An event whose id the run has already is a duplicate when its body is the same, and then
///    nothing is written for it; with another body it is a conflict.
/// 3. Duplicates are looked for before the expectation is: a caller that repeats an append after
///    losing the answer gets the answer, not a conflict with itself.
/// 4. An append that throws may have written a part of its events. The caller rolls back the tables and
///    the heads together.
///
/// Keeps ``Invariant/denseLog``.
package final class Appender {
  package let heads = HeadCache()
  package private(set) var lastPos: Int64 = 0

  /// Starts a transaction's account.
  package func begin(isStale: Bool) {
    heads.begin(isStale: isStale)
    lastPos = 0
  }

  package func append(_ call: AppendCall, _ connection: Connection) throws -> AppendReceipt {
    call.stages?.begin()
    var known: [Int64?] = []
    var run = try heads.run(call.run.name, connection)
    if call.expecting != .any {
      if call.hasIDs, let run { known = try seqsOfDuplicates(call, run, connection) }
      if known.allSatisfy({ $0 != nil }), known.count == call.events.count, let run {
        let outcomes = known.compactMap { $0.map(AppendOutcome.duplicate) }
        return AppendReceipt(outcomes: outcomes, head: run.head, pos: 0, run: run.rowID)
      }
      try check(call, head: run?.head ?? 0)
    }
    if call.events.isEmpty {
      return AppendReceipt(outcomes: [], head: run?.head ?? 0, pos: 0, run: run?.rowID)
    }
    if run == nil { run = try heads.addRun(call.run.name, connection) }
    guard let run else { return AppendReceipt(outcomes: [], head: 0, pos: 0) }
    return try insert(call, run, known, connection)
  }

  private func check(_ call: AppendCall, head: Int64) throws {
    switch call.expecting {
    case .any: return
    case .seq(head): return
    case .newRun where head == 0: return
    case .seq(let seq):
      throw StoreError(
        .conflict,
        "run \(call.run) is at seq \(head), not \(seq); read the events in between and try again"
      )
    case .newRun:
      throw StoreError(
        .conflict,
        "run \(call.run) has \(head) events already; choose another name"
      )
    }
  }

  // MARK: Inserting

  private func insert(
    _ call: AppendCall,
    _ run: HeadCache.Run,
    _ known: [Int64?],
    _ connection: Connection
  ) throws -> AppendReceipt {
    let plain = try connection.statement(
      """
      INSERT INTO events(run, seq, session, ordinal, ts, kind, producer, event_id, traceparent,
        payload)
      VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)
      """
    )
    Invariant.denseLog.assert(
      try heads.isCurrent(run, connection),
      "the head of run \(call.run) is not \(run.head)"
    )
    heads.willChange(run)
    let head = run.head
    var outcomes: [AppendOutcome] = []
    outcomes.reserveCapacity(call.events.count)
    var session: HeadCache.Session?
    var sessionName: String?
    var pos: Int64 = 0
    for (index, event) in call.events.enumerated() {
      if !known.isEmpty, let seq = known[index] {
        outcomes.append(.duplicate(seq))
        continue
      }
      if !event.session.isExactly(sessionName) {
        sessionName = event.session
        session = try sessionName.map { try heads.session($0, connection) }
        if let session { heads.willChange(session) }
      }
      let seq = run.head + 1
      let kind = event.kind.known
      if let id = event.id {
        if let seq = try insert(event, id, kind, call, run, seq, session, connection) {
          outcomes.append(.duplicate(seq))
          continue
        }
      } else {
        try bind(event, kind, call, run, seq, session, to: plain)
        try plain.bind(event.traceparent, at: 8)
        try event.payload.bytes.withUnsafeBytes { bytes in
          try plain.withBorrowed(text: bytes, at: 9) { try plain.run() }
        }
      }
      pos = connection.lastInsertRowID
      try heads.add(to: run, at: pos, connection)
      session?.head += 1
      if kind == .turnResult || kind == .runEnded { run.isUrgent = true }
      outcomes.append(.appended(seq))
    }
    try heads.didAppend(to: run, beyond: head, connection)
    if pos > 0 { lastPos = pos }
    return AppendReceipt(outcomes: outcomes, head: run.head, pos: pos, run: run.rowID)
  }

  /// Inserts an event that has an id; gives back the seq of the same event if it is there already.
  private func insert(
    _ event: Event,
    _ id: String,
    _ kind: KnownKind?,
    _ call: AppendCall,
    _ run: HeadCache.Run,
    _ seq: Int64,
    _ session: HeadCache.Session?,
    _ connection: Connection
  ) throws -> Int64? {
    // The index that forbids the second row is what finds the first: no look-up of its own.
    let insert = try connection.statement(
      """
      INSERT INTO events(run, seq, session, ordinal, ts, kind, producer, traceparent, payload,
        event_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT(run, event_id) WHERE event_id IS NOT NULL DO NOTHING
      """
    )
    try bind(event, kind, call, run, seq, session, to: insert)
    try insert.bind(event.traceparent, at: 8)
    try insert.bind(id, at: 10)
    try event.payload.bytes.withUnsafeBytes { bytes in
      try insert.withBorrowed(text: bytes, at: 9) { try insert.run() }
    }
    guard connection.changes == 0 else { return nil }
    return try seqOfDuplicate(event, id, call, run, connection)
  }

  private func bind(
    _ event: Event,
    _ kind: KnownKind?,
    _ call: AppendCall,
    _ run: HeadCache.Run,
    _ seq: Int64,
    _ session: HeadCache.Session?,
    to insert: Statement
  ) throws {
    try insert.bind(run.id, at: 1)
    try insert.bind(seq, at: 2)
    if let session {
      try insert.bind(session.id, at: 3)
      try insert.bind(session.head + 1, at: 4)
    } else {
      try insert.bindNull(at: 3)
      try insert.bindNull(at: 4)
    }
    try insert.bind((event.ts ?? call.now).microseconds, at: 5)
    try insert.bind(event.kind, as: kind, at: 6)
    try insert.bind(event.producer.code, at: 7)
  }

  // MARK: Duplicates

  private func seqsOfDuplicates(
    _ call: AppendCall,
    _ run: HeadCache.Run,
    _ connection: Connection
  ) throws -> [Int64?] {
    try call.events.map { event in
      try event.id.flatMap { try seqOfDuplicate(event, $0, call, run, connection) }
    }
  }

  /// The seq of the event that has the same id, if there is one.
  private func seqOfDuplicate(
    _ event: Event,
    _ id: String,
    _ call: AppendCall,
    _ run: HeadCache.Run,
    _ connection: Connection
  ) throws -> Int64? {
    let select = try connection.statement(
      """
      SELECT e.seq, e.kind, s.name, e.ts, e.producer, e.traceparent, e.payload
      FROM events e LEFT JOIN sessions s ON s.id = e.session
      WHERE e.run = ? AND e.event_id = ?
      """
    )
    try select.bind(run.id, at: 1)
    try select.bind(id, at: 2)
    return try select.firstRow { row in
      let isSame =
        try row.kind(at: 1).rawValue.isExactly(event.kind.rawValue)
        && row.optionalString(at: 2).isExactly(event.session)
        && event.ts.map { $0.microseconds == row.int64(at: 3) } ?? true
        && row.int64(at: 4) == event.producer.code
        && row.optionalString(at: 5).isExactly(event.traceparent)
        && event.payload.bytes.elementsEqual(row.bytes(at: 6))
      guard isSame else {
        throw StoreError(
          .conflict,
          "run \(call.run) has another event under the id \(id) (seq \(row.int64(at: 0))); give "
            + "this one an id of its own"
        )
      }
      return row.int64(at: 0)
    }
  }
}
