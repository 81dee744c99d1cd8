internal import RunDigest

/// Finds sources that were renamed since they were read, while nobody followed them: a rotated log
/// is read on under its new name, and none of its lines is taken for a new one.
///
/// A file is the one that was read where its number is the same, the old name leads elsewhere or
/// nowhere, and it begins with all that was read of it: numbers of files are used again.
struct RenamedSources {
  private let store: RunStore

  init(_ store: RunStore) {
    self.store = store
  }

  /// Has the cursors of what was renamed go with it.
  func settle(_ files: [LogPaths.Found]) async throws {
    var known: [FileStamp.Identity: [String]] = [:]
    for place in try store.importedPlaces() {
      let identity = FileStamp.Identity(device: place.device, inode: place.inode)
      known[identity, default: []].append(place.path)
    }
    var moves: [ImportMove] = []
    for file in files {
      guard let path = file.path, let identity = file.identity,
        let places = known[identity], !places.contains(path)
      else { continue }
      // A second name of a file that is where it was is no move.
      for place in places where FileStamp.Identity(of: place) != identity {
        guard let cursor = try store.importCursor(of: place),
          try await Self.begins(path, as: cursor)
        else { continue }
        moves.append(ImportMove(cursor: cursor, to: path))
        break
      }
    }
    try await store.moveImportCursors(moves)
  }

  /// Whether a file has the beginning that a cursor was read to.
  static func begins(_ path: String, as cursor: ImportCursor) async throws -> Bool {
    guard cursor.offset > 0 else { return false }
    return try await BlockingWork.run {
      guard let file = try? SourceFile(path: path, shown: path, mayWait: false),
        let hash = try? PrefixHash(of: file, count: cursor.offset)
      else { return false }
      return hash.value == cursor.prefixHash
    }
  }
}
