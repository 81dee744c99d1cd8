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
  /// Equal ones are in the order in which the store came to know them, and
  /// runs of which nothing is folded yet are the last.
  ///
  /// Costs the digests of the page, and with a filter a step for each run of the store.
  public func runs(_ query: RunListQuery = RunListQuery()) throws -> [RunSummary] {
    var found: [RunSummary] = []
    try forEachRun(query, prices: nil) { found.append($0) }
    return found
  }

  /// Gives the runs of a page to `body`, one at a time: a list of all needs 16 bytes for each.
  ///
  /// `prices` says what tokens cost; without it only what was reported is a cost.
  package func forEachRun(
    _ query: RunListQuery,
    prices: ListPrices?,
    _ body: (RunSummary) throws -> Void
  ) throws {
    let (generation, runs) = try read { reads in
      (reads.generation, try query.runs(in: reads, prices: prices))
    }
    // Not in one snapshot: who reads slowly would hold up the WAL checkpoints.
    for start in stride(from: 0, to: runs.count, by: 256) {
      let rows = try read { reads in
        try runs[start..<min(start + 256, runs.count)].compactMap {
          try reads.tables.listedRun($0, in: generation)
        }
      }
      for row in rows {
        try body(RunSummary(run: row.run, head: row.head, digest: row.digest))
      }
    }
  }
}

extension RunListQuery {
  fileprivate func runs(in reads: ReadSnapshot, prices: ListPrices?) throws -> [RunRowID] {
    let page = page
    guard order == .cost, let prices else {
      var runs = try reads.tables.runs(page, in: reads.generation)
      if page.includesUnfolded, !page.isOfLog, runs.count < limit {
        runs += try unfolded(in: reads, behind: runs.count) { page in
          try reads.tables.runs(page, in: reads.generation).count
        }
      }
      return runs
    }
    var runs = try prices.runs(of: page, reversed: isReversed, in: reads)
    if page.includesUnfolded, runs.count < limit {
      runs += try unfolded(in: reads, behind: runs.count) { page in
        try prices.runs(of: page, reversed: false, in: reads).count
      }
    }
    return runs
  }

  /// The rest of a page: runs of which nothing is folded, behind `found` others.
  private func unfolded(
    in reads: ReadSnapshot,
    behind found: Int,
    count: (RunPage) throws -> Int
  ) throws -> [RunRowID] {
    let runs = try reads.tables.unfoldedRuns(in: reads.generation)
    guard !runs.isEmpty else { return [] }
    var before = 0
    if found == 0, offset > 0 {
      var all = page
      (all.offset, all.limit) = (0, .max)
      before = max(0, offset - (try count(all)))
    }
    return Array(runs.dropFirst(before).prefix(limit - found))
  }

  private var page: RunPage {
    var page = RunPage()
    page.order =
      switch order {
      case .last: .last
      case .first: .first
      case .name: .name
      case .events: .events
      case .tokens: .tokens
      case .cost: .cost
      case .errors: .errors
      case .span: .span
      }
    page.isReversed = isReversed
    page.since = since?.microseconds
    page.outcomes = outcomes.sorted()
    page.agent = agent
    page.model = model
    page.project = project
    page.limit = max(0, limit)
    page.offset = max(0, offset)
    return page
  }
}
