package import Events
package import Folding

/// What a snapshot tells of the event log.
///
/// Seqs, ordinals and positions begin with 1; 0 is before the first.
package protocol LogSnapshot {
  // MARK: Names

  /// The run of a name; `nil` if no event and no child has named it.
  func run(named name: String) throws -> RunReference?

  /// The name of a run.
  func runName(_ run: RunRowID) throws -> String?

  /// The first runs after a row, also those that are known only as a parent, at most `limit`, in the order of their rows.
  func runs(afterRow row: RunRowID, limit: Int) throws -> [RunReference]

  /// The last row of a run; `nil` if there are none.
  func lastRun() throws -> RunRowID?

  /// The row of a session.
  func sessionID(named name: String) throws -> SessionRowID?

  /// The name of a session.
  func sessionName(_ session: SessionRowID) throws -> String?

  // MARK: Places

  /// The last seq of a run, 0 if it has no events.
  func head(of run: RunRowID) throws -> Int64

  /// The last position of the store; ``LogPosition/start`` if it has no events.
  func lastPosition() throws -> LogPosition

  /// The position of an event; `nil` if the run has none of that seq.
  func position(of run: RunRowID, seq: Int64) throws -> LogPosition?

  /// The last seq of a run that is greater than `seq` and lies at or before a position.
  func lastSeq(of run: RunRowID, after seq: Int64, through position: LogPosition) throws -> Int64?

  /// The runs that have events after a position; costs those events.
  func runs(after position: LogPosition) throws -> Set<RunRowID>

  // MARK: Events

  /// The time of an event, in microseconds since 1970; `nil` if the run has none of that seq.
  func timestamp(of run: RunRowID, seq: Int64) throws -> Int64?

  /// The event of a run with an id.
  func event(id: String, of run: RunRowID) throws -> LoggedEvent?

  /// The event of a run with a seq.
  func event(seq: Int64, of run: RunRowID) throws -> LoggedEvent?

  /// Whether a run has an event of an imported line: one whose id is the line's, or begins with it and a
  /// slash.
  func hasEvent(ofLine line: String, of run: RunRowID) throws -> Bool

  /// Whether a run has an event of a kind after a seq; costs the events after it.
  func hasEvent(of kind: KnownKind, in run: RunRowID, after seq: Int64) throws -> Bool

  /// Gives the events of a run after a seq to `body`, at most `limit`, in the order of their seqs, without
  /// a copy, until it returns `false`.
  func forEachEvent(
    of run: RunRowID,
    after seq: Int64,
    limit: Int,
    _ body: (EventRow) throws -> Bool
  ) throws

  /// Gives the events of all runs after a position to `body`, at most `limit`, in the order of their
  /// positions, without a copy, until it returns `false`.
  func forEachEvent(
    after position: LogPosition,
    limit: Int,
    _ body: (EventRow) throws -> Bool
  ) throws

  /// Gives the events of a run after a seq to `body`, at most `limit`, as the fold takes them, until it
  /// returns `false`; returns the last seq that the log says is there, as far as it looked.
  func forEachFoldEvent(
    of run: RunRowID,
    after seq: Int64,
    limit: Int,
    sessions: SessionNames,
    _ body: (FoldEvent) throws -> Bool
  ) throws -> Int64

  /// The `usage` event of a run with an id, lent to `body`; `nil` if the run has no such event.
  func withUsage<R>(
    id: String,
    of run: RunRowID,
    _ body: (RunFold.RecordedUsage?) throws -> R
  ) throws -> R

  /// Walks through the event log, or one run's part of it, by what leads from runs to events.
  ///
  /// Costs a look at each event, with ``LogCheckDepth/checksums`` a read of each payload.
  func checkLog(of run: RunReference?, _ depth: LogCheckDepth) throws -> LogCheck
}

extension LogSnapshot {
  /// Finds a run by its name.
  ///
  /// - Throws: ``StoreError`` `notFound` for a name that no run has.
  package func require(_ name: String) throws -> RunReference {
    guard let run = try run(named: name) else { throw StoreError.noRun(name) }
    return run
  }
}

extension LogSnapshot {
  /// Walks through the whole event log.
  package func checkLog(_ depth: LogCheckDepth = .index) throws -> LogCheck {
    try checkLog(of: nil, depth)
  }

  /// A page of a run's events.
  package func events(of run: RunRowID, after seq: Int64, limit: Int) throws -> [LoggedEvent] {
    var events: [LoggedEvent] = []
    try forEachEvent(of: run, after: seq, limit: limit) {
      events.append($0.copy())
      return true
    }
    return events
  }
}
