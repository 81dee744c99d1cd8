package import Engine
package import Folding
internal import Support

/// The rollups of one generation: sums over sessions, families and buckets of time.
///
/// Keeps ``Invariant/equalRollups``.
package struct Rollups {
  private let tables: any EngineTransaction
  private let generation: Generation

  package init(_ tables: any EngineTransaction, _ generation: Generation) {
    self.tables = tables
    self.generation = generation
  }

  /// Adds what batches of folds that won their compare-and-set bring.
  package func add(_ folds: [PreparedFold]) throws {
    var deltas = RollupDeltas()
    let links = FamilyLinks(tables, generation)
    for fold in folds {
      try deltas.add(cells: fold.changes.cells, sessionID: tables.requireSession)
      for part in fold.changes.sessions {
        try tables.add(part, of: fold.key, toSession: try tables.requireSession(part.session))
      }
      deltas.add(outcomes: fold.changes.outcomes)
      let family = fold.changes.familyPart
      for member in try links.lineage(of: fold.key.run) { deltas.add(family, to: .family(member)) }
    }
    Invariant.equalRollups.assert(
      deltas.haveAllEvents(of: folds),
      "buckets of 15 minutes, a day and a month do not get the same events"
    )
    for (key, delta) in deltas.deltas { try add(delta, to: key) }
    // A link moves a whole stored family, so all rollups have to be stored first.
    for fold in folds {
      guard let seq = fold.changes.parentLinkSeq, let parent = fold.digest.parentRun else {
        continue
      }
      try links.declare(child: fold.key.run, parent: parent, seq: seq)
    }
  }

  /// Adds to one rollup, which is made if it is the first.
  package func add(_ delta: Totals, to key: RollupKey) throws {
    var sum = try tables.rollup(key, in: generation) ?? Totals()
    sum.merge(delta)
    try tables.store(sum, key, in: generation)
  }
}

extension LogSnapshot {
  /// The row of a session that has events.
  package func requireSession(_ name: String) throws -> SessionRowID {
    guard let session = try sessionID(named: name) else {
      throw StoreError(.corrupt, "session \(name) has events but no row; run digest-ctl doctor")
    }
    return session
  }
}
