/// Where the time of a run went, in microseconds; the four states add up to its span exactly.
///
/// When a turn closes, time that was charged to it may be moved to another state. The move belongs to
/// the session and the bucket of the event that closed it, so a part of theirs may be negative; one of
/// a run never is.
public struct RunTime: Sendable, Hashable {
  /// A turn was open, and nothing below applied.
  public var modelMicros: Int64 = 0
  /// A turn and at least one tool call were open.
  public var toolMicros: Int64 = 0
  /// A turn and a permission request were open: the agent was waiting for a person.
  public var waitingMicros: Int64 = 0
  /// None of the above.
  public var idleMicros: Int64 = 0

  /// Makes times of zero.
  public init() {}

  /// The sum of all states in microseconds.
  public var spanMicros: Int64 { modelMicros &+ toolMicros &+ waitingMicros &+ idleMicros }

  static func += (lhs: inout RunTime, rhs: RunTime) {
    lhs.modelMicros &+= rhs.modelMicros
    lhs.toolMicros &+= rhs.toolMicros
    lhs.waitingMicros &+= rhs.waitingMicros
    lhs.idleMicros &+= rhs.idleMicros
  }

  static func -= (lhs: inout RunTime, rhs: RunTime) {
    lhs.modelMicros &-= rhs.modelMicros
    lhs.toolMicros &-= rhs.toolMicros
    lhs.waitingMicros &-= rhs.waitingMicros
    lhs.idleMicros &-= rhs.idleMicros
  }

  /// The states in whole milliseconds, which add up to the span in whole milliseconds.
  ///
  /// Each is cut towards zero. What that loses goes to the largest state, on a tie to the first of waiting, tool, model,
  /// idle.
  public var milliseconds: (model: Int64, tool: Int64, waiting: Int64, idle: Int64) {
    let micros = [waitingMicros, toolMicros, modelMicros, idleMicros]
    var cut = micros.map { $0 / 1000 }
    var largest = 0
    for index in micros.indices where micros[index] > micros[largest] { largest = index }
    cut[largest] += spanMicros / 1000 - cut.reduce(0, +)
    return (model: cut[2], tool: cut[1], waiting: cut[0], idle: cut[3])
  }
}
