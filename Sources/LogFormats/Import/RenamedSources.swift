internal import FoundationEssentials
internal import RunDigest

/// Finds sources that were renamed since they were read, while nobody looked: a rotated log is read
/// on under its new name, and none of its lines is taken for a new one.
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
    var known: [FileIdentity: [String]] = [:]
    for place in try store.importedSources() {
      let identity = FileIdentity(device: place.device, inode: place.inode)
      known[identity, default: []].append(place.path)
    }
    var moves: [ImportMove] = []
    for file in files {
      guard let path = file.path, let identity = file.identity,
        let places = known[identity], !places.contains(path)
      else { continue }
      // A second name of a file that is where it was is no move.
      for place in places where FileIdentity(of: place) != identity {
        guard let cursor = try store.importCursor(of: place),
          try await Self.begins(path, as: cursor)
        else { continue }
        moves.append(ImportMove(cursor: cursor, to: path))
        break
      }
    }
    try await store.moveImportCursors(moves)
  }

  /// Has the cursors of what was renamed in the folder of a file go with it; answers the cursor of
  /// that file.
  ///
  /// A log may be rotated at any time, also between the look that found it and its opening.
  func settle(beside path: String) async throws -> ImportCursor? {
    let folder = Siblings.folder(of: path)
    try await settle(
      Siblings.names(in: folder).map { name in
        let place = folder + name
        let identity = FileIdentity(of: place)
        return LogPaths.Found(
          path: place,
          shown: place,
          isNamed: false,
          bytes: 0,
          identity: identity
        )
      }
    )
    return try store.importCursor(of: path)
  }

  /// Whether a file is the one that a cursor is of, and has the beginning that was read.
  ///
  /// The path may lead to another file by now, whose cursor it may be that the path of the renamed
  /// one has: of logs without ids one may well begin as another does.
  static func begins(_ path: String, as cursor: ImportCursor) async throws -> Bool {
    guard cursor.offset > 0 else { return false }
    return try await BlockingWork.run {
      guard let file = try? SourceFile(path: path, shown: path, mayWait: false),
        file.opened?.file == cursor.file,
        let hash = try? PrefixHash(of: file, count: cursor.offset)
      else { return false }
      return hash.value == cursor.prefixHash
    }
  }
}

/// Which logs lie in the folders that were looked into, as long as these are as they were: after a
/// restored backup each file is another one, and its folder is not to be read for each.
struct Siblings {
  private var folders: [String: (stamp: FileStamp, files: Set<FileIdentity>)] = [:]

  /// Whether the file that a cursor is of lies in the folder of the path that it had.
  mutating func hold(_ cursor: ImportCursor) -> Bool {
    let folder = Self.folder(of: cursor.path)
    let identity = cursor.file
    guard let stamp = FileStamp(of: folder) else { return false }
    if let known = folders[folder], known.stamp == stamp { return known.files.contains(identity) }
    let files = Set(Self.names(in: folder).compactMap { FileIdentity(of: folder + $0) })
    // Times of files are coarse: what comes a moment later may leave the folder's as it is.
    folders[folder] = stamp.isSettled ? (stamp, files) : nil
    return files.contains(identity)
  }

  /// With a slash at its end.
  fileprivate static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
  }

  fileprivate static func names(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { LogPaths.isLog($0) && Reach.all.below($0) == .all }.sorted()
  }
}
