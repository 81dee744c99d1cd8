/// Why a run ended: the words that `run.ended` has.
///
/// The list is closed, since the rules depend on it: a `run.ended` with any other word reads as one without a cause.
public enum EndCause: String, Sendable, Hashable, CaseIterable {
  /// It was done, or was asked to stop.
  case stop
  /// Its process died.
  case crash
  /// It could not do its task.
  case fail
  /// It was ended from outside.
  case terminate
}
