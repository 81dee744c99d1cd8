internal import Engine
internal import EventLog
internal import Events
internal import Folding

/// A range of a run's log, by seq.
public struct EventRange: Sendable, Hashable {
  /// The first seq.
  public var first: Int64
  /// The last seq; `nil` for the end of the log.
  public var last: Int64?

  /// Makes a range; a `first` below 1 is 1.
  public init(from first: Int64 = 1, through last: Int64? = nil) {
    self.first = max(1, first)
    self.last = last
  }
}

extension RunReader {
  /// The events from some before a seq to as many after it.
  public func range(around seq: Int64, context: Int64) -> EventRange {
    let (last, isPastEnd) = max(0, seq).addingReportingOverflow(max(0, context))
    let first = max(0, seq) - min(max(0, context), max(0, seq))
    return EventRange(from: first, through: isPastEnd ? nil : last)
  }

  /// The events of a turn.
  ///
  /// - Throws: ``StoreError`` `notFound` for a turn that the run does not have.
  public func range(ofTurn idx: Int64, in run: RunID) throws -> EventRange {
    guard let turn = try turns(run, from: idx, limit: 1).first, turn.idx == idx else {
      throw StoreError(
        .notFound,
        "run \(run) has no turn \(idx); digest-ctl turns \(run) lists those there are"
      )
    }
    return EventRange(from: turn.startSeq, through: turn.endSeq)
  }

  /// The seq of the event that a finding points to.
  ///
  /// - Throws: ``StoreError`` `notFound` for a finding that the run does not have.
  public func seq(ofFinding n: Int64, in run: RunID) throws -> Int64 {
    guard let finding = try findings(run, from: n, limit: 1).first, finding.n == n else {
      throw StoreError(
        .notFound,
        "run \(run) has no finding \(n); digest-ctl findings \(run) lists those there are"
      )
    }
    return finding.anchor.seq
  }

  /// Gives the events of a range to `body`, a page of the log at a time.
  ///
  /// Each page is a snapshot of its own, so that a long read does not keep the write-ahead log from
  /// being reset. `body` answers whether to go on.
  package func forEachEvent(
    of run: RunID,
    in range: EventRange,
    _ body: (LoggedEvent) throws -> Bool
  ) throws {
    var next = range.first
    while next <= range.last ?? .max {
      let page = try read { reads -> [LoggedEvent] in
        let reference = try reads.tables.require(run.rawValue)
        let left = range.last.map { Int(clamping: $0 - next + 1) } ?? .max
        return try reads.tables.events(of: reference.row, after: next - 1, limit: min(left, 500))
      }
      for event in page {
        guard try body(event) else { return }
      }
      guard let last = page.last else { return }
      next = last.seq + 1
    }
  }

  /// Makes sure that what an export printed is what was appended: no event is missing, and each one is as
  /// its checksum says; of all runs if none is named.
  ///
  /// - Throws: ``StoreError`` `corrupt`, which says what to do with the export.
  package func checkExported(_ runs: [RunID]) throws {
    if runs.isEmpty {
      // All events are read by position, without the index: it may be damaged.
      let log = try read { try $0.tables.checkLog(.checksums) }
      guard log.isIndexGood || log.isWhole else { throw StoreError(missingEventsIn: log) }
      guard log.altered.isEmpty else { throw StoreError(alteredEventsIn: log) }
    }
    for run in runs {
      let log = try read { try $0.tables.checkLog(of: $0.tables.require(run.rawValue), .checksums) }
      guard log.torn.isEmpty else { throw StoreError(missingEventsIn: log) }
      guard log.altered.isEmpty else { throw StoreError(alteredEventsIn: log) }
    }
  }

  /// Gives all events of the store to `body`, in the order of their commits, a page at a time.
  package func forEachEvent(_ body: (_ run: String, LoggedEvent) throws -> Void) throws {
    var names: [RunRowID: String] = [:]
    var position = LogPosition.start
    while true {
      var page: [LoggedEvent] = []
      try read { reads in
        try reads.tables.forEachEvent(after: position, limit: 500) {
          page.append($0.copy())
          return true
        }
        for event in page where names[event.run] == nil {
          names[event.run] = try reads.tables.runName(event.run)
        }
      }
      for event in page {
        guard let name = names[event.run] else {
          throw StoreError(
            .corrupt,
            "event \(event.position.rawValue) is of a run that is not there; run digest-ctl doctor"
          )
        }
        try body(name, event)
      }
      guard let last = page.last else { return }
      position = last.position
    }
  }
}

extension StoreError {
  fileprivate init(missingEventsIn log: LogCheck) {
    let names = Advice.list(log.torn.map(\.run.name), of: log.tornCount)
    self.init(
      .corrupt,
      log.isWhole
        ? "the index that leads to the events of \(names) is damaged, and not all were printed; run "
          + "digest-ctl rebuild --index"
        : "events\(names.isEmpty ? "" : " of \(names)") are missing, and all others are printed; restore "
          + "a backup, or import these into a new store with --renumber"
    )
  }

  fileprivate init(alteredEventsIn log: LogCheck) {
    let blocks = Advice.list(log.altered.map(\.text), of: log.alteredCount)
    self.init(
      .corrupt,
      "events are printed that are not as they were appended, in \(blocks); restore a backup"
    )
  }
}
