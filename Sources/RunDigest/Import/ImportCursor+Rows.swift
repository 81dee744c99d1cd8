internal import Storage

extension ImportCursor {
  /// How far a source was read; `nil` if it never was.
  static func read(_ path: String, _ connection: Connection) throws -> ImportCursor? {
    let select = try connection.statement(
      """
      SELECT device, inode, size, mtime, offset, prefix_hash, incarnation, state
      FROM import_sources WHERE path = ?1
      """
    )
    try select.bind(path, at: 1)
    return try select.firstRow { row in
      ImportCursor(
        path: path,
        device: row.int64(at: 0),
        inode: row.int64(at: 1),
        size: row.int64(at: 2),
        mtime: row.int64(at: 3),
        offset: row.int64(at: 4),
        prefixHash: Array(row.bytes(at: 5)),
        incarnation: row.int64(at: 6),
        state: Array(row.bytes(at: 7))
      )
    }
  }

  /// Stores it in the place of the one that its path had.
  func save(_ connection: Connection) throws {
    let statement = try connection.statement(
      """
      INSERT INTO import_sources(path, device, inode, size, mtime, offset, prefix_hash, incarnation,
        state)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      ON CONFLICT(path) DO UPDATE SET device = ?2, inode = ?3, size = ?4, mtime = ?5, offset = ?6,
        prefix_hash = ?7, incarnation = ?8, state = ?9
      """
    )
    try statement.bind(path, at: 1)
    try statement.bind(device, at: 2)
    try statement.bind(inode, at: 3)
    try statement.bind(size, at: 4)
    try statement.bind(mtime, at: 5)
    try statement.bind(offset, at: 6)
    try prefixHash.withUnsafeBytes { try statement.bind(blob: $0, at: 7) }
    try statement.bind(incarnation, at: 8)
    try state.withUnsafeBytes { try statement.bind(blob: $0, at: 9) }
    try statement.run()
  }

  static func remove(_ path: String, _ connection: Connection) throws {
    let statement = try connection.statement("DELETE FROM import_sources WHERE path = ?1")
    try statement.bind(path, at: 1)
    try statement.run()
  }
}
