internal import Digests
package import Events
public import Folding

/// Where the time of a run's launch and of its stages went, alone or beside another run's, phase by
/// phase.
///
/// ```swift
/// let timing = RunTiming(try store.insight("agent-7"), beside: try store.insight("agent-8"))
/// for flow in timing.flows {
///   for phase in flow.phases { print(phase.name, phase.change ?? .zero) }
/// }
/// ```
public struct RunTiming: Sendable {
  /// The same thing in the one run and in the other; `nil` where a run has it not.
  public struct Pair<Value: Sendable>: Sendable {
    /// What it is called.
    public let name: String
    /// As the first run has it.
    public let first: Value?
    /// As the second run has it.
    public let second: Value?
  }

  /// A flow, such as the launch, with its phases.
  public struct Flow: Sendable {
    /// What it is called.
    public let name: String
    /// The sums of the phases in milliseconds.
    public let total: Pair<Int64>
    /// The phases in the first run's order, then those that only the second has.
    public let phases: [Pair<LaunchPhase>]
  }

  /// The name of the first run.
  public let first: String
  /// The name of the second, if there is one.
  public let second: String?
  /// The flows by name.
  public let flows: [Flow]
  /// The stages by name.
  public let stages: [Pair<StageUsage>]

  /// Puts two digests side by side, or takes one alone.
  public init(_ first: Insight, beside second: Insight? = nil) {
    self.first = first.run
    self.second = second?.run
    let (one, other) = (first.digest, second?.digest)
    flows = Self.names(one.launch, other?.launch, sorted: true).map { name in
      let (a, b) = (one.launch[name], other?.launch[name])
      return Flow(
        name: name,
        total: Pair(name: name, first: a?.totalMs, second: b?.totalMs),
        phases: Self.pairs(a?.phases, b?.phases, sorted: false)
      )
    }
    stages = Self.pairs(one.stages, other?.stages, sorted: true)
  }

  /// Whether neither run has a checkpoint or a span.
  public var isEmpty: Bool { flows.isEmpty && stages.isEmpty }

  private static func pairs<Value>(
    _ first: NameMap<Value>?,
    _ second: NameMap<Value>?,
    sorted: Bool
  ) -> [Pair<Value>] {
    names(first, second, sorted: sorted).map {
      Pair(name: $0, first: first?[$0], second: second?[$0])
    }
  }

  private static func names<Value>(
    _ first: NameMap<Value>?,
    _ second: NameMap<Value>?,
    sorted: Bool
  ) -> [String] {
    var names = first?.entries.map(\.name) ?? []
    let known = Set(names.map(ExactText.init))
    names += second?.entries.map(\.name).filter { !known.contains(ExactText($0)) } ?? []
    return sorted ? names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } : names
  }
}

extension RunTiming.Pair where Value == Int64 {
  /// By how much the second took longer; `nil` if one of the two is not there.
  public var change: Duration? { changeMs.map(Duration.milliseconds) }

  /// By how much the second took longer, in milliseconds.
  package var changeMs: Int64? { first.flatMap { first in second.map { $0 &- first } } }
}

extension RunTiming.Pair where Value == LaunchPhase {
  /// By how much the second took longer; `nil` if one of the two is not there.
  public var change: Duration? { changeMs.map(Duration.milliseconds) }

  /// By how much the second took longer, in milliseconds.
  package var changeMs: Int64? {
    first.flatMap { first in second.map { $0.totalMs &- first.totalMs } }
  }
}

extension RunTiming.Pair where Value == StageUsage {
  /// By how much the second took longer; `nil` if one of the two is not there.
  public var change: Duration? { changeMs.map(Duration.milliseconds) }

  /// By how much the second worked longer, all its spans together, in milliseconds.
  package var changeMs: Int64? {
    first.flatMap { first in second.map { $0.latency.sumMs &- first.latency.sumMs } }
  }
}

extension RunTiming {
  /// Writes the timing as `digest-ctl timing --json` prints it.
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("run", first)
      json.member("diff", second)
      json.object("launch") { json in
        for flow in flows {
          json.object(flow.name) { json in
            json.array("phases") { json in
              for phase in flow.phases {
                json.object { json in
                  json.member("phase", phase.name)
                  write(phase, phase.changeMs, to: &json) { $0.writeMembers(to: &$1) }
                }
              }
            }
            write(flow.total, flow.total.changeMs, to: &json) { $1.member("total_ms", $0) }
          }
        }
      }
      json.object("stages") { json in
        for stage in stages {
          json.object(stage.name) { json in
            write(stage, stage.changeMs, to: &json) { $0.writeMembers(to: &$1) }
          }
        }
      }
    }
  }

  private func write<Value>(
    _ pair: Pair<Value>,
    _ changeMs: Int64?,
    to json: inout JSONWriter,
    _ writeMembers: (Value, inout JSONWriter) -> Void
  ) {
    for (key, value) in [("run", pair.first), ("diff", pair.second)] {
      if key == "diff", second == nil { continue }
      if let value {
        json.object(key) { writeMembers(value, &$0) }
      } else {
        json.null(key)
      }
    }
    if second != nil { json.member("change_ms", changeMs) }
  }
}
