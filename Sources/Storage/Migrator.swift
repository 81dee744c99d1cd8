package import Migrations

/// Brings a file's schema up to date, one numbered migration after the other.
///
/// Each is one IMMEDIATE transaction together with the version number that it leads to, so a file
/// is always at exactly one version, wherever the process died.
package enum Migrator {
  /// Applies the migrations that the file lacks, with the write gate held.
  ///
  /// `migrations` are all there are, numbered 1, 2, 3 …
  package static func migrate(_ connection: Connection, with migrations: [Migration]) throws {
    precondition(migrations.map(\.number) == Array(1..<migrations.count + 1))
    let version = try Schema.version(of: connection)
    for migration in migrations where migration.number > version {
      try apply(migration, to: connection)
    }
  }

  private static func apply(_ migration: Migration, to connection: Connection) throws {
    try connection.execute("BEGIN IMMEDIATE")
    do {
      try connection.execute(migration.sql)
      try connection.execute("PRAGMA user_version = \(migration.number)")
      try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw error
    }
  }
}
