package import Engine
internal import Storage

/// What imports have left in the store.
extension SQLiteReads {
  package func importCursor(of path: String) throws -> ImportCursor? {
    try connection.statement(
      """
      SELECT device, inode, size, mtime, offset, prefix_hash, incarnation, state
      FROM import_sources WHERE path = ?
      """
    ).bind(path).first { row in
      ImportCursor(
        path: path,
        device: row.next(),
        inode: row.next(),
        size: row.next(),
        mtime: row.next(),
        offset: row.next(),
        prefixHash: row.next(),
        incarnation: row.next(),
        state: row.next()
      )
    }
  }

  package func importedSources() throws -> [ImportedSource] {
    var sources: [ImportedSource] = []
    try connection.statement("SELECT path, device, inode FROM import_sources WHERE offset > 0")
      .forEach { row in
        sources.append(ImportedSource(path: row.next(), device: row.next(), inode: row.next()))
      }
    return sources
  }

  package func importFact(_ key: String) throws -> String? {
    try connection.statement("SELECT value FROM import_facts WHERE key = ?").bind(key).first {
      $0.next()
    }
  }

  package func quarantinedLineCount() throws -> (lines: Int64, sources: Int64) {
    try connection.statement("SELECT count(*), count(DISTINCT path) FROM quarantined_lines")
      .first { ($0.next(), $0.next()) } ?? (0, 0)
  }

  package func quarantinedLines(limit: Int) throws -> [QuarantinedLine] {
    var lines: [QuarantinedLine] = []
    try connection.statement(
      """
      SELECT path, line, reason, size, beginning FROM quarantined_lines
      ORDER BY path, line, hash LIMIT ?
      """
    ).bind(limit).forEach { row in
      lines.append(
        QuarantinedLine(
          source: row.next(),
          line: row.next(),
          reason: row.next(),
          size: row.next(),
          beginning: row.next()
        )
      )
    }
    return lines
  }
}

extension SQLiteTransaction {
  package func save(_ cursor: ImportCursor) throws {
    try connection.statement(
      """
      INSERT INTO import_sources(path, device, inode, size, mtime, offset, prefix_hash, incarnation,
        state)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      ON CONFLICT(path) DO UPDATE SET device = ?2, inode = ?3, size = ?4, mtime = ?5, offset = ?6,
        prefix_hash = ?7, incarnation = ?8, state = ?9
      """
    ).run(
      cursor.path,
      cursor.device,
      cursor.inode,
      cursor.size,
      cursor.mtime,
      cursor.offset,
      cursor.prefixHash,
      cursor.incarnation,
      cursor.state
    )
  }

  package func removeImportCursor(of path: String) throws {
    try connection.statement("DELETE FROM import_sources WHERE path = ?").run(path)
  }

  package func saveImportFact(_ value: String?, under key: String) throws {
    guard let value else {
      return try connection.statement("DELETE FROM import_facts WHERE key = ?").run(key)
    }
    try connection.statement(
      """
      INSERT INTO import_facts(key, value) VALUES (?1, ?2)
      ON CONFLICT(key) DO UPDATE SET value = ?2
      """
    ).run(key, value)
  }

  package func quarantine(_ lines: [UnreadLine], of source: String) throws {
    guard !lines.isEmpty else { return }
    let count = try connection.statement("SELECT count(*) FROM quarantined_lines WHERE path = ?")
      .bind(source).first { $0.next(Int64.self) }
    var room = UnreadLine.perSourceMax - (count ?? 0)
    for line in lines where room > 0 {
      try connection.statement(
        """
        INSERT INTO quarantined_lines(path, line, hash, size, reason, beginning)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """
      ).run(source, line.line, line.hash, line.size, line.reason, line.beginning)
      room -= Int64(connection.changes)
    }
  }

  package func forgetDamage(of source: String) throws {
    try connection.statement("DELETE FROM quarantined_lines WHERE path = ? AND hash = 0")
      .run(source)
  }
}
