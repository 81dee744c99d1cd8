public import Events

/// What a digest says in single values that are not summed.
///
/// A read of a digest has them at once, whatever else the digest holds.
public struct DigestFacts: Sendable, Hashable {
  /// The longest title, project or reason that a digest keeps, in bytes: a row stays bounded.
  static let bytesMax = 4096

  /// The seq of the last event in the digest.
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
  /// The title that people see.
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
  /// Whether a turn is open.
  public internal(set) var isTurnOpen = false
  /// The time of the first event that moves the clock.
  public internal(set) var firstTs: Timestamp?
  /// The latest time of any such event.
  public internal(set) var lastTs: Timestamp?
  /// The size of the context window.
  public internal(set) var context = ContextSize()
  /// Whether the run has ended.
  public internal(set) var isSealed = false
  /// How it ended.
  public internal(set) var outcome = Outcome()
  /// What the run has cost by the agent's own sum, in nano-dollars.
  public internal(set) var agentNanoUSD: Int64?
  /// Notes that people made about the run.
  public internal(set) var notes: Int64 = 0

  init() {}
}
