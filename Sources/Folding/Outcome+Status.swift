internal import Events

extension Outcome {
  /// What a run is doing, or how it ended.
  public enum Status: Sendable, Hashable {
    /// It has not ended.
    case running
    /// Its last turn ended well.
    case completed
    /// Its last turn, or its task, was cancelled.
    case cancelled
    /// It could not do its task, or its last turn failed.
    case failed
    /// Its process died.
    case crashed
    /// It was stopped with a turn open, or before a turn ended.
    case stopped
    /// As ``stopped``, by a `terminate`.
    case terminated
    /// Its task was judged to be done.
    case done
    /// Its task is being reviewed.
    case inReview
    /// Its task cannot go on.
    case blocked
    /// A word of a later version.
    case other(String)
  }
}

extension Outcome.Status: RawRepresentable {
  private static let known: [Outcome.Status] = [
    .running, .completed, .cancelled, .failed, .crashed, .stopped, .terminated, .done, .inReview,
    .blocked,
  ]

  /// Takes any word.
  public init(rawValue: String) {
    self = Self.known.first { $0.rawValue == rawValue } ?? .other(rawValue)
  }

  /// The word that the store and JSON have.
  public var rawValue: String {
    switch self {
    case .running: "running"
    case .completed: "completed"
    case .cancelled: "cancelled"
    case .failed: "failed"
    case .crashed: "crashed"
    case .stopped: "stopped"
    case .terminated: "terminated"
    case .done: "done"
    case .inReview: "in_review"
    case .blocked: "blocked"
    case .other(let word): word
    }
  }

  init(_ verdict: Verdict) {
    switch verdict {
    case .done: self = .done
    case .inReview: self = .inReview
    case .blocked: self = .blocked
    case .cancelled: self = .cancelled
    }
  }
}
