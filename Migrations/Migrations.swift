/// One step of the schema, as its file says it.
package struct Migration: Sendable {
  /// 1, 2, 3 …: the schema version that it leads to.
  package let number: Int
  /// The file's name.
  package let file: String
  /// One or more SQL statements.
  package let sql: String

  package init(number: Int, file: String, sql: String) {
    self.number = number
    self.file = file
    self.sql = sql
  }
}

/// The steps that lead from an empty file to the schema of this version, embedded at build time.
///
/// A released file is never edited: a change is a new file, listed here and in Package.swift.
package enum Migrations {
  package static let all: [Migration] = [
    migration(1, "0001_log_and_digests.sql", PackageResources._001_log_and_digests_sql),
    migration(2, "0002_digest_changes.sql", PackageResources._002_digest_changes_sql),
    migration(3, "0003_postings.sql", PackageResources._003_postings_sql),
    migration(4, "0004_import_facts.sql", PackageResources._004_import_facts_sql),
    migration(
      5,
      "0005_turn_time_and_sessions.sql",
      PackageResources._005_turn_time_and_sessions_sql
    ),
  ]

  private static func migration(_ number: Int, _ file: String, _ bytes: [UInt8]) -> Migration {
    Migration(number: number, file: file, sql: String(decoding: bytes, as: UTF8.self))
  }
}
