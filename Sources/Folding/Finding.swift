/// A failure of a run: one that something reported, or one that only shows in the shape of the log.
public struct Finding: Sendable, Hashable {
  /// The number of the finding in its run, from 0.
  public var n: Int64
  /// Whether it was reported or only shows.
  public var type: FindingType
  /// What it is, for example `tool_error` or `error:timeout`.
  public var errorClass: String
  /// How bad it is.
  public var severity: Severity
  /// The event that caused it, which is not always the one that showed it.
  public var anchor: Anchor
  /// The turn of the anchor.
  public var turn: Int64?

  package init(
    n: Int64,
    type: FindingType,
    errorClass: String,
    severity: Severity,
    anchor: Anchor,
    turn: Int64?
  ) {
    self.n = n
    self.type = type
    self.errorClass = errorClass
    self.severity = severity
    self.anchor = anchor
    self.turn = turn
  }
}

/// The event that a finding points to.
public struct Anchor: Sendable, Hashable {
  /// Its seq in the run.
  public var seq: Int64
  /// Its ordinal in the session.
  public var ordinal: Int64?
  /// Its time in microseconds.
  public var ts: Int64
  /// What to call it: a tool, an error type, a reason.
  public var label: String?

  package init(seq: Int64, ordinal: Int64?, ts: Int64, label: String?) {
    self.seq = seq
    self.ordinal = ordinal
    self.ts = ts
    self.label = label
  }
}

/// Whether a failure was reported.
public enum FindingType: UInt8, Sendable, Hashable {
  /// Something reported it.
  case error
  /// Nothing did; it shows only in the shape of the log.
  case issue

  /// The word that JSON prints.
  public var word: String { self == .error ? "error" : "issue" }
}

/// How bad a finding is.
public enum Severity: UInt8, Sendable, Hashable, Comparable {
  /// Worth knowing.
  case info
  /// Worth looking at.
  case warning
  /// Something went wrong.
  case error

  /// The word that JSON prints.
  public var word: String {
    switch self {
    case .info: "info"
    case .warning: "warning"
    case .error: "error"
    }
  }

  /// Whether `lhs` is less bad than `rhs`.
  public static func < (lhs: Severity, rhs: Severity) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// The failures that only show in the shape of a log.
package enum IssueClass: String, CaseIterable {
  case missingToolResult = "missing_tool_result"
  case unansweredPermission = "unanswered_permission"
  case orphanToolResult = "orphan_tool_result"
  case incompleteTurn = "incomplete_turn"
  case abnormalStop = "abnormal_stop"
  case lateEvent = "late_event"
  case mixedIDShape = "mixed_id_shape"
  case duplicateToolCall = "duplicate_tool_call"
  case repeatedCall = "repeated_call"

  package var severity: Severity {
    switch self {
    case .missingToolResult: .error
    case .unansweredPermission, .orphanToolResult, .incompleteTurn, .abnormalStop, .repeatedCall:
      .warning
    case .lateEvent, .mixedIDShape, .duplicateToolCall: .info
    }
  }
}
