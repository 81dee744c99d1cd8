package import Engine
internal import Events
internal import Folding
internal import Storage

/// Lists of runs, from the narrow rows beside the digests.
///
/// Without a filter on labels a list walks the index of its order and ends with the page. With one it
/// walks the narrow rows once and keeps the page: that bounds the cost whatever the filter lets through.
extension SQLiteReads {
  package func runs(_ page: RunPage, in generation: Generation) throws -> [RunRowID] {
    guard let filter = try RunFilter(page, in: self) else { return [] }
    let direction = page.isReversed ? "DESC" : "ASC"
    let opposite = page.isReversed ? "ASC" : "DESC"
    let source: String
    var order: String
    switch page.order {
    // Of all runs the log knows the name and the number of events.
    case .name where page.isOfLog:
      source = "runs l CROSS JOIN run_heads h ON h.run = l.id"
      order = "l.name \(direction)"
    case .events where page.isOfLog:
      source = "run_heads l"
      order = "l.head \(opposite), l.run \(direction)"
    case .name:
      source = "run_list l NOT INDEXED CROSS JOIN runs r ON r.id = l.id >> 8"
      order = "r.name \(direction)"
    case .events:
      source = "run_list l NOT INDEXED CROSS JOIN run_heads h ON h.run = l.id >> 8"
      order = "h.head \(opposite), l.id \(direction)"
    case .last, .first, .tokens, .cost, .errors, .span:
      source = "run_list l \(filter.access(to: page.order))"
      order = "l.\(page.order.column) \(opposite), l.id \(direction)"
    }
    let row = !page.isOfLog ? "l.id >> 8" : page.order == .name ? "l.id" : "l.run"
    let filters = page.isOfLog ? "?1 > 0" : filter.clause
    let statement = try connection.prepare(
      "SELECT \(row) FROM \(source) WHERE \(filters) ORDER BY \(order) LIMIT ?8 OFFSET ?9"
    )
    var found: [RunRowID] = []
    try filter.bind(to: statement, generation, limit: page.limit, offset: page.offset).forEach {
      found.append($0.next())
    }
    return found
  }

  package func forEachPricedRun(
    _ page: RunPage,
    by key: PriceKey,
    in generation: Generation,
    _ body: (PricedRun) throws -> Bool
  ) throws {
    guard let filter = try RunFilter(page, in: self) else { return }
    let (index, condition, sorting) =
      switch key {
      case .reported(isReversed: false):
        ("run_list_by_cost", "l.cost_nano IS NOT NULL", "l.cost_nano DESC, l.id")
      case .reported(isReversed: true):
        ("run_list_by_cost", "l.cost_nano IS NOT NULL", "l.cost_nano, l.id DESC")
      case .weight(all: true): ("run_list_by_weight", "1", "l.weight DESC, l.id")
      case .weight(all: false):
        ("run_list_by_weight", "l.cost_nano IS NULL", "l.weight DESC, l.id")
      }
    let statement = try connection.prepare(
      """
      SELECT l.id >> 8, l.cost_nano, l.first_ts, l.weight, l.models, l.usage
      FROM run_list l INDEXED BY \(index) WHERE \(filter.clause) AND \(condition)
      ORDER BY \(sorting) LIMIT ?8 OFFSET ?9
      """
    )
    try filter.bind(to: statement, generation, limit: .max, offset: 0)
    defer { statement.reset() }
    while try statement.step() {
      var row = statement.row
      let goesOn = try body(
        PricedRun(
          run: row.next(),
          reportedNano: row.next(),
          firstTs: row.next(),
          weight: row.next(),
          models: row.next(),
          usage: row.isNull ? nil : row.next(UnsafeRawBufferPointer.self)
        )
      )
      guard goesOn else { return }
    }
  }

  package func modelSets() throws -> [(id: Int64, names: [String])] {
    var sets: [(id: Int64, names: [String])] = []
    try connection.statement("SELECT id, names FROM model_sets").forEach { row in
      let id: Int64 = row.next()
      sets.append((id, NameSet.names(in: row.next())))
    }
    return sets
  }

  package func listedRun(_ run: RunRowID, in generation: Generation) throws -> RunRow? {
    try connection.statement(
      """
      SELECT r.name, h.head, d.body
      FROM runs r JOIN run_heads h ON h.run = r.id LEFT JOIN digests d ON d.id = r.id * 256 + ?1
      WHERE r.id = ?2
      """
    ).bind(generation, run).first { row in
      let (run, head): (String, Int64) = (row.next(), row.next())
      return RunRow(run: run, head: head, digest: row.isNull ? nil : try Digest(body: row.next()))
    }
  }

  package func unfoldedRuns(in generation: Generation) throws -> [RunRowID] {
    if try isAllFolded(in: generation) { return [] }
    var runs: [RunRowID] = []
    try connection.statement(
      """
      SELECT h.run FROM run_heads h
      WHERE NOT EXISTS (SELECT 1 FROM run_list l WHERE l.id = h.run * 256 + ?) ORDER BY h.run
      """
    ).bind(generation).forEach { runs.append($0.next()) }
    return runs
  }

  package func isAllFolded(in generation: Generation) throws -> Bool {
    let all = BucketRange(scope: .month, numbers: Int64.min..<Int64.max)
    var folded: Int64 = 0
    try forEachRollup(in: generation, of: all, by: .total) { folded &+= $1[.eventCount] }
    return folded == (try lastPosition().rawValue)
  }

