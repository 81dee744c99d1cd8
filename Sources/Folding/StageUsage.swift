/// One stage of work that spans measured.
public struct StageUsage: Sendable, Hashable {
  /// Spans.
  public var count: Int64 = 0
  /// Time in a queue in milliseconds.
  package var queueMs: Int64 = 0
  /// Time at work.
  public var latency = Sketch()

  /// Time in a queue.
  public var queueTime: Duration { .milliseconds(queueMs) }
}
