internal import Events
internal import Folding
internal import Storage

/// The sums over runs, added up again from brute force, and their comparison with those stored.
///
/// Families are put together here in another way than where they are kept: all links first, in the
/// order of the log, then the sums.
struct ExpectedSums {
  private struct Key: Hashable {
    var scope: SumScope
    var dimension: Int64
    var id: Int64
    var key: String
  }

  private struct Link {
    var pos: Int64
    var child: Int64
    var parent: String
  }

  private var sums: [Key: Totals] = [:]
  private var ownParts: [Int64: Totals] = [:]
  private var links: [Link] = []
  private var sessionKeys: [String: Int64] = [:]

  mutating func add(_ brute: BruteForce, run: RunReference, _ connection: Connection) throws {
    var family = Totals()
    for cell in brute.changes.cells {
      if let session = cell.key.session {
        add(cell.totals, .session, 0, try sessionKey(session, connection), "")
      }
      let bucket = cell.key.bucket
      add(cell.totals, .rollup, Dimension.total.rawValue, bucket, "total")
      add(cell.totals, .rollup, Dimension.agent.rawValue, bucket, cell.key.agent ?? "(none)")
      add(cell.totals, .rollup, Dimension.project.rawValue, bucket, cell.key.project ?? "(none)")
      add(cell.totals, .rollup, Dimension.host.rawValue, bucket, cell.key.host ?? "(none)")
      for (name, part) in cell.totals.partsByModel {
        add(part, .rollup, Dimension.model.rawValue, bucket, name)
      }
      for (name, part) in cell.totals.partsByTool {
        add(part, .rollup, Dimension.tool.rawValue, bucket, name)
      }
      family.merge(cell.totals.familyPart)
    }
    for move in brute.changes.outcomes {
      var totals = Totals()
      totals.runs = move.runs
      add(totals, .rollup, Dimension.outcome.rawValue, move.bucket, move.status)
    }
    ownParts[run.key] = family
    if let seq = brute.changes.parentLinkSeq, let parent = brute.digest.parentRun,
      RunID.problem(in: parent) == nil
    {
      let statement = try connection.statement("SELECT pos FROM events WHERE run = ?1 AND seq = ?2")
      try statement.bind(run.key, at: 1)
      try statement.bind(seq, at: 2)
      let pos = try statement.firstRow { $0.int64(at: 0) } ?? 0
      links.append(Link(pos: pos, child: run.key, parent: parent))
    }
  }

  private mutating func add(
    _ totals: Totals, _ scope: SumScope, _ dimension: Int64, _ id: Int64, _ key: String
  ) {
    let key = Key(scope: scope, dimension: dimension, id: id, key: Totals.rollupKey(key))
    sums[key, default: Totals()].merge(totals)
  }

  private mutating func sessionKey(_ name: String, _ connection: Connection) throws -> Int64 {
    if let key = sessionKeys[name] { return key }
    let statement = try connection.statement("SELECT id FROM sessions WHERE name = ?1")
    try statement.bind(name, at: 1)
    let key = try statement.firstRow { $0.int64(at: 0) } ?? 0
    sessionKeys[name] = key
    return key
  }

  /// Compares all sums; answers how many there are and which differ.
  mutating func compare(
    _ connection: Connection, _ version: Int64, names: [Int64: String]
  ) throws -> (count: Int64, differences: [Difference]) {
    addFamilies(names)
    var differences: [Difference] = []
    var expected = sums
    let statement = try connection.statement(
      "SELECT scope, dimension, id, key, body FROM sums WHERE version = ?1")
    try statement.bind(version, at: 1)
    try statement.forEachRow { row in
      guard let scope = SumScope(rawValue: row.int64(at: 0)) else { return }
      let key = Key(
        scope: scope, dimension: row.int64(at: 1), id: row.int64(at: 2), key: row.string(at: 3))
      let stored = try Totals(body: row.bytes(at: 4)).canonical
      let wanted = (expected.removeValue(forKey: key) ?? Totals()).canonical
      if stored != wanted {
        differences += Difference.between(
          stored: stored.json(), expected: wanted.json(), subject: subject(key), field: "sum")
      }
    }
    for (key, totals) in expected where totals.canonical != Totals() {
      differences.append(
        Difference(subject: subject(key), field: "sum", stored: "absent", expected: "a row"))
    }
    return (Int64(sums.count), differences.sorted { $0.description < $1.description })
  }

  private func subject(_ key: Key) -> String {
    switch key.scope {
    case .session: "session #\(key.id)"
    case .family: "family of run #\(key.id)"
    case .rollup: "window \(key.id) by \(key.dimension) \(key.key)"
    }
  }

  private mutating func addFamilies(_ names: [Int64: String]) {
    let keys = Dictionary(uniqueKeysWithValues: names.map { ($1, $0) })
    var parents: [Int64: Int64] = [:]
    for link in links.sorted(by: { $0.pos < $1.pos }) {
      guard let parent = keys[link.parent] else { continue }
      var above: Int64? = parent
      while let run = above, run != link.child { above = parents[run] }
      if above == nil { parents[link.child] = parent }
    }
    for (run, part) in ownParts {
      var member: Int64? = run
      while let root = member {
        add(part, .family, 0, root, "")
        member = parents[root]
      }
    }
  }
}

extension Totals {
  fileprivate func json() -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      writeMembers(to: &json) { $0.money("reported_usd", self.cost.value) }
    }
    return json.takeBytes()
  }
}
