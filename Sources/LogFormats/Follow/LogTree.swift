internal import Glibc

/// The logs below the paths that somebody named, and what has happened to them.
///
/// 1. Files and folders are known by their real paths, so that neither links nor folders in each
///    other make one of them two, and links in a ring end somewhere.
/// 2. A folder is watched before it is read: what is made in it at any time is either read or
///    told. So it is for the folders in it, however fast they come.
/// 3. What the kernel does not tell, because there are too many folders, because it lost count or
///    because the file system is another machine's, a sweep finds.
struct LogTree {
  struct File {
    var found: LogPaths.Found
    var stamp: FileStamp
  }

  struct Folder {
    /// As it is shown to people.
    var shown: String
    /// The only names in it that are looked for; `nil` where all of it is.
    var names: Set<String>?
    /// How much of it is looked at, where all of its names are.
    var reach = Reach.all
    /// How it was when it was read; `nil` where it has to be read again.
    var stamp: FileStamp?
    var watch: Int32?
    /// The last of the files that are events of a conversation, which are one log.
    var lastEvent: (number: Int64, name: String)?
  }

  /// A file that has another name now, as it seems: another file may have taken its place.
  struct Move: Hashable {
    var from: String
    var to: String
  }

  /// A path that somebody named.
  struct Root {
    var named: String
    /// Where it leads; `nil` while it leads nowhere.
    var real: String?
  }

  var files: [String: File] = [:]
  var folders: [String: Folder] = [:]
  /// The folders of the watches.
  var watched: [Int32: String] = [:]
  var roots: [Root] = []
  /// The files that were named themselves, by their real paths.
  var namedFiles: Set<String> = []
  /// Whether somebody goes on to look, and logs may come later.
  let follows: Bool
  let watcher: (any FolderWatcher)?
  /// Why not all folders are watched, if they are not.
  var watchProblem: String?
  /// Where each file was last seen, also after it went.
  private var places: [FileIdentity: String] = [:]
  private var moves: [Move] = []
  private var problems: [(shown: String, problem: SourceProblem)] = []
  /// What cannot be looked at now, as it is shown to people.
  private(set) var broken: [String: SourceProblem] = [:]
  private var changed: [String] = []
  private var isChanged: Set<String> = []
  /// How many logs and known folders were met, also for a second time.
  var matches = 0

  /// Goes through what is there.
  ///
  /// - Parameters:
  ///   - paths: what must be there.
  ///   - awaited: what is taken in too, now or when it comes.
  ///   - follows: whether somebody goes on to look.
  ///   - watcher: who tells of changes.
  init(
    _ paths: [String],
    awaited: [String] = [],
    follows: Bool = false,
    watcher: (any FolderWatcher)? = nil
  ) {
    self.follows = follows
    self.watcher = watcher
    for path in paths { addRoot(path) }
    for path in awaited {
      roots.append(Root(named: path))
      _ = resolve(roots.count - 1)
    }
  }

  private mutating func addRoot(_ path: String) {
    let before = (matches, problems.count)
    roots.append(Root(named: path))
    if let problem = resolve(roots.count - 1) {
      report(path, problem)
      return
    }
    // A folder to follow may well be empty as yet.
    guard !follows, (matches, problems.count) == before else { return }
    problems.append(
      (
        path,
        SourceProblem(
          .directoryWithoutLogs,
          "the folder \(path) holds no logs (\(LogPaths.endings.joined(separator: ", "))); name "
            + "another folder, or a file"
        )
      )
    )
  }

  /// Finds out where a named path leads; why it leads nowhere, if it does not.
  mutating func resolve(_ index: Int) -> SourceProblem? {
    let named = roots[index].named
    var status = stat()
    let isThere = stat(named, &status) == 0
    if isThere, status.st_mode & S_IFMT == S_IFIFO { return addPipe(named, status) }
    guard isThere, let real = Self.realPath(named) else {
      let code = errno
      if let old = roots[index].real { drop(old) }
      roots[index].real = nil
      return SourceProblem(path: named, errno: code)
    }
    // An event does not say what was before it: its conversation is meant.
    let events = EventFolder.of(file: real)
    let place = events ?? real
    if let old = roots[index].real, old != place { drop(old) }
    if roots[index].real == nil { isFine(named) }
    roots[index].real = place
    if let events {
      addFolder(events, shown: events)
    } else if status.st_mode & S_IFMT == S_IFDIR {
      addFolder(real, shown: named)
    } else {
      matches += 1
      namedFiles.insert(real)
      note(real, shown: named, status)
      if follows {
        addName(of: real)
        // A link may be made to lead elsewhere.
        if let link = Self.realPathOfLink(named), link != real { addName(of: link) }
      }
    }
    return nil
  }

  /// Takes in a pipe, which a shell's <(command) is: it has no path without links.
  private mutating func addPipe(_ named: String, _ status: stat) -> SourceProblem? {
    guard !follows else {
      return SourceProblem(.unreadable, "\(named) is a pipe; import it without --follow")
    }
    let found = LogPaths.Found(
      path: named,
      shown: named,
      isNamed: true,
      bytes: 0,
      canBeReadAgain: false
    )
    files[named] = File(found: found, stamp: FileStamp(status))
    matches += 1
    changed.append(named)
    return nil
  }

  /// Whether a named path leads nowhere, and has to be looked for.
  var hasMissingRoots: Bool { roots.contains { $0.real == nil } }

  // MARK: What is found

  /// Takes a file in, and marks it as changed where it is another than it was.
  mutating func note(_ real: String, shown: String, _ status: stat) {
    note(real, shown: shown, FileStamp(status), bytes: Int64(status.st_size))
  }

  mutating func note(_ real: String, shown: String, _ stamp: FileStamp, bytes: Int64) {
    let old = files[real]
    let found = LogPaths.Found(
      path: real,
      shown: old?.found.shown ?? shown,
      isNamed: namedFiles.contains(real),
      bytes: bytes,
      identity: stamp.identity
    )
    files[real] = File(found: found, stamp: stamp)
    noteMove(of: stamp, to: real)
    if old?.stamp != stamp, isChanged.insert(real).inserted { changed.append(real) }
  }

  /// The files that are new or have changed since the last time, in the order of their finding.
  mutating func takeChanged() -> [LogPaths.Found] {
    defer {
      changed.removeAll(keepingCapacity: true)
      isChanged.removeAll(keepingCapacity: true)
    }
    return changed.compactMap { files[$0]?.found }
  }

  private mutating func noteMove(of stamp: FileStamp, to real: String) {
    guard follows, let place = places.updateValue(real, forKey: stamp.identity), place != real
    else {
      return
    }
    // A second name of a file that is where it was is no move.
    if FileIdentity(of: place) == stamp.identity { return }
    moves.append(Move(from: place, to: real))
  }

  /// Forgets where files were that are no more.
  mutating func forgetPlaces() {
    places = places.filter { files[$0.value] != nil }
  }

  /// The files that were renamed since the last time.
  mutating func takeMoves() -> [Move] {
    defer { moves.removeAll() }
    return moves
  }

  /// Reports what cannot be looked at, once for as long as that lasts.
  mutating func report(_ shown: String, _ problem: SourceProblem) {
    guard broken.updateValue(problem, forKey: shown) != problem else { return }
    problems.append((shown, problem))
  }

  mutating func isFine(_ shown: String) {
    if !broken.isEmpty { broken[shown] = nil }
  }

  /// What could not be looked at since the last time.
  mutating func takeProblems() -> [(shown: String, problem: SourceProblem)] {
    defer { problems.removeAll() }
    return problems
  }
}
