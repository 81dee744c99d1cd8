public import Events

/// One tool call of a run.
public struct Call: Sendable, Hashable {
  /// The id that pairs the call with its result.
  public var callID: String
  /// The seq of the event that announced it.
  public var seq: Int64
  /// The session ordinal of that event.
  public var ordinal: Int64?
  /// The tool.
  public var name: String
  /// The turn that it was made in.
  public var turn: Int64?
  /// When it was announced.
  public var startTs: Timestamp
  /// When it was resolved; `nil` while it is open, and when no result ever came.
  public var endTs: Timestamp?
  /// How it ended.
  public var status: Status
  /// As ``ownTime``, in milliseconds.
  package var ownMs: Int64?
  /// Whether a person refused it, which its result or the end of its turn will make a denial.
  package var isRefused: Bool
  /// Whether it returned with its work going on, so that a later result decides how it ended.
  package var isRunning: Bool

  /// How a call ended.
  public enum Status: UInt8, Sendable, Hashable, CaseIterable {
    /// It has not ended.
    case open
    /// It ended well.
    case ok
    /// It failed.
    case failed
    /// A person refused it.
    case denied
    /// It was cancelled.
    case cancelled
    /// Its result never came.
    case missing
    /// A word of a later version.
    case other

    /// The word that JSON prints.
    public var word: String {
      switch self {
      case .open: "open"
      case .ok: "ok"
      case .failed: "failed"
      case .denied: "denied"
      case .cancelled: "cancelled"
      case .missing: "missing"
      case .other: "other"
      }
    }
  }

  /// Makes a call; the store does so when it reads its rows back.
  package init(
    callID: String,
    seq: Int64,
    ordinal: Int64?,
    name: String,
    turn: Int64?,
    startTs: Timestamp,
    endTs: Timestamp? = nil,
    status: Status = .open,
    ownMs: Int64? = nil,
    isRefused: Bool = false,
    isRunning: Bool = false
  ) {
    self.callID = callID
    self.seq = seq
    self.ordinal = ordinal
    self.name = name
    self.turn = turn
    self.startTs = startTs
    self.endTs = endTs
    self.status = status
    self.ownMs = ownMs
    self.isRefused = isRefused
    self.isRunning = isRunning
  }

  /// The time from the call to its resolution in microseconds.
  package var durationMicros: Int64? { endTs.map { max(0, $0.microseconds(since: startTs)) } }

  /// The time from the call to its resolution, `nil` while it is open.
  public var duration: Duration? { durationMicros.map(Duration.microseconds) }

  /// How long it took by the agent's own measure; `nil` if its result does not say so.
  public var ownTime: Duration? { ownMs.map(Duration.milliseconds) }
}
