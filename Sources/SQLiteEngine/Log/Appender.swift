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
      if call.hasIDs, let run { known = try seqsOfDuplicates(call, in: run, connection) }
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
    return try insert(call, run, known: known, into: connection)
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
    known: [Int64?],
    into connection: Connection
  ) throws -> AppendReceipt {
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
      let insert = try insertion(hasID: event.id != nil, connection)
      try event.payload.bytes.withUnsafeBytes { payload in
        try insert.run(
          run.id,
          seq,
          session?.id,
          session.map { $0.head + 1 },
          (event.ts ?? call.now).microseconds,
          KindColumn(event.kind, known: kind),
          event.producer.code,
          event.id,
          event.traceparent,
          SQLText(payload)
        )
      }
      if let id = event.id, connection.changes == 0,
        let seq = try seqOfDuplicate(event, id: id, in: run, of: call.run, connection)
      {
        outcomes.append(.duplicate(seq))
        continue
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

  /// The statement that inserts an event.
  ///
  /// The index that forbids a second row of an id is what finds the
  /// first: no look-up of its own.
  private func insertion(hasID: Bool, _ connection: Connection) throws -> Statement {
    if hasID {
      try connection.statement(
        """
        INSERT INTO events(run, seq, session, ordinal, ts, kind, producer, event_id, traceparent,
          payload)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT(run, event_id) WHERE event_id IS NOT NULL DO NOTHING
        """
      )
    } else {
      try connection.statement(
        """
        INSERT INTO events(run, seq, session, ordinal, ts, kind, producer, event_id, traceparent,
          payload)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
      )
    }
  }

  // MARK: Duplicates

  private func seqsOfDuplicates(
    _ call: AppendCall,
    in run: HeadCache.Run,
    _ connection: Connection
  ) throws -> [Int64?] {
    try call.events.map { event in
      try event.id.flatMap { id in
        try seqOfDuplicate(event, id: id, in: run, of: call.run, connection)
      }
    }
  }

  /// The seq of the event that has the same id, if there is one.
  private func seqOfDuplicate(
    _ event: Event,
    id: String,
    in run: HeadCache.Run,
    of name: RunID,
    _ connection: Connection
  ) throws -> Int64? {
    let tables = SQLiteSnapshot(connection: connection)
    guard let stored = try tables.event(id: id, of: run.rowID) else { return nil }
    guard stored.isSame(as: event) else {
      throw StoreError(
        .conflict,
        "run \(name) has another event under the id \(id) (seq \(stored.seq)); give this one an "
          + "id of its own"
      )
    }
    return stored.seq
  }
}
