internal import Migrations

/// What makes a SQLite file a store of this program: its application id and its schema version.
package enum Schema {
  /// "RDGS", in the file's header since its first migration.
  package static let applicationID: Int64 = 0x5244_4753

  /// The schema version that this program writes.
  package static var version: Int { Migrations.all.last?.number ?? 0 }

  /// The oldest schema version that this program brings up to date.
  ///
  /// Lower ones are of programs before the first release.
  static var oldestVersion: Int { Migrations.all.first?.number ?? 0 }

  /// How many bytes a page of a new store has.
  ///
  /// A commit writes whole pages: one event alone commits 62 000 times a second with 4096 and
  /// 39 000 times with 8192. In batches, and for reading rows of 2 to 6 KB, they are equal.
  package static let pageBytes = 4096

  /// A WAL that was checkpointed is shortened to this size.
  package static let journalBytesMax = 64 << 20

  /// The files that the schema is made of, for a test that none is forgotten.
  static var migrationFiles: [String] { Migrations.all.map(\.file) }

  /// A migration from text, for tests.
  static func migration(_ number: Int, _ sql: String) -> Migration {
    Migration(number: number, file: "", sql: sql)
  }

  /// Refuses a file of another program, and a store that is newer or too old; only reads it.
  ///
  /// Another process may be making the store meanwhile, in one transaction: so what it makes is
  /// looked at first and the application id last, so a file that is half seen is still known as ours.
  package static func check(_ connection: Connection, path: String) throws {
    let objects = try connection.integer("SELECT count(*) FROM sqlite_schema")
    let version = try version(of: connection)
    let id = try connection.integer("PRAGMA application_id")
    if id == applicationID {
      guard version >= 0 else {
        throw StorageError(
          .foreign,
          "\(path) has a schema version that nobody wrote (\(version)); restore it from a copy"
        )
      }
      guard version == 0 || version >= oldestVersion else {
        throw StorageError(
          .olderSchema,
          "\(path) was written before the first release (schema \(version), this version reads "
            + "\(oldestVersion) and later); export its events with the program that wrote it "
            + "(digest-ctl export events) and import them into a new store with this one"
        )
      }
      guard version <= Self.version else {
        throw StorageError(
          .newerSchema,
          "\(path) was written by a newer version of RunDigest (schema \(version), this one "
            + "knows \(Self.version)); use the newer version"
        )
      }
      return
    }
    guard id == 0, version == 0, objects == 0 else {
      throw StorageError(
        .foreign,
        "\(path) is a SQLite file of another program; choose another path"
      )
    }
  }

  /// The tables, indexes, triggers and views of an open file: their SQL by their kinds and names.
  package static func objects(of connection: Connection) throws -> [String: String] {
    var objects: [String: String] = [:]
    try connection.statement("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
      .forEach { row in
        let (kind, name): (String, String) = (row.next(), row.next())
        objects["\(kind) \(name)"] = row.next()
      }
    return objects
  }

  /// Those of a new store.
  package static func objects() throws -> [String: String] {
    let connection = try Connection(path: ":memory:", mode: .readWrite)
    try Migrator.migrate(connection, with: Migrations.all)
    return try objects(of: connection)
  }

  /// The schema version of an open file, 0 for an empty one.
  package static func version(of connection: Connection) throws -> Int {
    Int(try connection.integer("PRAGMA user_version"))
  }

  /// Makes an empty file a store and brings an older one up to date, with the gate held.
  static func prepare(_ connection: Connection, path: String) throws {
    // Again, under the gate: another process may have been here since.
    try check(connection, path: path)
    if try version(of: connection) == 0 {
      // Has an effect only before the first table, and not in WAL mode any more.
      try connection.execute("PRAGMA page_size = \(pageBytes)")
    }
    let mode = try connection.prepare("PRAGMA journal_mode = WAL").firstRow { $0.string(at: 0) }
    guard mode == "wal" else {
      throw StorageError(.unwritable, "\(path) cannot be put into WAL mode; is it read-only?")
    }
    try connection.execute("PRAGMA journal_size_limit = \(journalBytesMax)")
    try Migrator.migrate(connection, with: Migrations.all)
  }
}
