package import Storage

/// Removing rows that can be derived again.
package struct DerivedRows {
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

  /// The version of the fold that a set is said to be of while it is being removed.
  static let noFold: Int64 = 0

  /// Deletes up to `limit` digests of a set with their rows, from an id on, and after the last of
  /// them the rest of the set; answers the last id deleted, `nil` once all is gone.
  ///
  /// A set that readers use is left as it is. Any other is marked first: the sums still have what is
  /// deleted here, so nobody may go on with it and make it live.
  func deleteSet(_ version: Int64, after last: Int64, limit: Int) throws -> Int64? {
    guard try LiveVersion.read(connection) != version else { return nil }
    let mark = try connection.statement(
      "UPDATE fold_versions SET fold = ?2 WHERE version = ?1 AND fold <> ?2"
    )
    try mark.bind(version, at: 1)
    try mark.bind(Self.noFold, at: 2)
    try mark.run()
    let select = try connection.statement(
      "SELECT id FROM digests WHERE id > ?1 AND version = ?2 ORDER BY id LIMIT ?3"
    )
    try select.bind(last, at: 1)
    try select.bind(version, at: 2)
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
      try connection.statement("DELETE FROM sums WHERE version = ?1"),
      try connection.statement("DELETE FROM session_runs WHERE version = ?1"),
      try connection.statement("DELETE FROM links WHERE version = ?1"),
      try connection.statement("DELETE FROM stalled WHERE version = ?1"),
      try connection.statement("DELETE FROM fold_versions WHERE version = ?1 AND live = 0"),
    ] {
      try statement.bind(version, at: 1)
      try statement.run()
    }
    return nil
  }
}
