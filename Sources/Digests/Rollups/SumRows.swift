internal import Engine
package import Folding
package import Storage
internal import Support

/// The rollups: sums over sessions, families and buckets of time.
///
/// Keeps ``Invariant/equalRollups``.
package struct RollupStore {
  package let connection: Connection
  package let version: Int64

  /// Adds what batches of folds that won their compare-and-set bring.
  package func add(_ folds: [PreparedFold]) throws {
    var deltas = RollupDeltas()
    let links = FamilyLinks(connection: connection, version: version)
    for fold in folds {
      try deltas.add(cells: fold.changes.cells, sessionID: sessionID)
      for part in fold.changes.sessions {
        try SessionRuns(connection: connection, generation: generation)
          .add(part, of: fold.run, toSession: try sessionID(part.session))
      }
      deltas.add(outcomes: fold.changes.outcomes)
      let family = fold.changes.familyPart
      for member in try links.lineage(of: fold.run) { deltas.add(family, to: .family(member)) }
    }
    Invariant.equalRollups.assert(
      deltas.haveAllEvents(of: folds),
      "buckets of 15 minutes, a day and a month do not get the same events"
    )
    for (key, delta) in deltas.deltas { try add(delta, to: key) }
    // A link moves a whole stored family, so all sums have to be stored first.
    for fold in folds {
      guard let seq = fold.changes.parentLinkSeq, let parent = fold.digest.parentRun else {
        continue
      }
      try links.declare(child: fold.run, parent: parent, seq: seq)
    }
  }

  /// Adds to one row, which is made if it is the first.
  package func add(_ delta: Totals, to key: RollupKey) throws {
    var sum = try stored(key) ?? Totals()
    sum.merge(delta)
    try store(sum, key)
  }

  /// A row as it is stored.
  package func stored(_ key: RollupKey) throws -> Totals? {
    let statement = try connection.statement(
      """
      SELECT body FROM rollups
      WHERE generation = ?1 AND scope = ?2 AND dimension = ?3 AND id = ?4 AND key = ?5
      """
    )
    try bind(statement, key)
    return try statement.firstRow { try Totals(body: $0.bytes(at: 0)) }
  }

  /// Writes a row.
  package func store(_ sum: Totals, _ key: RollupKey) throws {
    let statement = try connection.statement(
      """
      INSERT INTO rollups(generation, scope, dimension, id, key, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      ON CONFLICT(generation, scope, dimension, id, key) DO UPDATE SET body = excluded.body
      """
    )
    try bind(statement, key)
    try sum.encodedBody().withUnsafeBytes { try statement.bind(blob: $0, at: 6) }
    try statement.run()
  }

  private func bind(_ statement: Statement, _ key: RollupKey) throws {
    try statement.bind(generation, at: 1)
    try statement.bind(key.scope.rawValue, at: 2)
    try statement.bind(key.dimension, at: 3)
    try statement.bind(key.id, at: 4)
    try statement.bind(key.key, at: 5)
  }

  func sessionID(_ name: String) throws -> Int64 {
    let statement = try connection.statement("SELECT id FROM sessions WHERE name = ?1")
    try statement.bind(name, at: 1)
    guard let id = try statement.firstRow({ $0.int64(at: 0) }) else {
      throw StoreError(.corrupt, "session \(name) has events but no row; run digest-ctl doctor")
    }
    return id
  }
}
