internal import Storage

extension ImportFact {
  /// The value of a fact; `nil` where there is none.
  static func read(_ key: String, _ connection: Connection) throws -> String? {
    let select = try connection.statement("SELECT value FROM import_facts WHERE key = ?1")
    try select.bind(key, at: 1)
    return try select.firstRow { $0.string(at: 0) }
  }

  /// Writes the change.
  ///
  /// - Throws: ``ImportConflict`` if the store has another value than the importer read.
  func save(_ connection: Connection) throws {
    guard try Self.read(key, connection) == before else { throw ImportConflict() }
    guard let after else {
      let delete = try connection.statement("DELETE FROM import_facts WHERE key = ?1")
      try delete.bind(key, at: 1)
      return try delete.run()
    }
    let insert = try connection.statement(
      """
      INSERT INTO import_facts(key, value) VALUES (?1, ?2)
      ON CONFLICT(key) DO UPDATE SET value = ?2
      """
    )
    try insert.bind(key, at: 1)
    try insert.bind(after, at: 2)
    try insert.run()
  }
}
