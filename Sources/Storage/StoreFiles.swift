internal import CSQLite
internal import Glibc

/// Which files a process has open as a store, to notice that other files have their names, or that there
/// is a second name.
///
/// A process that goes on with a store which was deleted, moved or replaced writes where no other process
/// reads. A file with two names has a WAL and a write gate for each name, so that no process excludes
/// those of the other name. What holds:
///
/// 1. A store with a second name is not opened: a hard link, or a file that is a mount point by itself
///    (the file has another name outside the mount).
/// 2. No transaction commits, and no checkpoint begins, unless the store's name still leads to the file
///    that was opened, and this is the file's only name. The same is checked of the WAL and of the shared
///    memory, fifty times a second at most: SQLite keeps both while a connection is open.
package struct StoreFiles: Sendable, Equatable {
  /// A file, whatever its name.
  private struct File: Sendable, Equatable {
    let device: UInt
    let inode: UInt

    init(_ status: stat) {
      device = UInt(status.st_dev)
      inode = UInt(status.st_ino)
    }
  }

  private let path: String
  private let store: File
  /// The WAL and the shared memory, with their names, once they are known.
  private var neighbours: [Neighbour] = []

  private struct Neighbour: Sendable, Equatable {
    let path: String
    let file: File
  }

  /// Notes which file has the store's name now.
  ///
  /// - Throws: ``StorageError`` `moved` if there is none, `secondName` if it has two names.
  package init(path: String) throws {
    self.path = path
    let status = try Self.status(of: path)
    try Self.requireOneName(status, path)
    store = File(status)
  }

  /// Also notes the WAL and the shared memory, which a connection that has read keeps open.
  mutating func noteNeighbours() {
    neighbours = ["-wal", "-shm"].compactMap { suffix in
      var status = stat()
      guard lstat(path + suffix, &status) == 0 else { return nil }
      return Neighbour(path: path + suffix, file: File(status))
    }
  }

  /// Checks that the names still lead to the same files: one system call, or three with the neighbours.
  ///
  /// - Throws: ``StorageError`` `moved` or `secondName`.
  package func requireInPlace(withNeighbours: Bool = true) throws {
    let status = try Self.status(of: path)
    guard File(status) == store else {
      throw StorageError(
        .moved,
        "another file took the place of the store \(path) while it was open; open it again, and append "
          + "again what was not acknowledged"
      )
    }
    try Self.requireOneName(status, path)
    for neighbour in neighbours where withNeighbours {
      var status = stat()
      guard lstat(neighbour.path, &status) == 0, File(status) == neighbour.file else {
        throw StorageError(
          .moved,
          "\(neighbour.path) was deleted, moved or replaced while the store was open; end all programs "
            + "that use the store, and put the file back if it was moved"
        )
      }
    }
  }

  private static func status(of path: String) throws -> stat {
    var status = stat()
    while lstat(path, &status) != 0 {
      if errno == EINTR { continue }
      guard errno == ENOENT || errno == ENOTDIR else {
        throw StorageError(.unwritable, "cannot look at \(path): \(SystemError.text(errno))")
      }
      throw StorageError(
        .moved,
        "the store \(path) was deleted or moved while it was open; put it back, or open it again where "
          + "it is now"
      )
    }
    return status
  }

  // MARK: Second names

  /// Refuses a store of which another program may have another name.
  private static func requireOneName(_ status: stat, _ path: String) throws {
    guard status.st_nlink > 1 else { return }
    throw StorageError(
      .secondName,
      "\(path) has a second name (a hard link), and programs that use different names lose each other's "
        + "events; remove one of the two names"
    )
  }

  /// Refuses a file that is mounted alone.
  ///
  /// Costs one system call, so it is done when a store is opened and not for each commit: a mount over
  /// the store's name shows another file, or another mount of the same one to a process that opens it.
  static func requireNoMount(_ path: String) throws {
    guard isMountPoint(path) else { return }
    throw StorageError(
      .secondName,
      "\(path) is mounted as a single file, without its WAL and write gate, so events would be lost; "
        + "mount the folder that holds the store, not the file"
    )
  }

  static func isMountPoint(_ path: String) -> Bool {
    switch rundigest_is_mount_point(path) {
    case 0: false
    case 1: true
    default: MountTable.lists(path)
    }
  }
}

/// The mount points that this process sees, for kernels whose `statx` does not tell them.
enum MountTable {
  static func lists(_ path: String) -> Bool {
    guard let file = fopen("/proc/self/mountinfo", "re") else { return false }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, file) > 0, let line {
      // The fifth field is the mount point.
      let fields = String(cString: line).split(separator: " ", maxSplits: 5)
      if fields.count > 4, decoded(fields[4]) == path { return true }
    }
    return false
  }

  /// Spaces, tabs, newlines and backslashes stand there as three octal digits.
  static func decoded(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
