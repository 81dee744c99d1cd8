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
  /// When it was announced, in microseconds.
  public var startTs: Int64
  /// When it was resolved, in microseconds; `nil` while it is open, and when no result ever came.
  public var endTs: Int64?
  /// How it ended.
  public var status: Status
  /// How long it took by the agent's own measure, in milliseconds; `nil` where its result does not
  /// say so.
  public var ownMs: Int64?
  /// Whether a person refused it, which its result or the end of its turn will make a denial.
  package var deniedMark: Bool
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

    /// The word that JSON prints.
    public var word: String {
      switch self {
      case .open: "open"
      case .ok: "ok"
      case .failed: "failed"
      case .denied: "denied"
      case .cancelled: "cancelled"
      case .missing: "missing"
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
    startTs: Int64,
    endTs: Int64? = nil,
    status: Status = .open,
    ownMs: Int64? = nil,
    deniedMark: Bool = false,
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
    self.deniedMark = deniedMark
    self.isRunning = isRunning
  }

  /// The time from the call to its resolution in microseconds.
  public var durationMicros: Int64? { endTs.map { max(0, $0 - startTs) } }
}

/// What is known of a permission id: a request that waits for a person, or a refusal that came
/// before its call.
package struct Permission: Sendable, Hashable {
  package var id: String
  package var seq: Int64
  package var ordinal: Int64?
  package var ts: Int64
  package var name: String?
  package var turn: Int64?
  package var isOpen: Bool
  package var deniedMark: Bool

  package init(
    id: String,
    seq: Int64,
    ordinal: Int64?,
    ts: Int64,
    name: String?,
    turn: Int64?,
    isOpen: Bool,
    deniedMark: Bool
  ) {
    self.id = id
    self.seq = seq
    self.ordinal = ordinal
    self.ts = ts
    self.name = name
    self.turn = turn
    self.isOpen = isOpen
    self.deniedMark = deniedMark
  }

  /// An id that nobody is asked about, with what was last decided of it.
  ///
  /// It keeps nothing of its request, so that it is the same whether it was read back from its row
  /// or not.
  static func decided(_ id: String, denied: Bool) -> Permission {
    Permission(
      id: id,
      seq: 0,
      ordinal: nil,
      ts: 0,
      name: nil,
      turn: nil,
      isOpen: false,
      deniedMark: denied
    )
  }
}
