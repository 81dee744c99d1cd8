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
