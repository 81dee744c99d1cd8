public import Events

/// Everything that is known of a run at its watermark: one bounded row.
public struct Digest: Sendable, Hashable {
  /// The version of the fold that made it.
  public static let version: Int64 = 2

  /// The longest title, project or reason that a digest keeps, in bytes: a row stays bounded.
  static let factBytesMax = 4096

  /// The seq of the last event in it.
  public internal(set) var watermark: Int64 = 0
  /// The session of the last event that named one.
  public internal(set) var session: String?
  /// The engine, for example `claude-code`.
  public internal(set) var agent: String?
  /// The model that the run was started with.
  public internal(set) var model: String?
  /// The project, usually a working directory.
  public internal(set) var project: String?
  /// The machine.
  public internal(set) var host: String?
  /// The run that started this one, as this run's log says.
  public internal(set) var parentRun: String?
  /// What people call it.
  public internal(set) var title: String?
  /// The run whose history this one began with a copy of.
  public internal(set) var forkedFrom: String?
  /// The version-controlled repository.
  public internal(set) var repository: String?
  /// The branch of the repository.
  public internal(set) var branch: String?
  /// The commit that the repository was at.
  public internal(set) var commit: String?
  /// What kind of agent it is, for example `reviewer`.
  public internal(set) var agentType: String?
  /// The team that the run belongs to.
  public internal(set) var team: String?
  /// All that can be summed.
  public internal(set) var totals = Totals()
  /// The time of the first event that moves the clock, in microseconds.
  public internal(set) var firstTs: Int64?
  /// The latest time of any such event, in microseconds.
  public internal(set) var lastTs: Int64?
  /// Whether a turn is open.
  public internal(set) var isTurnOpen = false
  /// The size of the context window.
  public internal(set) var context = ContextSize()
  /// Errors by class.
  public internal(set) var errors = NameMap<FindingSummary>()
  /// Issues by class.
  public internal(set) var issues = NameMap<FindingSummary>()
  /// Checkpoints by flow.
  public internal(set) var launch = NameMap<LaunchFlow>()
  /// Spans by stage.
  public internal(set) var stages = NameMap<StageUsage>()
  /// The traces that the run was part of.
  public internal(set) var trace = TraceSummary()
  /// Whether the run has ended.
  public internal(set) var isSealed = false
  /// How it ended.
  public internal(set) var outcome = Outcome()
  /// What the run has cost by the agent's own sum, in nano-dollars.
  public internal(set) var agentNanoUSD: Int64?
  /// Notes that people made about the run.
  public internal(set) var notes: Int64 = 0
  /// Scores by name, in billionths.
  public internal(set) var scores = NameMap<Int64>()
  /// The tags of the run by ascending bytes.
  public var tags: [String] { tagNames.map(\.text) }
  var tagNames: [Name] = []

  static let tagsMax = 32
  static let scoresMax = 16

  init() {}

  /// How many turns there are, the open one included.
  public var turnCount: Int64 { totals.turns.count + (isTurnOpen ? 1 : 0) }

  /// Whether some event could not be read whole.
  public var isDegraded: Bool { totals.quarantined > 0 }

  /// Whether the row can be right: a dense log of n events has exactly n of them folded.
  public var isConsistent: Bool { totals.eventCount == watermark }
}

/// The context of the last request of the agent itself, in tokens.
public struct ContextSize: Sendable, Hashable {
  /// Of the last request.
  public var last: Int64?
  /// Of the largest request.
  public var max: Int64?
  /// The size of the window, where the log says.
  public var window: Int64?
}

/// The checkpoints of one flow, such as the launch of an agent.
public struct LaunchFlow: Sendable, Hashable {
  /// Phases by name, in the order in which they first came.
  public var phases = NameMap<LaunchPhase>()

  /// The sum of all steps in milliseconds.
  public var totalMs: Int64 { phases.values.reduce(0) { $0 &+ $1.totalMs } }
}

/// One phase of a flow.
public struct LaunchPhase: Sendable, Hashable {
  /// How often it was passed.
  public var steps: Int64 = 0
  /// All its steps in milliseconds.
  public var totalMs: Int64 = 0
  /// Its last step in milliseconds.
  public var lastMs: Int64 = 0
  /// Its longest step in milliseconds.
  public var maxMs: Int64 = 0
}

/// One stage of work that spans measured.
public struct StageUsage: Sendable, Hashable {
  /// Spans.
  public var count: Int64 = 0
  /// Time in a queue in milliseconds.
  public var queueMs: Int64 = 0
  /// Time at work.
  public var latency = Sketch()
}

/// The distributed traces that the events of a run name.
public struct TraceSummary: Sendable, Hashable {
  /// The first distinct trace ids, at most 16.
  public internal(set) var ids: [TraceContext.TraceID] = []
  /// Events whose trace context could not be read.
  public internal(set) var malformed: Int64 = 0

  static let idsMax = 16
}
