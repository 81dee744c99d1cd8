internal import Digests
internal import Engine
public import Events
internal import Folding

/// Which runs a list shows, and in what order.
public struct RunListQuery: Sendable, Hashable {
  /// What a list is sorted by.
  public enum Order: String, Sendable, Hashable, CaseIterable {
    /// The last event, the latest first.
    case last
    /// The first event, the latest first.
    case first
    /// The name.
    case name
    /// The number of events, the largest first.
    case events
    /// All tokens, the most first.
    case tokens
    /// The cost, the highest first: what was reported, unless a price list is asked.
    case cost
    /// Errors and issues, the most first.
    case errors
    /// The time from the first to the last event, the longest first.
    case span
  }

  /// Only runs of this agent.
  public var agent: String?
  /// Only runs that used this model, or were started with it.
  public var model: String?
  /// Only runs in this project, or in a folder below it.
  public var project: String?
  /// Only runs with one of these outcomes; none means all.
  public var outcomes: Set<String> = []
  /// Only runs with an event at this time or later.
  public var since: Timestamp?
  /// What the list is sorted by.
  public var order = Order.last
  /// The other way round.
  public var isReversed = false
  /// How many runs are passed over.
  public var offset = 0
  /// How many runs are shown at most.
  public var limit = 50

  /// A list of the latest runs.
  public init() {}
}

extension RunReader {
  /// One run as it stands in a list; `nil` if there is none of that name.
  public func summary(of run: RunID) throws -> RunSummary? {
    try read { reads in
      guard let reference = try reads.tables.run(named: run.rawValue) else { return nil }
      return RunSummary(
        run: run.rawValue,
        head: try reads.tables.head(of: reference.row),
        digest: try reads.insight(reference)?.digest
      )
    }
  }

  /// A page of the list of runs.
  ///
  /// By name, first or last event, without a filter on what only the digest's body says, it costs
  /// one row for each run and one body for each shown; otherwise the bodies of all are opened.
  public func runs(_ query: RunListQuery = RunListQuery()) throws -> [RunSummary] {
    try runs(query) { $0.digest?.totals.cost.value }
  }

  /// A page of the list of runs, whose costs in nano-dollars `cost` knows.
  package func runs(
    _ query: RunListQuery,
    cost: (RunSummary) -> Int64?
  ) throws -> [RunSummary] {
    try read { reads in
      if query.needsBodies {
        let accepted = try query.runs(in: reads, pages: false).filter(query.accepts)
        var found = accepted.map { (run: $0, weight: query.weight($0, cost: cost)) }
        found.sort(by: query.isBefore)
        return found.dropFirst(query.offset).prefix(query.limit).map(\.run)
      }
      return try query.runs(in: reads, pages: true)
    }
  }
}

extension RunListQuery {
  fileprivate var needsBodies: Bool {
    if agent != nil || model != nil || project != nil { return true }
    switch order {
    case .last, .first, .name: return false
    case .events, .tokens, .cost, .errors, .span: return true
    }
  }

  fileprivate func accepts(_ run: RunSummary) -> Bool {
    if let agent, run.digest?.agent != agent { return false }
    if let model, !run.models.contains(model), run.digest?.model != model { return false }
    if let project {
      guard let own = run.digest?.project else { return false }
      let folder = project.hasSuffix("/") ? project : project + "/"
      guard own == project || own.hasPrefix(folder) else { return false }
    }
    return true
  }

  /// Equal ones stand in the order of their names, so that pages neither repeat nor skip a run.
  fileprivate func isBefore(
    _ lhs: (run: RunSummary, weight: Int64),
    _ rhs: (run: RunSummary, weight: Int64)
  ) -> Bool {
    if order == .name { return (lhs.run.run < rhs.run.run) != isReversed }
    if lhs.weight != rhs.weight { return (lhs.weight > rhs.weight) != isReversed }
    return lhs.run.run < rhs.run.run
  }

  fileprivate func weight(_ run: RunSummary, cost: (RunSummary) -> Int64?) -> Int64 {
    guard let digest = run.digest else { return .min }
    switch order {
    case .last: return digest.lastTs?.microseconds ?? .min
    case .first: return digest.firstTs?.microseconds ?? .min
    case .name: return 0
    case .events: return run.head
    case .tokens:
      let tokens = run.tokens
      return tokens.input &+ tokens.output &+ tokens.cacheRead &+ tokens.cacheWrite
    case .cost: return cost(run) ?? -1
    case .errors: return run.errorCount &+ run.issueCount
    case .span: return digest.totals.time.spanMicros
    }
  }

  /// The runs with events that the filters without bodies let through; in pages, the page asked for.
  fileprivate func runs(in reads: ReadSnapshot, pages: Bool) throws -> [RunSummary] {
    var page = RunPage()
    page.order =
      switch order {
      case .first: .first
      case .name: .name
      default: .last
      }
    page.isReversed = isReversed
    page.since = since?.microseconds
    page.outcomes = outcomes.sorted()
    if pages {
      page.limit = limit
      page.offset = offset
    }
    return try reads.tables.runs(page, in: reads.generation).map {
      RunSummary(run: $0.run, head: $0.head, digest: $0.digest)
    }
  }
}
