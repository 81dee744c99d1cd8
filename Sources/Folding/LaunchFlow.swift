/// The checkpoints of one flow, such as the launch of an agent.
public struct LaunchFlow: Sendable, Hashable {
  /// Phases by name, in the order in which they first came.
  public var phases = NameMap<LaunchPhase>()

  /// The sum of all steps.
  public var total: Duration { .milliseconds(totalMs) }

  package var totalMs: Int64 { phases.values.reduce(0) { $0 &+ $1.totalMs } }
}

/// One phase of a flow.
public struct LaunchPhase: Sendable, Hashable, CounterFields {
  /// How often it was passed.
  public var steps: Int64 = 0
  /// All its steps in milliseconds.
  package var totalMs: Int64 = 0
  /// Its last step in milliseconds.
  package var lastMs: Int64 = 0
  /// Its longest step in milliseconds.
  package var maxMs: Int64 = 0

  init() {}

  /// All its steps.
  public var total: Duration { .milliseconds(totalMs) }
  /// Its last step.
  public var last: Duration { .milliseconds(lastMs) }
  /// Its longest step.
  public var max: Duration { .milliseconds(maxMs) }
}
