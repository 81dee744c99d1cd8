/// What one model was used for: by the agent itself, and apart from it by its sub-agents.
public struct ModelUsage: Sendable, Hashable, CounterFields {
  /// The agent's own requests.
  public var own = TokenUsage()
  /// The parts of `own` that came in long requests.
  public var longContext = LongContext()
  /// The requests of sub-agents, which no turn total ever replaces.
  public var subagent = TokenUsage()
  /// The parts of `subagent` that came in long requests.
  public var subagentLongContext = LongContext()

  /// The part of `own` that had to be served in the United States.
  public var unitedStates = TokenUsage()
  /// The part of `subagent` that had to be served in the United States.
  public var subagentUnitedStates = TokenUsage()

  /// Makes usage of zero.
  public init() {}

  /// Requests whose counts are not the whole truth: a placeholder for the output, or counts that the
  /// source does not tell.
  package var inexactRequests: Int64 {
    own.partialRequests &+ own.unknownRequests &+ subagent.partialRequests
      &+ subagent.unknownRequests
  }

  /// Counts a request.
  mutating func add(_ request: BilledRequest) {
    if request.isSubagent {
      subagent += request.counts
      subagentLongContext.add(request.counts)
      if request.isUnitedStates { subagentUnitedStates += request.counts }
    } else {
      own += request.counts
      longContext.add(request.counts)
      if request.isUnitedStates { unitedStates += request.counts }
    }
  }

  /// Takes a request out again.
  mutating func subtract(_ request: BilledRequest) {
    if request.isSubagent {
      subagent -= request.counts
      subagentLongContext.subtract(request.counts)
      if request.isUnitedStates { subagentUnitedStates -= request.counts }
    } else {
      own -= request.counts
      longContext.subtract(request.counts)
      if request.isUnitedStates { unitedStates -= request.counts }
    }
  }
}
