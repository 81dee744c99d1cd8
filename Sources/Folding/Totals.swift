/// The additive part of a digest: what can be summed over runs, sessions and windows of time.
///
/// `step` writes only to a ``Totals`` of the events that it folds; a digest, a session, a family and a
/// rollup are each the sum of those, so they agree by construction.
@dynamicMemberLookup
public struct Totals: Sendable, Hashable {
  /// All that is a plain number.
  public var counters = Counters()
  /// Events by kind.
  public var kinds = NameMap<Int64>()
  /// Durations of the turns that a result closed.
  public var turnLatency = Sketch()
  /// Times from the start of a turn to its first output.
  public var ttft = Sketch()
  /// Tokens by model.
  public var models = NameMap<ModelUsage>()
  /// Calls and their ends by tool.
  public var tools = NameMap<ToolUsage>()
  /// Errors by class.
  public var errors = NameMap<Int64>()
  /// Issues by class.
  public var issues = NameMap<Int64>()

  /// Makes totals of zero.
  public init() {}

  /// One of the counters.
  public subscript(counter: DigestCounter) -> Int64 {
    get { counters[counter] }
    set { counters[counter] = newValue }
  }

  /// Counters that are read together, for example `totals.cost`.
  public subscript<Value>(dynamicMember group: KeyPath<Counters, Value>) -> Value {
    counters[keyPath: group]
  }

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
  mutating func add(_ other: Totals, within bounds: Bounds = .none) {
    counters += other.counters
    turnLatency.merge(other.turnLatency)
    ttft.merge(other.ttft)
    kinds.add(other.kinds, bound: bounds.kinds, &+=)
    models.add(other.models, bound: bounds.models, initial: ModelUsage(), +=)
    tools.add(other.tools, bound: bounds.tools, initial: ToolUsage(), +=)
    errors.add(other.errors, bound: bounds.errors, &+=)
    issues.add(other.issues, bound: bounds.errors, &+=)
  }
}

extension Totals {
  mutating func add(_ time: RunTime) {
    self[.modelMicros] &+= time.modelMicros
    self[.toolMicros] &+= time.toolMicros
    self[.waitingMicros] &+= time.waitingMicros
    self[.idleMicros] &+= time.idleMicros
  }

  mutating func add(_ cost: ReportedCost) {
    self[.costReports] &+= cost.reports
    self[.costNanoUSD] &+= cost.nanoUSD
  }
}

extension TurnClass {
  /// What counts the closed turns of the class.
  var counter: DigestCounter {
    switch self {
    case .completed: .completedTurns
    case .cancelled: .cancelledTurns
    case .failed: .failedTurns
    case .abandoned: .abandonedTurns
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