  package func runCounts(in generation: Generation) throws -> (all: Int64, open: Int64) {
    let all = try connection.integer("SELECT count(*) FROM run_heads")
    let open = try connection.statement(
      """
      SELECT count(*) FROM run_list INDEXED BY run_list_open WHERE generation = ? AND sealed = 0
      """
    ).bind(generation).first { $0.next(Int64.self) }
    return (all, open ?? 0)
  }

  package func openRuns(in generation: Generation, session: String) throws -> [RunReference] {
    var runs: [RunReference] = []
    try connection.statement(
      """
      SELECT r.id, r.name
      FROM sessions s
        CROSS JOIN run_list l INDEXED BY run_list_open
        ON l.generation = ?1 AND l.session = s.id AND l.sealed = 0
        CROSS JOIN runs r ON r.id = l.id >> 8
      WHERE s.name = ?2
      """
    ).bind(generation, session).forEach {
      runs.append(RunReference(row: $0.next(), name: $0.next()))
    }
    return runs
  }

  package func openSessions(in generation: Generation) throws -> [String] {
    var names: [String] = []
    try connection.statement(
      """
      SELECT DISTINCT s.name
      FROM run_list l INDEXED BY run_list_open CROSS JOIN sessions s ON s.id = l.session
      WHERE l.generation = ? AND l.sealed = 0
      """
    ).bind(generation).forEach { names.append($0.next()) }
    return names
  }
}

extension RunPage.Order {
  fileprivate var column: String {
    switch self {
    case .first: "first_ts"
    case .tokens: "tokens"
    case .cost: "cost_nano"
    case .errors: "errors"
    case .span: "span"
    case .last, .name, .events: "last_ts"
    }
  }

  fileprivate var index: String {
    switch self {
    case .first: "run_list_by_first"
    case .tokens: "run_list_by_tokens"
    case .cost: "run_list_by_cost"
    case .errors: "run_list_by_errors"
    case .span: "run_list_by_span"
    case .last, .name, .events: "run_list_by_last"
    }
  }
}

/// The filters of a list, by the numbers of their labels.
private struct RunFilter {
  private var since: Int64?
  private var statuses: String?
  private var agent: Int64?
  private var model: Int64?
  private var modelSets: String?
  private var projects: String?
  private let hasLabels: Bool

  /// The conditions; values are bound.
  private(set) var clause = "l.generation = ?1"

  /// `nil` if no run can match, because none has such a label.
  init?(_ page: RunPage, in tables: some SQLiteReads) throws {
    hasLabels =
      !page.outcomes.isEmpty || page.agent != nil || page.model != nil || page.project != nil
    if let since = page.since {
      self.since = since
      clause += " AND l.last_ts >= ?2"
    }
    if !page.outcomes.isEmpty {
      let found = try page.outcomes.compactMap { try Self.label($0, tables) }
      if found.isEmpty { return nil }
      statuses = Self.array(found)
      clause += " AND l.status IN (SELECT value FROM json_each(?3))"
    }
    if let name = page.agent {
      agent = try Self.label(name, tables)
      if agent == nil { return nil }
      clause += " AND l.agent = ?4"
    }
    if let name = page.model {
      model = try Self.label(name, tables)
      let sets = try tables.modelSets().filter { $0.names.contains { $0.isExactly(name) } }
      if model == nil, sets.isEmpty { return nil }
      modelSets = Self.array(sets.map(\.id))
      clause += " AND (l.model = ?5 OR l.models IN (SELECT value FROM json_each(?6)))"
    }
    if let folder = page.project {
      let found = try Self.folders(from: folder, tables)
      if found.isEmpty { return nil }
      projects = Self.array(found)
      clause += " AND l.project IN (SELECT value FROM json_each(?7))"
    }
  }

  /// How the rows are reached in an order.
  func access(to order: RunPage.Order) -> String {
    if since != nil { return "INDEXED BY run_list_by_last" }
    return hasLabels ? "NOT INDEXED" : "INDEXED BY \(order.index)"
  }

  @discardableResult
  func bind(
    to statement: Statement,
    _ generation: Generation,
    limit: Int,
    offset: Int
  ) throws -> Statement {
    try statement.bind(
      generation,
      since,
      statuses,
      agent,
      model,
      modelSets,
      projects,
      limit,
      offset
    )
  }

  private static func array(_ numbers: [Int64]) -> String {
    "[\(numbers.map(String.init).joined(separator: ","))]"
  }

  private static func label(_ text: String, _ tables: some SQLiteReads) throws -> Int64? {
    try tables.connection.statement("SELECT id FROM labels WHERE text = ?").bind(text)
      .first { $0.next() }
  }

  /// The labels that are a folder or lie below it.
  private static func folders(from folder: String, _ tables: some SQLiteReads) throws -> [Int64] {
    let parent = folder.hasSuffix("/") ? folder : folder + "/"
    var found = [try label(folder, tables)].compactMap(\.self)
    // "0" is the character behind "/".
    try tables.connection.statement("SELECT id FROM labels WHERE text >= ? AND text < ?")
      .bind(parent, parent.dropLast() + "0").forEach { found.append($0.next()) }
    return found
  }
}
