/// What a digest says in single values: all of it but its maps, its latencies and its traces.
///
/// A read of a digest has these at once, whatever else the digest holds.
public struct DigestFacts: Sendable, Hashable {
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
  /// Events.
  public internal(set) var eventCount: Int64 = 0
  /// Where the time went.
  public internal(set) var time = RunTime()
  /// The durations of closed turns in microseconds.
  public internal(set) var activeMicros: Int64 = 0
  /// Closed turns by class.
  public internal(set) var turns = TurnCounts()
  /// Whether a turn is open.
  public internal(set) var isTurnOpen = false
  /// What was reported to have been paid.
  public internal(set) var cost = ReportedCost()
  /// Tool calls, repeated announcements not counted.
  public internal(set) var toolCalls: Int64 = 0
  /// Tool calls that failed.
  public internal(set) var toolFailed: Int64 = 0
  /// Model requests that failed and were tried again.
  public internal(set) var retries: Int64 = 0
  /// Limits that were reached.
  public internal(set) var rateLimits: Int64 = 0
  /// What persons were asked, and what they answered.
  public internal(set) var permissions = PermissionCounts()
  /// Compactions of the context window.
  public internal(set) var compactions: Int64 = 0
  /// Events after a seal.
  public internal(set) var lateEvents: Int64 = 0
  /// Events whose payload could not be read.
  public internal(set) var quarantined: Int64 = 0
  /// The time of the first event that moves the clock, in microseconds.
  public internal(set) var firstTs: Int64?
  /// The latest time of any such event, in microseconds.
  public internal(set) var lastTs: Int64?
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
  /// Runs whose first event is in here: 1, or 0 without an event.
  var runs: Int64 = 0

  /// How many turns there are, the open one included.
  public var turnCount: Int64 { turns.count + (isTurnOpen ? 1 : 0) }

  /// Whether some event could not be read whole.
  public var isDegraded: Bool { quarantined > 0 }

  /// Whether the row can be right: a dense log of n events has exactly n of them folded.
  public var isConsistent: Bool { eventCount == watermark }

  init() {}
}

extension Digest {
  /// What the digest says in single values.
  public var facts: DigestFacts {
    var facts = DigestFacts()
    facts.watermark = watermark
    facts.session = session
    facts.agent = agent
    facts.model = model
    facts.project = project
    facts.host = host
    facts.parentRun = parentRun
    facts.title = title
    facts.forkedFrom = forkedFrom
    facts.repository = repository
    facts.branch = branch
    facts.commit = commit
    facts.agentType = agentType
    facts.team = team
    facts.eventCount = totals.eventCount
    facts.runs = totals.runs
    facts.time = totals.time
    facts.activeMicros = totals.activeMicros
    facts.turns = totals.turns
    facts.isTurnOpen = isTurnOpen
    facts.cost = totals.cost
    facts.toolCalls = totals.toolCalls
    facts.toolFailed = totals.toolFailed
    facts.retries = totals.retries
    facts.rateLimits = totals.rateLimits
    facts.permissions = totals.permissions
    facts.compactions = totals.compactions
    facts.lateEvents = totals.lateEvents
    facts.quarantined = totals.quarantined
    facts.firstTs = firstTs
    facts.lastTs = lastTs
    facts.context = context
    facts.isSealed = isSealed
    facts.outcome = outcome
    facts.agentNanoUSD = agentNanoUSD
    facts.notes = notes
    return facts
  }

  /// A digest that says these, with empty maps.
  init(facts: DigestFacts) {
    self.init()
    watermark = facts.watermark
    session = facts.session
    agent = facts.agent
    model = facts.model
    project = facts.project
    host = facts.host
    parentRun = facts.parentRun
    title = facts.title
    forkedFrom = facts.forkedFrom
    repository = facts.repository
    branch = facts.branch
    commit = facts.commit
    agentType = facts.agentType
    team = facts.team
    totals.eventCount = facts.eventCount
    totals.runs = facts.runs
    totals.time = facts.time
    totals.activeMicros = facts.activeMicros
    totals.turns = facts.turns
    isTurnOpen = facts.isTurnOpen
    totals.cost = facts.cost
    totals.toolCalls = facts.toolCalls
    totals.toolFailed = facts.toolFailed
    totals.retries = facts.retries
    totals.rateLimits = facts.rateLimits
    totals.permissions = facts.permissions
    totals.compactions = facts.compactions
    totals.lateEvents = facts.lateEvents
    totals.quarantined = facts.quarantined
    firstTs = facts.firstTs
    lastTs = facts.lastTs
    context = facts.context
    isSealed = facts.isSealed
    outcome = facts.outcome
    agentNanoUSD = facts.agentNanoUSD
    notes = facts.notes
  }
}
