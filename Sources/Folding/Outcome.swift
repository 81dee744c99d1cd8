public import Events

/// How a run ended.
public struct Outcome: Sendable, Hashable {
  /// What the run is doing, or how it ended.
  public var status: Status = .running
  /// What ended it; `nil` while it runs, and where the log gave no cause that is known.
  public var cause: EndCause?
  /// Who ended it.
  public var by: String?
  /// Why.
  public var reason: String?
  /// The exit code of the process.
  public var exitCode: Int64?
  /// What became of the task: the last judgement of it.
  public var verdict: Verdict?
  /// The status of the last closed turn.
  public var lastTurnStatus: TurnStatus?
  /// Whether a turn was open at the end; `nil` while the run runs.
  public var interrupted: Bool?
  /// When it ended.
  public var endedAt: Timestamp?

  /// Makes the outcome of a run that runs.
  public init() {}

  /// The status of a run that ended; the one table that decides it.
  static func status(
    cause: EndCause?,
    verdict: Verdict?,
    interrupted: Bool,
    lastTurn: TurnClass?
  ) -> Status {
    switch cause {
    case .crash: return .crashed
    case .fail: return .failed
    case .stop, .terminate, nil: break
    }
    if let verdict { return Status(verdict) }
    let cutShort: Status = cause == .terminate ? .terminated : .stopped
    if interrupted { return cutShort }
    switch lastTurn {
    case .completed: return .completed
    case .cancelled: return .cancelled
    case .failed: return .failed
    case .abandoned, nil: return cutShort
    }
  }

  /// Forgets the end, as a resumed run does; the verdict and the last turn's status stay.
  mutating func reopen() {
    var open = Outcome()
    open.verdict = verdict
    open.lastTurnStatus = lastTurnStatus
    self = open
  }
}
