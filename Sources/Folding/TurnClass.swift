/// How a turn ended, in the store's own four words.
public enum TurnClass: UInt8, Sendable, Hashable {
  /// It ended well.
  case completed
  /// A user interrupted it.
  case cancelled
  /// It ended in any other way.
  case failed
  /// Nothing ended it.
  case abandoned

  /// The class of a status that a result gave.
  init(status: TurnStatus) {
    switch status {
    case .success, .completed: self = .completed
    case .cancelled, .interrupted: self = .cancelled
    case .abandoned: self = .abandoned
    default: self = .failed
    }
  }
}
