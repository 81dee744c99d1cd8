/// What the log must look like for an append to be made.
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
  /// It survives the death of any process. A power cut may take the last of them, never the file.
  case committed
  /// It survives a power cut as well: the disk has said so.
  case durable
}

/// What became of one event of an append.
public enum AppendOutcome: Sendable, Hashable {
  /// It is in the log, under this seq.
  case appended(Int64)
  /// It was in the log before, under this seq: the same id and the same body.
  case duplicate(Int64)

  /// The seq that the event has.
  public var seq: Int64 {
    switch self {
    case .appended(let seq), .duplicate(let seq): seq
    }
  }
}

/// What became of the events of an append, in their order.
public struct AppendReceipt: Sendable, Hashable {
  /// One for each event.
  public let outcomes: [AppendOutcome]
  /// The run's last seq after the append.
  public let head: Int64
  /// The position in the whole log of the last event that was appended, 0 if none was.
  public let pos: Int64

  /// The run's number in the tables, 0 for a run that is not there.
  package let run: Int64

  package init(outcomes: [AppendOutcome], head: Int64, pos: Int64, run: Int64 = 0) {
    self.outcomes = outcomes
    self.head = head
    self.pos = pos
    self.run = run
  }
}
