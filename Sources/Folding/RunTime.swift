/// Where the time of a run went; the four states add up to its span exactly.
///
/// When a turn closes, time that was charged to it may be moved to another state. The move belongs to
/// the session and the bucket of the event that closed it, so a part of theirs may be negative; one of
/// a run never is.
public struct RunTime: Sendable, Hashable, CounterFields {
  /// A turn was open, and nothing below applied.
  package var modelMicros: Int64 = 0
  /// A turn and at least one tool call were open.
  package var toolMicros: Int64 = 0
  /// A turn and a permission request were open: the agent was waiting for a person.
  package var waitingMicros: Int64 = 0
  /// None of the above.
  package var idleMicros: Int64 = 0

  /// Makes times of zero.
  public init() {}

  /// Time with a turn open and none of the next two.
  public var model: Duration { .microseconds(modelMicros) }
  /// Time with a turn and at least one tool call open.
  public var tool: Duration { .microseconds(toolMicros) }
  /// Time with a turn and a permission request open.
  public var waiting: Duration { .microseconds(waitingMicros) }
  /// All other time.
  public var idle: Duration { .microseconds(idleMicros) }
  /// The sum of all states.
  public var span: Duration { .microseconds(spanMicros) }

  /// The sum of all states in microseconds.
  package var spanMicros: Int64 { modelMicros &+ toolMicros &+ waitingMicros &+ idleMicros }

  /// The states in whole milliseconds, which add up to the span in whole milliseconds.
  ///
  /// Each is cut towards zero. What that loses goes to the largest state, on a tie to the first of waiting, tool, model,
  /// idle.
  package var milliseconds: (model: Int64, tool: Int64, waiting: Int64, idle: Int64) {
    let micros = [waitingMicros, toolMicros, modelMicros, idleMicros]
    var cut = micros.map { $0 / 1000 }
    var largest = 0
    for index in micros.indices where micros[index] > micros[largest] { largest = index }
    cut[largest] += spanMicros / 1000 - cut.reduce(0, +)
    return (model: cut[2], tool: cut[1], waiting: cut[0], idle: cut[3])
  }
}
