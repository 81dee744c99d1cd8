internal import Engine
package import Folding
package import Storage
internal import Support

/// The rows of sums over sessions, families and spans of time.
///
/// Keeps ``Invariant/equalSums``.
package struct SumRows {
  package let connection: Connection
  package let version: Int64

  /// Adds what batches of folds that won their compare-and-set bring.
  package func add(_ folds: [PreparedFold]) throws {
    var deltas = SumDeltas()
    let links = FamilyLinks(connection: connection, version: version)
    for fold in folds {
      try deltas.add(cells: fold.changes.cells, sessionID: sessionID)
      for part in fold.changes.sessions {
        try SessionRuns(connection: connection, version: version)
          .add(part, of: fold.run, toSession: try sessionID(part.session))
      }
      deltas.add(outcomes: fold.changes.outcomes)
      let family = fold.changes.familyPart
      for member in try links.lineage(of: fold.run) { deltas.add(family, to: .family(member)) }
    }
    Invariant.equalSums.assert(
      deltas.haveAllEvents(of: folds),
      "quarters, days and months do not get the same events"
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
  package func add(_ delta: Totals, to key: SumKey) throws {
    var sum = try stored(key) ?? Totals()
    sum.merge(delta)
    try store(sum, key)
  }

  /// A row as it is stored.
  package func stored(_ key: SumKey) throws -> Totals? {
    let statement = try connection.statement(
      """
      SELECT body FROM sums
      WHERE version = ?1 AND scope = ?2 AND dimension = ?3 AND id = ?4 AND key = ?5
      """
    )
    try bind(statement, key)
    return try statement.firstRow { try Totals(body: $0.bytes(at: 0)) }
  }

  /// Writes a row.
  package func store(_ sum: Totals, _ key: SumKey) throws {
    let statement = try connection.statement(
      """
      INSERT INTO sums(version, scope, dimension, id, key, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      ON CONFLICT(version, scope, dimension, id, key) DO UPDATE SET body = excluded.body
      """
    )
    try bind(statement, key)
    try sum.encodedBody().withUnsafeBytes { try statement.bind(blob: $0, at: 6) }
    try statement.run()
  }

  private func bind(_ statement: Statement, _ key: SumKey) throws {
    try statement.bind(version, at: 1)
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
