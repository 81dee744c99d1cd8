internal import Engine
internal import Events
internal import Folding

/// The rollups, added up again from brute force, and their comparison with those stored.
///
/// Families are put together here in another way than where they are kept: all links first, in the
/// order of the log, then the sums.
package struct ExpectedRollups {
  private struct Link {
    var position: LogPosition
    var child: RunRowID
    var parent: String
  }

  private var rollups = RollupDeltas()
  private var ownParts: [RunRowID: Totals] = [:]
  private var links: [Link] = []
  private var sessionRows: [ExactText: SessionRowID] = [:]
  private var sessionRuns: Set<SessionRun> = []

  mutating func add(
    _ reference: ReferenceFold,
    of run: RunReference,
    in tables: any EngineSnapshot
  ) throws {
    for part in reference.changes.sessions {
      let session = try tables.requireSession(part.session)
      sessionRows[ExactText(part.session)] = session
      sessionRuns.insert(
        SessionRun(
          session: session,
          run: run.row,
          firstOrdinal: part.firstOrdinal,
          firstTs: part.firstTs?.microseconds,
          lastTs: part.lastTs?.microseconds
        )
      )
    }
    let rows = sessionRows
    try rollups.add(cells: reference.changes.cells) { name in
      try rows[ExactText(name)] ?? tables.requireSession(name)
    }
    rollups.add(outcomes: reference.changes.outcomes)
    ownParts[run.row] = reference.changes.familyPart
    if let seq = reference.changes.parentLinkSeq, let parent = reference.digest.parentRun,
      RunID.problem(in: parent) == nil
    {
      let position = try tables.position(of: run.row, seq: seq) ?? .start
      links.append(Link(position: position, child: run.row, parent: parent))
    }
  }

  /// Compares all rollups; returns how many there are and which differ.
  mutating func compare(
    with reads: ReadSnapshot,
    runs: [RunReference]
  ) throws -> (count: Int64, differences: [Difference]) {
    addFamilies(runs)
    var differences = try compareSessionRuns(reads)
    var expected = rollups.deltas
    try reads.tables.forEachRollup(in: reads.generation) { key, totals in
      let stored = totals.canonical
      let part = expected.removeValue(forKey: key)
      let wanted = (part ?? Totals()).canonical
      if key.scope == .family, part == nil {
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
    return (Int64(rollups.deltas.count), differences.sorted { $0.description < $1.description })
  }

  private func compareSessionRuns(_ reads: ReadSnapshot) throws -> [Difference] {
    let stored = Set(try reads.tables.sessionRuns(in: reads.generation))
    return stored.symmetricDifference(sessionRuns).map { row in
      Difference(
        subject: "session #\(row.session.rawValue)",
        field: "run #\(row.run.rawValue)",
        stored: stored.contains(row) ? "\(row)" : "absent",
        expected: stored.contains(row) ? "absent" : "\(row)"
      )
    }
  }

  private func subject(_ key: RollupKey) -> String {
    switch key.scope {
    case .session: "session #\(key.id)"
    case .family: "family of run #\(key.id)"
    case .fifteenMinutes: "15 minutes #\(key.id) by \(key.dimension) \(key.key)"
    case .day, .month: "\(key.scope) #\(key.id) by \(key.dimension) \(key.key)"
    }
  }

  private mutating func addFamilies(_ runs: [RunReference]) {
    let rows = Dictionary(uniqueKeysWithValues: runs.map { (ExactText($0.name), $0.row) })
    var parents: [RunRowID: RunRowID] = [:]
    for link in links.sorted(by: { $0.position < $1.position }) {
      guard let parent = rows[ExactText(link.parent)] else { continue }
      var above: RunRowID? = parent
      while let run = above, run != link.child { above = parents[run] }
      if above == nil { parents[link.child] = parent }
    }
    for (run, part) in ownParts {
      var member: RunRowID? = run
      while let root = member {
        rollups.add(part, to: .family(root))
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
