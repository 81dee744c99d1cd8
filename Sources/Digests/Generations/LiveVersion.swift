internal import Engine
internal import Folding
package import Storage

/// Which generation of derived rows readers use.
///
/// A digest, and all rows that hang on it, belongs to a set. One set is live; another can be built
/// beside it and take its place in one transaction, so that nobody ever waits for a rebuild.
package enum LiveGeneration {
  /// The number of the live set.
  package static func read(_ connection: Connection) throws -> Int64 {
    try connection.integer("SELECT version FROM fold_versions WHERE live = 1")
  }

  /// The version of the fold that made the live set.
  package static func fold(_ connection: Connection) throws -> Int64 {
    try connection.integer("SELECT fold FROM fold_versions WHERE live = 1")
  }

  /// The number of the live generation, for a caller that folds into it.
  ///
  /// - Throws: ``StoreError`` `refused` when another version of the fold made it: two versions must
  ///   never write to one set.
  package static func forFolding(_ connection: Connection) throws -> Int64 {
    let fold = try fold(connection)
    guard fold == Digest.version else {
      throw StoreError(
        .refused,
        "the digests here are of fold version \(fold), this program makes \(Digest.version); run "
          + "digest-ctl migrate --digests"
      )
    }
    return try read(connection)
  }
}
