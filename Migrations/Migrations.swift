/// One step of the schema, as its file says it.
package struct Migration: Sendable {
  /// The schema version that it leads to.
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
/// From version 1.0.0 on a file is never edited: a change is a new file with the next number, listed here
/// and in Package.swift.
package enum Migrations {
  package static let all: [Migration] = [
    migration(10, "0010_schema.sql", PackageResources._010_schema_sql)
  ]

  private static func migration(_ number: Int, _ file: String, _ bytes: [UInt8]) -> Migration {
    Migration(number: number, file: file, sql: String(decoding: bytes, as: UTF8.self))
  }
}
