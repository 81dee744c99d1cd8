internal import CSQLite
internal import Glibc

/// The checks before SQLite sees a path, and the creation of the file with the right permissions.
///
/// An existing store is never opened here: closing a second descriptor of a file drops all the
/// locks that this process has on it, and with them SQLite's.
package enum StorageFile {
  /// Whether the file may be created.
  package enum Purpose: Sendable {
    /// The file, and its folder, are created when they are missing.
    case create
    /// The file must exist.
    case existing
  }

  /// Checks a path and gives back its form for SQLite: absolute, no symbolic link in it.
  ///
  /// `allowsNetwork` goes on although the file system does not keep locks; `kindOfFileSystem`
  /// gives the `f_type` of a folder, and is an argument for the sake of tests.
  package static func prepare(
    _ path: String,
    _ purpose: Purpose,
    allowsNetwork: Bool = false,
    kindOfFileSystem: (String) -> Int = Self.kindOfFileSystem(of:)
  ) throws -> String {
    let (folder, name) = try split(path)
    if purpose == .create { try makeFolder(folder) }
    let full = try realPath(name, in: folder)
    let exists = try checkFile(full, as: path)
    if !allowsNetwork, isNetwork(kindOfFileSystem(Self.folder(of: full))) {
      throw StorageError(
        .networkFileSystem,
        "\(path) is on a network or user-space file system, whose locks cannot be trusted; "
          + "put the store on a local disk"
      )
    }
    switch (exists, purpose) {
    case (true, _):
      try StoreFiles.requireNoMount(full)
      _ = try StoreFiles(path: full)
    case (false, .existing):
      throw StorageError(.missing, "there is no store at \(path); check the path")
    case (false, .create):
      try createFile(full, as: path)
    }
    return full
  }

  static func split(_ path: String) throws -> (folder: String, name: String) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw StorageError(.notAFile, "a store's path is neither empty nor has a zero byte in it")
    }
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let name = String(path[path.index(after: slash)...])
    guard !name.isEmpty, name != ".", name != ".." else {
      throw StorageError(.notAFile, "\(path) is a folder; name a file in it")
    }
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, name)
  }

  /// The path of a file in a folder that is there: absolute, no symbolic link before the name.
  static func realPath(_ name: String, in folder: String) throws -> String {
    guard let resolved = realpath(folder, nil) else {
      throw StorageError(.missing, "there is no folder \(folder); create it or choose another path")
    }
    defer { free(resolved) }
    let real = String(cString: resolved)
    return real == "/" ? "/" + name : real + "/" + name
  }

  /// The folder of a path, without a slash at its end.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  /// Looks at the file without following or opening it; `false` when there is none.
  static func checkFile(_ full: String, as path: String) throws -> Bool {
    var status = stat()
    guard lstat(full, &status) == 0 else {
      if errno == ENOENT { return false }
      throw StorageError(.unwritable, "cannot look at \(path): \(SystemError.text(errno))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return true
    case S_IFLNK:
      throw StorageError(.notAFile, "\(path) is a symbolic link; name the store's real path")
    case S_IFDIR:
      throw StorageError(.notAFile, "\(path) is a folder; name a file in it")
    default:
      throw StorageError(.notAFile, "\(path) is not a regular file; choose another path")
    }
  }

  /// Makes the missing folders, for their owner only.
  static func makeFolder(_ folder: String) throws {
    var status = stat()
    guard stat(folder, &status) != 0, errno == ENOENT else { return }
    if let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
      try makeFolder(String(folder[..<slash]))
    }
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
      if let full = fullDisk(errno, folder) { throw full }
      throw StorageError(
        .unwritable,
        "cannot create the folder \(folder): \(SystemError.text(errno))"
      )
    }
  }

  /// Creates the empty file as 0600 whatever the umask; SQLite gives its -wal and -shm the same.
  static func createFile(_ full: String, as path: String) throws {
    // Before any is made: a file that cannot become a store would stay behind.
    if lacksInodes(beside: full) { throw noInodes(path) }
    let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let descriptor = open(full, flags, 0o600)
    if descriptor >= 0 {
      close(descriptor)
      return
    }
    // Another process may have been faster, with the same right.
    if errno == EEXIST { return }
    if let error = fullDisk(errno, path) { throw error }
    throw StorageError(
      .unwritable,
      "cannot create \(path): \(SystemError.text(errno)); make its folder writable"
    )
  }

  // MARK: Full disks

  /// The error for an `errno` that says that there is no space or no inode left.
  static func fullDisk(_ code: Int32, _ path: String) -> StorageError? {
    guard code == ENOSPC || code == EDQUOT else { return nil }
    return StorageError(
      .full,
      "there is no room left for \(path) (\(SystemError.text(code))); free some space, or remove files "
        + "if the disk has no inodes left"
    )
  }

  private static func noInodes(_ path: String) -> StorageError {
    StorageError(
      .full,
      "there is no room left for \(path): its disk has no inodes left; remove some files"
    )
  }

  /// Whether the disk of a store cannot take the files that the store lacks.
  private static func lacksInodes(beside full: String) -> Bool {
    var status = statvfs()
    // File systems that make inodes as they go report none at all.
    guard statvfs(folder(of: full), &status) == 0, status.f_files > 0 else { return false }
    let missing = ["", "-wal", "-shm", ".gate"].count { access(full + $0, F_OK) != 0 }
    return status.f_favail < missing
  }

  /// Instead of SQLite's "unable to open database file": what keeps SQLite from making its files.
  package static func reason(for error: SQLiteError, path: String) -> any Error {
    guard error.code == .cantOpen, lacksInodes(beside: path) else { return error }
    return noInodes(path)
  }

  /// The `f_type` of the file system that holds a folder, 0 when it cannot be asked.
  package static func kindOfFileSystem(of folder: String) -> Int {
    rundigest_filesystem_kind(folder)
  }

  /// Whether an `f_type` is of a network or user-space file system: NFS, SMB, CIFS, SMB2, 9p, FUSE,
  /// AFS, Ceph, Coda, NCP.
  package static func isNetwork(_ kind: Int) -> Bool {
    switch kind {
    case 0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x0102_1997, 0x6573_5546, 0x5346_414F,
      0x00C3_6400, 0x7375_7245, 0x564C:
      true
    default: false
    }
  }
}
