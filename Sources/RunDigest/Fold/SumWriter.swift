internal import Folding
internal import Storage

/// The sums over runs, and how their rows are keyed.
enum SumScope: Int64 {
  case session = 1
  case family = 2
  case rollup = 3
}

/// What a rollup is taken by.
public enum Dimension: Int64, Sendable, Hashable, CaseIterable {
  /// Everything.
  case total = 1
  /// The engine.
  case agent
  /// The project.
  case project
  /// The machine.
  case host
  /// The model; such a row holds only the model's part.
  case model
  /// The tool; such a row holds only the tool's part.
  case tool
  /// How runs ended; such a row holds only their number.
  case outcome
}

/// Adds the deltas of folded batches to the sums over sessions, families and windows of time.
struct SumWriter {
  let connection: Connection
  let version: Int64

  func add(_ changes: FoldChanges, run: Int64) throws {
    guard !changes.cells.isEmpty else { return }
    var family = Totals()
    for cell in changes.cells {
      let totals = cell.totals
      if let session = cell.key.session {
        try add(totals, .session, dimension: 0, id: try sessionKey(session), key: "")
      }
      let bucket = cell.key.bucket
      try add(totals, .rollup, .total, bucket, "total")
      try add(totals, .rollup, .agent, bucket, cell.key.agent ?? "(none)")
      try add(totals, .rollup, .project, bucket, cell.key.project ?? "(none)")
      try add(totals, .rollup, .host, bucket, cell.key.host ?? "(none)")
      for (name, part) in totals.partsByModel { try add(part, .rollup, .model, bucket, name) }
      for (name, part) in totals.partsByTool { try add(part, .rollup, .tool, bucket, name) }
      family.merge(totals.familyPart)
    }
    for move in changes.outcomes {
      var totals = Totals()
      totals.runs = move.runs
      try add(totals, .rollup, .outcome, move.bucket, move.status)
    }
    let links = FamilyLinks(connection: connection, version: version)
    for member in try links.lineage(of: run) {
      try add(family, .family, dimension: 0, id: member, key: "")
    }
  }

  private func add(
    _ delta: Totals, _ scope: SumScope, _ dimension: Dimension, _ id: Int64, _ key: String
  ) throws {
    try add(
      delta, scope, dimension: dimension.rawValue, id: id, key: Totals.rollupKey(key))
  }

  /// Adds to one row, which is made if it is the first.
  func add(
    _ delta: Totals, _ scope: SumScope, dimension: Int64, id: Int64, key: String
  ) throws {
    var sum = try stored(scope, dimension: dimension, id: id, key: key) ?? Totals()
    sum.merge(delta)
    try store(sum, scope, dimension: dimension, id: id, key: key)
  }

  func stored(
    _ scope: SumScope, dimension: Int64, id: Int64, key: String
  ) throws -> Totals? {
    let statement = try connection.statement(
      """
      SELECT body FROM sums
      WHERE version = ?1 AND scope = ?2 AND dimension = ?3 AND id = ?4 AND key = ?5
      """)
    try bind(statement, scope, dimension, id, key)
    return try statement.firstRow { try Totals(body: $0.bytes(at: 0)) }
  }

  private func store(
    _ sum: Totals, _ scope: SumScope, dimension: Int64, id: Int64, key: String
  ) throws {
    let statement = try connection.statement(
      """
      INSERT OR REPLACE INTO sums(version, scope, dimension, id, key, body)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      """)
    try bind(statement, scope, dimension, id, key)
    try sum.encodedBody().withUnsafeBytes { try statement.bind(blob: $0, at: 6) }
    try statement.run()
  }

  private func bind(
    _ statement: Statement, _ scope: SumScope, _ dimension: Int64, _ id: Int64, _ key: String
  ) throws {
    try statement.bind(version, at: 1)
    try statement.bind(scope.rawValue, at: 2)
    try statement.bind(dimension, at: 3)
    try statement.bind(id, at: 4)
    try statement.bind(key, at: 5)
  }

  private func sessionKey(_ name: String) throws -> Int64 {
    let statement = try connection.statement("SELECT id FROM sessions WHERE name = ?1")
    try statement.bind(name, at: 1)
    guard let key = try statement.firstRow({ $0.int64(at: 0) }) else {
      throw StoreError(
        .corrupt, "session \(name) has events but no row; run digest-ctl doctor")
    }
    return key
  }
}
