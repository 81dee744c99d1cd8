internal import Folding
internal import Storage

/// Which generation of derived rows readers use.
///
/// A generation is a complete set of derived rows, made by one version of the fold. One is live; another
/// can be built beside it and take its place in one transaction, so no reader waits for a rebuild.
enum LiveGeneration {
  /// The number of the live generation.
  static func read(_ connection: Connection) throws -> Int64 {
    try connection.integer("SELECT generation FROM generations WHERE live = 1")
  }

  /// The version of the fold that made the live generation.
  static func fold(_ connection: Connection) throws -> Int64 {
    try connection.integer("SELECT fold_version FROM generations WHERE live = 1")
  }

  /// The number of the live generation, for a caller that folds into it.
  ///
  /// - Throws: ``StoreError`` `refused` when another version of the fold made it: two versions must
  ///   never write to one generation.
  static func forFolding(_ connection: Connection, _ hooks: FoldHooks? = nil) throws -> Int64 {
    let (stored, own) = (try fold(connection), hooks?.foldVersion ?? Digest.version)
    guard stored == own else {
      throw StoreError(
        .refused,
        stored > own
          ? "the digests here are of fold version \(stored), this program makes \(own); use the newer "
            + "program, or go back with digest-ctl migrate --digests"
          : "the digests here are of fold version \(stored), this program makes \(own); run digest-ctl "
            + "migrate --digests"
      )
    }
    return try read(connection)
  }
}
