package import Migrations

/// Brings a file's schema up to date, one numbered migration after the other.
///
/// One IMMEDIATE transaction applies all migrations that a file lacks and writes the number that they
/// lead to. So wherever the process dies, a file is at a version that some release wrote.
package enum Migrator {
  /// Applies the migrations that the file lacks, with the write gate held.
  ///
  /// `migrations` are all there are, by consecutive numbers. The file is empty, or at one of them.
  package static func migrate(_ connection: Connection, with migrations: [Migration]) throws {
    guard let first = migrations.first, let last = migrations.last else { return }
    precondition(migrations.map(\.number) == Array(first.number...last.number))
    let version = try Schema.version(of: connection)
    guard version < last.number else { return }
    try connection.execute("BEGIN IMMEDIATE")
    do {
      for migration in migrations where migration.number > version {
        try connection.execute(migration.sql)
      }
      try connection.execute("PRAGMA user_version = \(last.number)")
      try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      throw error
    }
  }
}
