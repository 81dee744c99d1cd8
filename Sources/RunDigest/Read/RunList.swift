public import Events
internal import Folding
internal import Storage

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
  public func summary(of run: String) throws -> RunSummary? {
    try read { reads in
      guard let reference = try reads.run(named: run) else { return nil }
      return RunSummary(
        run: run,
        head: try reads.head(of: reference.key),
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
        let accepted = try reads.runs(query, pages: false).filter(query.accepts)
        var found = accepted.map { (run: $0, weight: query.weight($0, cost: cost)) }
        found.sort(by: query.isBefore)
        return found.dropFirst(query.offset).prefix(query.limit).map(\.run)
      }
      return try reads.runs(query, pages: true)
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

  /// The order of a page that SQLite sorts.
  fileprivate var orderClause: String {
    switch order {
    case .first: "d.first_ts IS NULL, d.first_ts \(isReversed ? "ASC" : "DESC"), r.name"
    case .name: "r.name \(isReversed ? "DESC" : "ASC")"
    default: "d.last_ts IS NULL, d.last_ts \(isReversed ? "ASC" : "DESC"), r.name"
    }
  }
}

extension RunReads {
  /// The runs with events that the filters on columns let through; in pages, the page asked for.
  fileprivate func runs(_ query: RunListQuery, pages: Bool) throws -> [RunSummary] {
    // Made of fixed parts: the values are bound.
    let statement = try connection.prepare(
      """
      SELECT r.name, h.head, d.body
      FROM heads h JOIN runs r ON r.id = h.run LEFT JOIN digests d ON d.id = h.run * 256 + ?1
      WHERE (?2 IS NULL OR d.last_ts >= ?2)
        AND (?3 IS NULL OR instr(?3, ' ' || coalesce(d.status, 'running') || ' ') > 0)
      ORDER BY \(query.orderClause)
      LIMIT ?4 OFFSET ?5
      """
    )
    try statement.bind(version, at: 1)
    try statement.bind(query.since?.microseconds, at: 2)
    let outcomes = query.outcomes.sorted().joined(separator: " ")
    try statement.bind(outcomes.isEmpty ? nil : " \(outcomes) ", at: 3)
    try statement.bind(pages ? Int64(query.limit) : -1, at: 4)
    try statement.bind(pages ? Int64(query.offset) : 0, at: 5)
    var found: [RunSummary] = []
    try statement.forEachRow { row in
      found.append(
        RunSummary(
          run: row.string(at: 0),
          head: row.int64(at: 1),
          digest: row.isNull(at: 2) ? nil : try Digest(body: row.bytes(at: 2))
        )
      )
    }
    return found
  }
}
