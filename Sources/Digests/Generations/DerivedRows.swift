package import Storage

/// Removing rows that can be derived again.
package struct GenerationStore {
  package let connection: Connection

  /// Deletes the rows that hang on a digest, not the digest itself.
  func deleteRows(of digestID: Int64) throws {
    for statement in [
      try connection.statement("DELETE FROM turns WHERE digest = ?1"),
      try connection.statement("DELETE FROM calls WHERE digest = ?1"),
      try connection.statement("DELETE FROM permissions WHERE digest = ?1"),
      try connection.statement("DELETE FROM findings WHERE digest = ?1"),
      try connection.statement("DELETE FROM quarantine WHERE digest = ?1"),
    ] {
      try statement.bind(digestID, at: 1)
      try statement.run()
    }
  }

  /// The fold version that a generation is given while it is being deleted.
  static let noFold: Int64 = 0

  /// Deletes up to `limit` digests of a generation with their rows, from an id on, and after the last of
  /// them the rest of the generation; returns the last id deleted, `nil` once all is gone.
  ///
  /// The live generation is left as it is. Any other is marked first: its rollups still count what is
  /// deleted here, so no rebuild may go on with it and make it live.
  func delete(_ generation: Int64, after last: Int64, limit: Int) throws -> Int64? {
    guard try LiveGeneration.read(connection) != generation else { return nil }
    let mark = try connection.statement(
      "UPDATE generations SET fold_version = ?2 WHERE generation = ?1 AND fold_version <> ?2"
    )
    try mark.bind(generation, at: 1)
    try mark.bind(Self.noFold, at: 2)
    try mark.run()
    let select = try connection.statement(
      "SELECT id FROM digests WHERE id > ?1 AND generation = ?2 ORDER BY id LIMIT ?3"
    )
    try select.bind(last, at: 1)
    try select.bind(generation, at: 2)
    try select.bind(Int64(limit), at: 3)
    var ids: [Int64] = []
    try select.forEachRow { ids.append($0.int64(at: 0)) }
    for id in ids {
      try deleteRows(of: id)
      let delete = try connection.statement("DELETE FROM digests WHERE id = ?1")
      try delete.bind(id, at: 1)
      try delete.run()
    }
    if let last = ids.last { return last }
    for statement in [
      try connection.statement("DELETE FROM rollups WHERE generation = ?1"),
      try connection.statement("DELETE FROM session_runs WHERE generation = ?1"),
      try connection.statement("DELETE FROM family_links WHERE generation = ?1"),
      try connection.statement("DELETE FROM stalled_runs WHERE generation = ?1"),
      try connection.statement("DELETE FROM generations WHERE generation = ?1 AND live = 0"),
    ] {
      try statement.bind(generation, at: 1)
      try statement.run()
    }
    return nil
  }
}
