internal import Glibc

/// Finds the files below the paths that somebody named.
struct LogPaths {
  /// A file to import.
  struct Found: Hashable {
    /// Absolute and without symbolic links; `nil` for standard input.
    var path: String?
    /// As it is shown to people.
    var shown: String
    /// Whether it was named itself, rather than found in a folder.
    var isNamed: Bool
    var bytes: Int64
    /// Whether it is a file: what comes out of a pipe comes once.
    var canBeReadAgain = true
  }

  private(set) var files: [Found] = []
  private(set) var problems: [(shown: String, problem: SourceProblem)] = []
  /// Files in folders that look like logs, also those that another path led to before.
  private var matches = 0
  private var seenFiles: Set<String> = []
  /// Folders that were gone through, by device and inode: links may lead in a ring.
  private var seenFolders: Set<[UInt64]> = []

  /// The ends of names that logs have, packed ones with one more; in a folder nothing else is
  /// looked at.
  static let endings = [".jsonl", ".ndjson", ".json"]
  private static let packedEndings = ["", ".gz", ".zst"]

  init(_ paths: [String]) {
    for path in paths { add(path) }
  }

  private mutating func add(_ path: String) {
    if path == "-" {
      let shown = "standard input"
      files.append(Found(path: nil, shown: shown, isNamed: true, bytes: 0, canBeReadAgain: false))
      return
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      problems.append((path, SourceProblem(path: path, errno: errno)))
      return
    }
    if status.st_mode & S_IFMT == S_IFIFO {
      // A shell's <(command) has no path without links.
      files.append(Found(path: path, shown: path, isNamed: true, bytes: 0, canBeReadAgain: false))
      return
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      addFile(path, Int64(status.st_size), isNamed: true)
      return
    }
    let before = (matches, problems.count)
    walk(path, status)
    if (matches, problems.count) == before {
      problems.append(
        (
          path,
          SourceProblem(
            .directoryWithoutLogs,
            "the folder \(path) holds no logs (\(Self.endings.joined(separator: ", "))); name "
              + "another folder, or a file"
          )
        )
      )
    }
  }

  private mutating func addFile(_ path: String, _ bytes: Int64, isNamed: Bool) {
    guard let resolved = realpath(path, nil) else {
      problems.append((path, SourceProblem(path: path, errno: errno)))
      return
    }
    defer { free(resolved) }
    let real = String(cString: resolved)
    guard seenFiles.insert(real).inserted else { return }
    files.append(Found(path: real, shown: path, isNamed: isNamed, bytes: bytes))
  }

  private mutating func walk(_ folder: String, _ status: stat) {
    guard seenFolders.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else {
      return
    }
    guard let entries = entries(of: folder) else {
      problems.append((folder, SourceProblem(path: folder, errno: errno)))
      return
    }
    // By name, so that the same folder is always imported in the same order.
    for name in entries.sorted() {
      let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      var status = stat()
      guard stat(path, &status) == 0 else {
        // Gone by now, or a link to nothing; else there is something that cannot be reached.
        if errno != ENOENT, Self.isLog(name) {
          problems.append((path, SourceProblem(path: path, errno: errno)))
        }
        continue
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        walk(path, status)
      case S_IFREG where Self.isLog(name):
        matches += 1
        addFile(path, Int64(status.st_size), isNamed: false)
      default:
        break
      }
    }
  }

  private static func isLog(_ name: String) -> Bool {
    endings.contains { ending in packedEndings.contains { name.hasSuffix(ending + $0) } }
  }

  /// Hidden folders in which agents keep logs.
  private static let hiddenFolders = [".system_generated"]

  /// The names in a folder that are not hidden; `nil` where it cannot be read.
  private mutating func entries(of folder: String) -> [String]? {
    guard let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { bytes in
          if let name = String(validatingCString: bytes) {
            if !name.hasPrefix(".") || Self.hiddenFolders.contains(name) { names.append(name) }
          } else if Self.isLog(String(cString: bytes)) {
            // A path is kept as text, by which the file is to be known again.
            let shown = folder + "/" + String(cString: bytes)
            problems.append(
              (shown, SourceProblem(.unreadable, "the name \(shown) is not UTF-8; rename the file"))
            )
          }
        }
      }
    }
    return names
  }
}
