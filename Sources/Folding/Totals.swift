/// The additive part of a digest: what can be summed over runs, sessions and windows of time.
///
/// `step` writes only to a ``Totals`` of the events that it folds; a digest, a session, a family and a
/// rollup are each the sum of those, so they agree by construction.
public struct Totals: Sendable, Hashable {
  /// Events.
  public var eventCount: Int64 = 0
  /// Runs whose first event is in here.
  public var runs: Int64 = 0
  /// Events by kind.
  public var kinds = NameMap<Int64>()
  /// Where the time went.
  public var time = RunTime()
  /// The durations of closed turns in microseconds.
  public var activeMicros: Int64 = 0
  /// Closed turns by class.
  public var turns = TurnCounts()
  /// Durations of the turns that a result closed.
  public var turnLatency = Sketch()
  /// Times from the start of a turn to its first output.
  public var ttft = Sketch()
  /// Tokens by model.
  public var models = NameMap<ModelUsage>()
  /// What was reported to have been paid.
  public var cost = ReportedCost()
  /// Calls and their ends by tool.
  public var tools = NameMap<ToolUsage>()
  /// Tool calls, repeated announcements not counted.
  public var toolCalls: Int64 = 0
  /// Tool calls that failed.
  public var toolFailed: Int64 = 0
  /// Errors by class.
  public var errors = NameMap<Int64>()
  /// Issues by class.
  public var issues = NameMap<Int64>()
  /// Model requests that failed and were tried again.
  public var retries: Int64 = 0
  /// Limits that were reached.
  public var rateLimits: Int64 = 0
  /// What persons were asked, and what they answered.
  public var permissions = PermissionCounts()
  /// Compactions of the context window.
  public var compactions: Int64 = 0
  /// Events after a seal.
  public var lateEvents: Int64 = 0
  /// Events whose payload could not be read.
  public var quarantined: Int64 = 0

  /// Makes totals of zero.
  public init() {}

  /// How many names each map of a digest keeps before the rest falls under `(other)`.
  struct Bounds {
    var kinds = Int.max
    var models = Int.max
    var tools = Int.max
    var errors = Int.max

    static let none = Bounds()
    static let digest = Bounds(kinds: 64, models: 64, tools: 256, errors: 128)
  }

  /// Adds other totals, keeping maps within bounds.
  ///
  /// Sums over runs have none.
  mutating func add(_ other: Totals, within bounds: Bounds = .none) {
    eventCount &+= other.eventCount
    runs &+= other.runs
    time += other.time
    activeMicros &+= other.activeMicros
    turns += other.turns
    turnLatency.merge(other.turnLatency)
    ttft.merge(other.ttft)
    cost += other.cost
    toolCalls &+= other.toolCalls
    toolFailed &+= other.toolFailed
    retries &+= other.retries
    rateLimits &+= other.rateLimits
    permissions += other.permissions
    compactions &+= other.compactions
    lateEvents &+= other.lateEvents
    quarantined &+= other.quarantined
    kinds.add(other.kinds, bound: bounds.kinds, &+=)
    models.add(other.models, bound: bounds.models, initial: ModelUsage(), +=)
    tools.add(other.tools, bound: bounds.tools, initial: ToolUsage(), +=)
    errors.add(other.errors, bound: bounds.errors, &+=)
    issues.add(other.issues, bound: bounds.errors, &+=)
  }
}

/// Closed turns by class.
public struct TurnCounts: Sendable, Hashable {
  /// Turns that ended well.
  public var completed: Int64 = 0
  /// Turns that somebody interrupted.
  public var cancelled: Int64 = 0
  /// Turns that ended in any other way.
  public var failed: Int64 = 0
  /// Turns that nothing ended.
  public var abandoned: Int64 = 0

  /// Makes counts of zero.
  public init() {}

  /// All closed turns.
  public var count: Int64 { completed &+ cancelled &+ failed &+ abandoned }

  static func += (lhs: inout TurnCounts, rhs: TurnCounts) {
    lhs.completed &+= rhs.completed
    lhs.cancelled &+= rhs.cancelled
    lhs.failed &+= rhs.failed
    lhs.abandoned &+= rhs.abandoned
  }

  subscript(turnClass: TurnClass) -> Int64 {
    get {
      switch turnClass {
      case .completed: completed
      case .cancelled: cancelled
      case .failed: failed
      case .abandoned: abandoned
      }
    }
    set {
      switch turnClass {
      case .completed: completed = newValue
      case .cancelled: cancelled = newValue
      case .failed: failed = newValue
      case .abandoned: abandoned = newValue
      }
    }
  }
}

extension NameMap {
  /// Adds the values of another map name by name, in its order.
  mutating func add(
    _ other: NameMap,
    bound: Int,
    initial: @autoclosure () -> Value,
    _ add: (inout Value, Value) -> Void
  ) {
    // Most often there is nothing to add, or nothing to add it to.
    if other.isEmpty { return }
    if isEmpty, other.count <= bound {
      self = other
      return
    }
    for index in 0..<other.count {
      let position = position(of: other.names[index], bound: bound, initial: initial())
      add(&self[at: position], other.values[index])
    }
  }

  mutating func add(_ other: NameMap, bound: Int, _ add: (inout Int64, Int64) -> Void)
  where Value == Int64 {
    self.add(other, bound: bound, initial: 0, add)
  }
}
