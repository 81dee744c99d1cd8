package import Engine
internal import Events
package import Storage
internal import Support

/// The last seq of each run and the last ordinal of each session, cached for the writer.
///
/// 1. An entry equals what the tables say inside the writer's open transaction.
/// 2. When another connection has written, all entries are dropped before the next use.
/// 3. Every change between `begin` and `commit` is recorded; `rollBack(to:)` undoes exactly
///    those since the savepoint, as the rollback does in the tables.
/// 4. HeadCache of sessions reach their table by `flush`, before the commit; those of runs by
///    `didAppend`, with the positions of their events, at the end of each call: what is done
///    within the transaction reads the events by them.
///
/// Keeps ``Invariant/denseLog``.
///
/// Confined to the writer.
package final class HeadCache {
  package final class Run {
    package let id: Int64
    package var head: Int64
    /// Events added in the open transaction, and whether the fold should hurry for them.
    package var added = 0
    package var isUrgent = false
    var rowID: RunRowID { RunRowID(rawValue: id) }
    /// What the hashes of its events begin with.
    let seed: EventHash
    /// The positions of its newest events.
    package fileprivate(set) var newest: PositionBlock

    package init(
      id: Int64,
      name: String = "",
      head: Int64,
      newest: PositionBlock = PositionBlock()
    ) {
      self.id = id
      seed = EventHash(ofRun: name)
      self.head = head
      self.newest = newest
    }
  }

  package final class Session {
    package let id: Int64
    package var head: Int64
    package var isChanged = false

    package init(id: Int64, head: Int64) {
      self.id = id
      self.head = head
    }
  }

  private enum Change {
    case newRun(ExactText)
    case run(
      Run,
      head: Int64,
      added: Int,
      isUrgent: Bool,
      newest: PositionBlock.Savepoint
    )
    case fullBlock(Run, PositionBlock)
    case newSession(ExactText, Session)
    case session(Session, head: Int64)
  }

  // Beyond this, all entries are dropped, about 300 bytes each. They are read again within microseconds.
  private static let entriesMax = 1 << 14

  private var runs: [ExactText: Run] = [:]
  private var sessions: [ExactText: Session] = [:]
  private var numbers: [TextTable: [ExactText: Int64]] = [:]
  private var changes: [Change] = []
  private var changedSessions: [Session] = []
  private var touchedRuns: [Run] = []
  /// Whether the entries were dropped in this transaction.
  ///
  /// Entries that were read since may show its uncommitted changes.
  private(set) var isDropped = false

  // MARK: Numbers of texts

  /// The tables of texts that rows name by a number.
  ///
  /// A text keeps its number for ever.
  enum TextTable { case labels, modelSets }

  /// The number of a text, if it is known.
  func number(of text: String, in table: TextTable) -> Int64? {
    numbers[table]?[ExactText(text)]
  }

  func note(_ number: Int64, of text: String, in table: TextTable) {
    numbers[table, default: [:]][ExactText(text)] = number
  }

  /// The row of a session; `nil` if there is none of that name.
  func sessionNumber(_ name: String, _ connection: Connection) throws -> Int64? {
    if let session = sessions[ExactText(name)] { return session.id }
    return try connection.statement("SELECT id FROM sessions WHERE name = ?").bind(name)
      .first { $0.next() }
  }

  // MARK: Transactions

  /// A point that ``rollBack(to:)`` returns to.
  package var savepoint: Int { changes.count }

  /// Starts a transaction; `isStale` when another connection has written since the last one.
  package func begin(isStale: Bool) {
    assert(changes.isEmpty, "the last transaction was neither committed nor rolled back")
    // After a rollback some still wait for a flush that never came.
    for session in changedSessions { session.isChanged = false }
    changedSessions.removeAll(keepingCapacity: true)
    touchedRuns.removeAll(keepingCapacity: true)
    isDropped = false
    if isStale || runs.count + sessions.count > Self.entriesMax { drop() }
    if numbers.values.contains(where: { $0.count > Self.entriesMax }) { numbers = [:] }
  }

  /// Forgets everything that was read from the tables.
  package func drop() {
    runs.removeAll()
    sessions.removeAll()
    isDropped = true
  }

  /// Writes the sessions' heads, as the last thing before the commit.
  package func flush(_ connection: Connection) throws {
    for run in touchedRuns where run.added > 0 {
      Invariant.denseLog.assert(try isCurrent(run, connection), "run \(run.id) left its head")
    }
    for session in changedSessions where session.isChanged {
      session.isChanged = false
      try connection.statement("UPDATE sessions SET head = ? WHERE id = ?")
        .run(session.head, session.id)
    }
  }

  /// Undoes what was changed after the savepoint.
  package func rollBack(to savepoint: Int) {
    if isDropped, savepoint == 0 { drop() }
    // Some may have been given out in what is undone.
    numbers = [:]
    while changes.count > savepoint, let change = changes.popLast() {
      switch change {
      case .newRun(let name):
        runs[name] = nil
      case .run(let run, let head, let added, let isUrgent, let newest):
        run.head = head
        run.added = added
        run.isUrgent = isUrgent
        run.newest.rollBack(to: newest)
      case .fullBlock(let run, let block):
        run.newest = block
      case .newSession(let name, let session):
        sessions[name] = nil
        // Its id may be given to another session within the same transaction.
        session.isChanged = false
      case .session(let session, let head):
        session.head = head
      }
    }
  }

  /// Ends a transaction that was committed, and returns the runs that got events in it.
  package func commit() -> [CommitNotice.Run] {
    // Else a later transaction that fails before its begin would undo this one.
    changes.removeAll(keepingCapacity: true)
    var committed: [CommitNotice.Run] = []
    for run in touchedRuns where run.added > 0 {
      committed.append(
        CommitNotice.Run(
          row: RunRowID(rawValue: run.id),
          head: run.head,
          added: run.added,
          isUrgent: run.isUrgent
        )
      )
      run.added = 0
      run.isUrgent = false
    }
    return committed
  }

  // MARK: Entries

  /// The run of a name, if there is one.
  package func run(_ name: String, _ connection: Connection) throws -> Run? {
    let key = ExactText(name)
    if let run = runs[key] { return run }
    let found = try connection.statement(
      """
      SELECT r.id, h.head, h.positions, h.hash FROM runs r LEFT JOIN run_heads h ON h.run = r.id
      WHERE r.name = ?
      """
    ).bind(name).first { row in
      Run(
        id: row.next(),
        name: name,
        head: row.next(),
        newest: try PositionBlock(bytes: row.next(), hash: row.next())
      )
    }
    runs[key] = found
    return found
  }

  /// Whether the tables say of a run what its entry says.
  package func isCurrent(_ run: Run, _ connection: Connection) throws -> Bool {
    let stored = try RunIndex(connection).newest(of: run.id)
    return stored.head == run.head && stored.block == run.newest
  }

  /// Adds a run that is not there yet.
  func addRun(_ name: String, _ connection: Connection) throws -> Run {
    try connection.statement("INSERT INTO runs(name) VALUES (?)").run(name)
    let run = Run(id: connection.lastInsertRowID, name: name, head: 0)
    changes.append(.newRun(ExactText(name)))
    runs[ExactText(name)] = run
    return run
  }

  /// The session of a name, added if it is not there yet.
  package func session(_ name: String, _ connection: Connection) throws -> Session {
    let key = ExactText(name)
    if let session = sessions[key] { return session }
    let select = try connection.statement("SELECT id, head FROM sessions WHERE name = ?")
    if let found = try select.bind(name).first({ Session(id: $0.next(), head: $0.next()) }) {
      sessions[key] = found
      return found
    }
    try connection.statement("INSERT INTO sessions(name) VALUES (?)").run(name)
    let session = Session(id: connection.lastInsertRowID, head: 0)
    changes.append(.newSession(key, session))
    sessions[key] = session
    return session
  }

  /// Records a run's state before it is changed.
  func willChange(_ run: Run) {
    changes.append(
      .run(
        run,
        head: run.head,
        added: run.added,
        isUrgent: run.isUrgent,
        newest: run.newest.savepoint
      )
    )
    if run.added == 0 { touchedRuns.append(run) }
  }

  /// Takes the next event of a run, which lies at a position and has a hash.
  package func add(
    to run: Run,
    at pos: Int64,
    hash: EventHash = .none,
    _ connection: Connection
  ) throws {
    let index = RunIndex(connection)
    let full = try index.append(pos, hash: hash, to: &run.newest, of: run.id, head: run.head)
    if let full {
      changes.append(.fullBlock(run, full))
    }
    run.head += 1
    run.added += 1
  }

  /// Writes the head of a run that had `head` events before an append.
  func didAppend(to run: Run, beyond head: Int64, _ connection: Connection) throws {
    guard run.head > head else { return }
    do {
      try RunIndex(connection).moveHead(of: run.id, from: head, to: run.head, run.newest)
    } catch let error as StorageError {
      // The entries are wrong: they are read again.
      drop()
      throw error
    }
  }

  /// Records a session's head before it is changed.
  func willChange(_ session: Session) {
    changes.append(.session(session, head: session.head))
    guard !session.isChanged else { return }
    session.isChanged = true
    changedSessions.append(session)
  }
}
