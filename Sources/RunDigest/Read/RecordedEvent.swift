internal import Engine
internal import EventLog
public import Events

/// An event with the places that the log gave it.
public struct RecordedEvent: Sendable, Hashable {
  /// The name of its run.
  public let run: String
  /// Its place in the run, dense from 1.
  public let seq: Int64
  /// Its place in the whole log, in the order of the commits; there may be gaps.
  public let pos: Int64
  /// Its place in its session, dense from 1; `nil` without one.
  public let ordinal: Int64?
  /// The event; its time is never `nil`.
  public let event: Event

  init(_ logged: LoggedEvent, run: String) {
    self.run = run
    seq = logged.seq
    pos = logged.position.rawValue
    ordinal = logged.ordinal
    event = logged.event
  }
}
