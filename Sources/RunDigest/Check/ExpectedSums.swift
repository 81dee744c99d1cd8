internal import Events
internal import Folding
internal import Storage

/// The sums over runs, added up again from brute force, and their comparison with those stored.
///
/// Families are put together here in another way than where they are kept: all links first, in the
/// order of the log, then the sums.
struct ExpectedSums {
  private struct Link {
    var pos: Int64
    var child: Int64
    var parent: String
  }

  private var sums = SumDeltas()
  private var ownParts: [Int64: Totals] = [:]
  private var links: [Link] = []
  private var sessionKeys: [ExactText: Int64] = [:]
  private var sessionRuns: Set<SessionRuns.Row> = []

  mutating func add(_ brute: BruteForce, run: RunReference, _ connection: Connection) throws {
    for part in brute.changes.sessions {
      let session = try SumRows(connection: connection, version: 0).sessionID(part.session)
      sessionKeys[ExactText(part.session)] = session
      sessionRuns.insert(
        SessionRuns.Row(
          session: session,
          run: run.key,
          firstOrdinal: part.firstOrdinal,
          firstTs: part.firstTs?.microseconds,
          lastTs: part.lastTs?.microseconds
        )
      )
    }
    let keys = sessionKeys
    sums.add(cells: brute.changes.cells) { keys[ExactText($0)] ?? 0 }
    sums.add(outcomes: brute.changes.outcomes)
    ownParts[run.key] = brute.changes.familyPart
    if let seq = brute.changes.parentLinkSeq, let parent = brute.digest.parentRun,
      RunID.problem(in: parent) == nil
    {
      let pos = try RunIndex(connection).position(of: run.key, seq: seq) ?? 0
      links.append(Link(pos: pos, child: run.key, parent: parent))
    }
  }

  /// Compares all sums; answers how many there are and which differ.
  mutating func compare(
    _ connection: Connection,
    _ version: Int64,
    names: [Int64: String]
  ) throws -> (count: Int64, differences: [Difference]) {
    addFamilies(names)
    var differences = try compareSessionRuns(connection, version)
    var expected = sums.deltas
    let statement = try connection.statement(
      "SELECT scope, dimension, id, key, body FROM sums WHERE version = ?1"
    )
    try statement.bind(version, at: 1)
    try statement.forEachRow { row in
      guard let scope = SumScope(rawValue: row.int64(at: 0)) else { return }
      let key = SumKey(
        scope: scope,
        dimension: row.int64(at: 1),
        id: row.int64(at: 2),
        key: row.string(at: 3)
      )
      let stored = try Totals(body: row.bytes(at: 4)).canonical
      let part = expected.removeValue(forKey: key)
      let wanted = (part ?? Totals()).canonical
      if scope == .family, part == nil {
        // A link that is not accepted leaves no trace, not even a row of zeros.
        differences.append(
          Difference(subject: subject(key), field: "sum", stored: "a row", expected: "absent")
        )
      } else if stored != wanted {
        differences += Difference.between(
          stored: stored.json(),
          expected: wanted.json(),
          subject: subject(key),
          field: "sum"
        )
      }
    }
    for (key, totals) in expected where totals.canonical != Totals() {
      differences.append(
        Difference(subject: subject(key), field: "sum", stored: "absent", expected: "a row")
      )
    }
    return (Int64(sums.deltas.count), differences.sorted { $0.description < $1.description })
  }

  private func compareSessionRuns(
    _ connection: Connection,
    _ version: Int64
  ) throws -> [Difference] {
    let stored = Set(try SessionRuns(connection: connection, version: version).all())
    return stored.symmetricDifference(sessionRuns).map { row in
      Difference(
        subject: "session #\(row.session)",
        field: "run #\(row.run)",
        stored: stored.contains(row) ? "\(row)" : "absent",
        expected: stored.contains(row) ? "absent" : "\(row)"
      )
    }
  }

  private func subject(_ key: SumKey) -> String {
    switch key.scope {
    case .session: "session #\(key.id)"
    case .family: "family of run #\(key.id)"
    case .quarter, .day, .month: "\(key.scope) \(key.id) by \(key.dimension) \(key.key)"
    }
  }

  private mutating func addFamilies(_ names: [Int64: String]) {
    let keys = Dictionary(uniqueKeysWithValues: names.map { (ExactText($1), $0) })
    var parents: [Int64: Int64] = [:]
    for link in links.sorted(by: { $0.pos < $1.pos }) {
      guard let parent = keys[ExactText(link.parent)] else { continue }
      var above: Int64? = parent
      while let run = above, run != link.child { above = parents[run] }
      if above == nil { parents[link.child] = parent }
    }
    for (run, part) in ownParts {
      var member: Int64? = run
      while let root = member {
        sums.add(part, to: .family(root))
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
