internal import Engine
internal import Storage

/// Names by their beginnings.
extension SQLiteReads {
  package func runNames(prefix: String, limit: Int) throws -> [String] {
    try names(
      connection.statement("SELECT name FROM runs WHERE name >= ? ORDER BY name LIMIT ?")
        .bind(prefix, limit),
      prefix
    )
  }

  package func runNames(prefixBehindColon prefix: String, limit: Int) throws -> [String] {
    var found: [String] = []
    try connection.statement(
      """
      SELECT name FROM runs
      WHERE instr(name, ':') > 0 AND substr(name, instr(name, ':') + 1, length(?1)) = ?1
      ORDER BY name LIMIT ?2
      """
    ).bind(prefix, limit).forEach { found.append($0.next()) }
    return found
  }

  package func sessionNames(prefix: String, limit: Int) throws -> [String] {
    try names(
      connection.statement("SELECT name FROM sessions WHERE name >= ? ORDER BY name LIMIT ?")
        .bind(prefix, limit),
      prefix
    )
  }

  private func names(_ statement: Statement, _ prefix: String) throws -> [String] {
    var found: [String] = []
    try statement.forEach { row in
      let name: String = row.next()
      if name.utf8.starts(with: prefix.utf8) { found.append(name) }
    }
    return found
  }
}
