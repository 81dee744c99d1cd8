public import Events

/// One turn of a run: from a prompt, or the first output, to its result.
public struct Turn: Sendable, Hashable {
  /// The number of the turn in its run, from 0.
  public var idx: Int64
  /// The id that the agent gave it.
  public var turnID: String?
  /// Whether nothing announced the turn, so that the store opened it itself.
  public var synthetic: Bool
  /// The session of its last event; while it is open, of its first.
  public var session: String?
  /// The seq of the event that opened it.
  public var startSeq: Int64
  /// The seq of the event that closed it.
  public var endSeq: Int64?
  /// The session ordinal of the event that opened it.
  public var startOrdinal: Int64?
  /// The session ordinal of the event that closed it.
  public var endOrdinal: Int64?
  /// When it was opened.
  public var startTs: Timestamp
  /// When it was closed.
  public var endTs: Timestamp?
  /// The time to its first output in microseconds.
  package var ttftMicros: Int64?
  /// How it ended, in the agent's words; `nil` while it is open.
  public var status: TurnStatus?
  /// Why the model stopped, in the agent's words.
  public var stopReason: StopReason?
  /// The agent's own tokens; those of its sub-agents are not in here.
  public var tokens = TurnTokens()
  /// What was reported to have been paid for it, sub-agents included.
  public var cost = ReportedCost()
  /// Tool calls.
  public var toolCalls: Int64 = 0
  /// Tool calls that failed.
  public var toolFailed: Int64 = 0
  /// Errors.
  public var errors: Int64 = 0
  /// Issues.
  public var issues: Int64 = 0
  /// Whether a prompt is in it.
  public var prompt: Bool = false
  /// As ``ownTime``, in milliseconds.
  package var ownMs: Int64?
  /// The agent's own tokens by model: the first eight models, and the rest under `(other)`.
  public var models = NameMap<TurnModel>()

  /// Makes a turn that was just opened.
  package init(
    idx: Int64,
    turnID: String?,
    synthetic: Bool,
    session: String?,
    startSeq: Int64,
    startOrdinal: Int64?,
    startTs: Timestamp
  ) {
    self.idx = idx
    self.turnID = turnID
    self.synthetic = synthetic
    self.session = session
    self.startSeq = startSeq
    self.startOrdinal = startOrdinal
    self.startTs = startTs
  }

  /// The time from start to end in microseconds, `nil` while the turn is open.
  package var durationMicros: Int64? { endTs.map { max(0, $0.microseconds(since: startTs)) } }

  /// The time from start to end, `nil` while the turn is open.
  public var duration: Duration? { durationMicros.map(Duration.microseconds) }

  /// The time to its first output, `nil` until it comes.
  public var ttft: Duration? { ttftMicros.map(Duration.microseconds) }

  /// How long the agent worked by its own measure; `nil` if its result does not say so.
  public var ownTime: Duration? { ownMs.map(Duration.milliseconds) }
}

/// The token classes of a turn.
public struct TurnTokens: Sendable, Hashable {
  /// Input tokens that no cache served.
  public var input: Int64 = 0
  /// Output tokens.
  public var output: Int64 = 0
  /// Input tokens read from a cache.
  public var cacheRead: Int64 = 0
  /// Input tokens written to a cache.
  public var cacheWrite: Int64 = 0

  /// Makes counts of zero.
  public init() {}
}

/// What a turn used of one model, sub-agents not included.
public struct TurnModel: Sendable, Hashable {
  /// Model requests.
  public var requests: Int64 = 0
  /// Input tokens that no cache served.
  public var input: Int64 = 0
  /// Output tokens.
  public var output: Int64 = 0
  /// Input tokens read from a cache.
  public var cacheRead: Int64 = 0
  /// Input tokens written to a cache.
  public var cacheWrite: Int64 = 0
  /// The part of `cacheWrite` that was written for one hour.
  public var cacheWrite1h: Int64 = 0
  /// What was reported to have been paid for it, in nano-dollars; `nil` where nothing reported one.
  public var nanoUSD: Int64?

  /// Makes usage of zero.
  public init() {}

  static let namesMax = 8

  mutating func add(_ counts: TokenUsage, costing nanoUSD: Int64?) {
    requests &+= counts.requests
    input &+= counts.input
    output &+= counts.output
    cacheRead &+= counts.cacheRead
    cacheWrite &+= counts.cacheWrite
    cacheWrite1h &+= counts.cacheWrite1h
    if let nanoUSD { self.nanoUSD = (self.nanoUSD ?? 0) &+ nanoUSD }
  }
}
