package import Migrations

/// Brings a file's schema up to date, one numbered migration after the other.
///
/// All that a file lacks are one IMMEDIATE transaction together with the version number that they
/// lead to, so a file is always at a version that some release wrote, wherever the process died.
package enum Migrator {
  /// Applies the migrations that the file lacks, with the write gate held.
  ///
  /// `migrations` are all there are, numbered 1, 2, 3 …; `steps` is what SQL cannot say of them, by
  /// their numbers, each done after its file.
  package static func migrate(
    _ connection: Connection,
    with migrations: [Migration],
    steps: [Int: (Connection) throws -> Void] = [:]
  ) throws {
    precondition(migrations.map(\.number) == Array(1..<migrations.count + 1))
    let version = try Schema.version(of: connection)
    guard version < migrations.count else { return }
    try connection.execute("BEGIN IMMEDIATE")
    do {
      for migration in migrations.dropFirst(version) {
        try connection.execute(migration.sql)
        try steps[migration.number]?(connection)
      }
      try connection.execute("PRAGMA user_version = \(migrations.count)")
      try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw error
    }
  }
}
