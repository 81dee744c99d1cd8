internal import Engine
internal import Events
internal import Folding

/// The rollups, added up again from brute force, and their comparison with those stored.
///
/// They are added up on disk (``RollupScratch``), some thousand sums at a time, so that memory does not grow
/// with the store. Families are put together here in another way than where they are kept: all links
/// first, in the order of the log, then the sums.
package struct ExpectedRollups {
  private struct Link {
    var position: LogPosition
    var child: RunRowID
    var parent: RunRowID
  }

  /// So many sums are kept in memory before they are added to those on disk.
  private static let deltasMax = 4096

  private let tables: any EngineSnapshot
  private let scratch: any RollupScratch
  private var deltas = RollupDeltas()
  private var links: [Link] = []

  init(_ tables: any EngineSnapshot) throws {
    self.tables = tables
    scratch = try tables.makeRollupScratch()
  }

  mutating func add(_ reference: ReferenceFold, of run: RunReference) throws {
    for part in reference.changes.sessions {
      try scratch.add(
        SessionRun(
          session: try tables.requireSession(part.session),
          run: run.row,
          firstOrdinal: part.firstOrdinal,
          firstTs: part.firstTs?.microseconds,
          lastTs: part.lastTs?.microseconds
        )
      )
    }
    try deltas.add(cells: reference.changes.cells, sessionID: tables.requireSession)
    deltas.add(outcomes: reference.changes.outcomes)
    deltas.add(reference.changes.familyPart, to: .family(run.row))
    if let seq = reference.changes.parentLinkSeq, let parent = reference.digest.parentRun,
      RunID.problem(in: parent) == nil, let row = try tables.run(named: parent)?.row
    {
      let position = try tables.position(of: run.row, seq: seq) ?? .start
      links.append(Link(position: position, child: run.row, parent: row))
    }
    if deltas.deltas.count > Self.deltasMax { try flush() }
  }

  private mutating func flush() throws {
    for (key, totals) in deltas.deltas { try scratch.add(totals, to: key) }
    deltas = RollupDeltas()
  }

  /// Compares all rollups; returns how many there are.
  mutating func compare(
    with reads: ReadSnapshot,
    note: (Difference) -> Void
  ) throws -> Int64 {
    try flush()
    try addFamilies()
    try compareSessionRuns(reads, note)
    try compareSums(reads, note)
    return try scratch.sumCount()
  }

  private func compareSums(_ reads: ReadSnapshot, _ note: (Difference) -> Void) throws {
    var found: Int64 = 0
    var last: RollupKey?
    try reads.tables.forEachRollup(in: reads.generation) { key, totals in
      let expected = try scratch.sum(key)
      if expected != nil { found += 1 }
      if key == last {
        note(Difference(of: key, stored: "a second row", expected: "one"))
      }
      last = key
      let (stored, wanted) = (totals.canonical, (expected ?? Totals()).canonical)
      if key.scope == .family, expected == nil {
        // A link that is not accepted leaves no trace, not even a row of zeros.
        note(Difference(of: key, stored: "a row", expected: "absent"))
      } else if stored != wanted {
        Difference.between(
          stored: stored.json(),
          expected: wanted.json(),
          subject: Difference.subject(key),
          field: "sum"
        ).forEach(note)
      }
    }
    guard try found != scratch.sumCount() else { return }
    try scratch.forEachSum { key, totals in
      guard totals.canonical != Totals(),
        try reads.tables.rollup(key, in: reads.generation) == nil
      else { return }
      note(Difference(of: key, stored: "absent", expected: "a row"))
    }
  }

  private func compareSessionRuns(_ reads: ReadSnapshot, _ note: (Difference) -> Void) throws {
    var found: Int64 = 0
    try reads.tables.forEachSessionRun(in: reads.generation) { row in
      let expected = try scratch.sessionRun(row.run, in: row.session)
      if expected != nil { found += 1 }
      if row != expected { note(Difference(of: row, stored: row, expected: expected)) }
    }
    guard try found != scratch.sessionRunCount() else { return }
    try scratch.forEachSessionRun { row in
      let stored = try reads.tables.sessionRun(row.run, in: row.session, of: reads.generation)
      if stored == nil { note(Difference(of: row, stored: nil, expected: row)) }
    }
  }

  /// Adds each family to the one above it, the lowest first.
  private func addFamilies() throws {
    var parents: [RunRowID: RunRowID] = [:]
    for link in links.sorted(by: { $0.position < $1.position }) {
      var above: RunRowID? = link.parent
      while let run = above, run != link.child { above = parents[run] }
      if above == nil, parents[link.child] == nil { parents[link.child] = link.parent }
    }
    var depths: [(child: RunRowID, depth: Int)] = []
    for child in parents.keys {
      var depth = 0
      var above = parents[child]
      while let run = above {
        depth += 1
        above = parents[run]
      }
      depths.append((child, depth))
    }
    depths.sort { $0.depth > $1.depth }
    for (child, _) in depths {
      guard let parent = parents[child], let sum = try scratch.sum(.family(child)) else { continue }
      try scratch.add(sum, to: .family(parent))
    }
  }
}

extension Difference {
  fileprivate static func subject(_ key: RollupKey) -> String {
    switch key.scope {
    case .session: "session #\(key.id)"
    case .family: "family of run #\(key.id)"
    case .fifteenMinutes: "15 minutes #\(key.id) by \(key.dimension) \(key.key)"
    case .day, .month: "\(key.scope) #\(key.id) by \(key.dimension) \(key.key)"
    }
  }

  fileprivate init(of key: RollupKey, stored: String, expected: String) {
    self.init(subject: Self.subject(key), field: "sum", stored: stored, expected: expected)
  }

  fileprivate init(of row: SessionRun, stored: SessionRun?, expected: SessionRun?) {
    self.init(
      subject: "session #\(row.session.rawValue)",
      field: "run #\(row.run.rawValue)",
      stored: stored.map { "\($0)" } ?? "absent",
      expected: expected.map { "\($0)" } ?? "absent"
    )
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
