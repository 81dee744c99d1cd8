/// Says why a line of the native log format is no event.
public enum LineProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// It is not JSON.
  case notJSON(JSONError)
  /// It is JSON, but no object.
  case notAnObject
  /// It names no run.
  case noRun
  /// It names a run that there can't be.
  case unusableRun(RunID.Problem)
  /// It has no kind.
  case noKind
  /// It has an integer for `seq` that no event ever gets: the first of a run is 1.
  case impossibleSeq

  /// One sentence for people.
  public var description: String {
    switch self {
    case .notJSON(let error): error.description
    case .notAnObject: "the line is JSON, but no object"
    case .noRun: "the line names no run: \"run\" must be a string that is not empty"
    case .unusableRun(let problem): problem.description
    case .noKind: "the line has no kind: \"kind\" must be a string that is not empty"
    case .impossibleSeq: "no event has this seq: the first of a run is 1"
    }
  }
}
