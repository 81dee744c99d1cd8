internal import Glibc

extension LogTree {
  // MARK: Folders

  /// Takes in a folder, as far as it is looked at.
  mutating func addFolder(_ real: String, shown: String, reach: Reach = .all) {
    if let known = folders[real], known.names == nil {
      matches += 1
      let joined = known.reach.joined(with: reach)
      if joined != known.reach {
        folders[real]?.reach = joined
        return read(real)
      }
      // It may be open to us by now.
      if broken[known.shown] != nil { read(real) }
      return
    }
    folders[real] = Folder(shown: shown, reach: reach, watch: folders[real]?.watch)
    read(real)
  }

  /// Takes in one name of a folder, of which nothing else is looked for.
  mutating func addName(of real: String) {
    guard let slash = real.lastIndex(of: "/") else { return }
    let folder = slash == real.startIndex ? "/" : String(real[..<slash])
    let name = String(real[real.index(after: slash)...])
    if folders[folder] == nil {
      let watch = startWatching(folder)
      folders[folder] = Folder(shown: folder, names: [], watch: watch)
    }
    folders[folder]?.names?.insert(name)
  }

  /// Has a folder watched; what keeps it from being is found by sweeps.
  func watchFailure(_ code: Int32) -> String? {
    switch code {
    case ENOENT, ENOTDIR, EACCES: nil
    case ENOSPC:
      "the kernel watches no more folders for this user (fs.inotify.max_user_watches); files are "
        + "looked at twice a second instead. Raise it with sysctl to save that work"
    default:
      "the kernel does not tell of changes (\(String(cString: strerror(code)))); files are looked "
        + "at twice a second instead"
    }
  }

  mutating func startWatching(_ real: String) -> Int32? {
    guard let watcher else { return nil }
    guard let watch = watcher.watch(real) else {
      watchProblem = watchProblem ?? watchFailure(errno)
      return nil
    }
    watched[watch] = real
    return watch
  }

  /// Reads a folder, and all that is new below it.
  mutating func read(_ real: String) {
    guard var folder = folders[real] else { return }
    if folder.watch == nil, watchProblem == nil {
      folder.watch = startWatching(real)
      folders[real] = folder
    }
    var status = stat()
    guard stat(real, &status) == 0 else { return drop(real) }
    let stamp = FileStamp(status)
    if let names = folder.names {
      for name in names.sorted() { examine(name, in: real) }
    } else {
      let contents: FolderContents
      do {
        contents = try FolderContents(real, folder.reach)
      } catch {
        return report(folder.shown, SourceProblem(path: folder.shown, errno: error.code))
      }
      isFine(folder.shown)
      let names = takeEvents(among: contents.names, in: real)
      for name in names { examine(name, in: real) }
      if let odd = contents.unspeakable {
        report(
          folder.shown + "/" + odd,
          // A path is kept as text, by which the file is to be known again.
          SourceProblem(
            .unreadable,
            "the name \(folder.shown)/\(odd) is not UTF-8; rename the file"
          )
        )
      }
    }
    // Times of files are coarse: what comes a moment later may leave the folder's as it is.
    folders[real]?.stamp = stamp.isSettled ? stamp : nil
  }

  /// Forgets a folder and all below it, or a file.
  mutating func drop(_ real: String) {
    files[real] = nil
    let below = real.hasSuffix("/") ? real : real + "/"
    for path in folders.keys where path == real || path.hasPrefix(below) {
      if let watch = folders[path]?.watch {
        watched[watch] = nil
        watcher?.unwatch(watch)
      }
      folders[path] = nil
    }
    for path in files.keys where path.hasPrefix(below) { files[path] = nil }
    for index in roots.indices {
      guard let root = roots[index].real, root == real || root.hasPrefix(below) else { continue }
      roots[index].real = nil
    }
  }

  // MARK: Files

  /// Looks at an entry of a folder.
  mutating func examine(_ name: String, in real: String) {
    guard let folder = folders[real] else { return }
    if folder.names == nil, EventFolder.isOne(real), let number = EventFolder.number(of: name) {
      return noteEvent(number, name, in: real)
    }
    let path = real == "/" ? real + name : real + "/" + name
    let isNamed = namedFiles.contains(path)
    let reach = folder.reach.below(name)
    guard isNamed || folder.names?.contains(name) ?? (reach != .nothing) else { return }
    let shown = folder.shown + (folder.shown.hasSuffix("/") ? "" : "/") + name
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == EACCES, LogPaths.isLog(name) {
        report(shown, SourceProblem(path: shown, errno: EACCES))
      } else {
        isFine(shown)
      }
      return forget(path)
    }
    var target = path
    if status.st_mode & S_IFMT == S_IFLNK {
      guard let led = Self.realPath(path), stat(led, &status) == 0 else {
        // A link to nothing is nothing; else there is something that cannot be reached.
        if errno != ENOENT, LogPaths.isLog(name) {
          report(shown, SourceProblem(path: shown, errno: errno))
        }
        return
      }
      target = led
      isFine(shown)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR where folder.names == nil:
      addFolder(target, shown: shown, reach: reach)
    case S_IFREG where isNamed || folder.names != nil || reach == .all && LogPaths.isLog(name):
      matches += 1
      note(target, shown: shown, status)
      // Nobody tells of what happens to a file elsewhere.
      if target != path, follows { addName(of: target) }
    default:
      break
    }
  }

  mutating func forget(_ path: String) {
    if let folder = EventFolder.of(file: path), folders[folder]?.lastEvent != nil {
      noteEvents(of: folder)
    } else if folders[path] != nil {
      drop(path)
    } else {
      files[path] = nil
    }
  }

  // MARK: Paths

  static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(validatingCString: resolved)
  }

  /// The real path of an entry itself, be it a link or not.
  static func realPathOfLink(_ path: String) -> String? {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    return realPath(folder).map { $0 == "/" ? $0 + name : $0 + "/" + name }
  }
}

/// The names in a folder that are looked at: those of logs first, in the order of their names,
/// so that the same folder is always gone through in the same order, and the log of a session
/// comes before those of its sub-agents, which often lie in a folder or file beside it.
private struct FolderContents {
  struct Failure: Error {
    var code: Int32
  }

  var names: [String] = []
  /// A name that is no text.
  var unspeakable: String?

  init(_ folder: String, _ reach: Reach) throws(Failure) {
    guard let stream = opendir(folder) else { throw Failure(code: errno) }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let (name, odd) = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          (String(validatingCString: $0), String(cString: $0))
        }
      }
      guard let name else {
        if LogPaths.isLog(odd) { unspeakable = odd }
        continue
      }
      let kind = Int(entry.pointee.d_type)
      let isOfUse = kind == DT_DIR || kind == DT_LNK || kind == DT_UNKNOWN || LogPaths.isLog(name)
      if isOfUse, reach.below(name) != .nothing { names.append(name) }
    }
    // There may be ten thousand of them: each is ranked once.
    names = names.map { (Self.rank($0), $0) }.sorted { $0 < $1 }.map(\.1)
  }

  private static func rank(_ name: String) -> Int {
    // The state of a conversation comes after its events, which lie in a folder beside it.
    if name == EventFolder.stateName { return 3 }
    guard LogPaths.isLog(name) else { return 2 }
    return name.hasPrefix("agent-") ? 1 : 0
  }
}
