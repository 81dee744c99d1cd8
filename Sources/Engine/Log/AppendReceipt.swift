/// What an append expects of its run; otherwise it fails.
public enum ExpectedHead: Sendable, Hashable {
  /// Anything goes.
  case any
  /// The run's last event has this seq; 0 for a run without events.
  case seq(Int64)
  /// The run has no events yet.
  case newRun
}

/// What is certain when an append returns.
public enum Durability: Sendable, Hashable {
  /// It survives the death of any process. The last ones may not survive a power cut.
  case committed
  /// It survives a power cut as well: it was synced.
  case durable
}

/// The result for one event of an append.
public enum AppendOutcome: Sendable, Hashable {
  /// It was appended, under this seq.
  case appended(Int64)
  /// It was there before, under this seq: the same id and the same body.
  case duplicate(Int64)

  /// The seq that the event has.
  public var seq: Int64 {
    switch self {
    case .appended(let seq), .duplicate(let seq): seq
    }
  }
}

/// The result of an append.
public struct AppendReceipt: Sendable, Hashable {
  /// One for each event.
  public let outcomes: [AppendOutcome]
  /// The run's last seq after the append.
  public let head: Int64
  /// The position in the event log of the last event that was appended, 0 if none was.
  public let pos: Int64

  /// The row of the run; `nil` for a run that is not there.
  package let run: RunRowID?

  package init(outcomes: [AppendOutcome], head: Int64, pos: Int64, run: RunRowID? = nil) {
    self.outcomes = outcomes
    self.head = head
    self.pos = pos
    self.run = run
  }
}
