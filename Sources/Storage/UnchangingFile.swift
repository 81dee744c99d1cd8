internal import Glibc

/// A store that lies alone where this process may make no files: a copy on read-only media, or in the
/// folder of another user.
///
/// SQLite reads a file in WAL mode only if it can open or make the WAL and the shared memory, unless it is
/// told that nothing will change (`immutable`). It is told so only if there is no WAL, and each read checks
/// that the file is as it was.
struct UnchangingFile: Sendable {
  private let path: String
  private let stamp: Stamp

  private struct Stamp: Equatable {
    let inode: UInt
    let bytes: Int
    let written: Int
    let writtenNanoseconds: Int
    let changed: Int
    let changedNanoseconds: Int
  }

  /// `nil` if SQLite can read the store in its own way.
  init?(path: String) {
    guard !Self.hasNeighbours(path), access(StorageFile.folder(of: path), W_OK) != 0,
      let stamp = Self.stamp(of: path)
    else { return nil }
    self.path = path
    self.stamp = stamp
  }

  /// Whether nobody has written to the file since.
  var isUnchanged: Bool { Self.stamp(of: path) == stamp && !Self.hasWAL(path) }

  /// - Throws: ``StorageError`` `gateBusy` if somebody has: what was read may be half old and half new.
  func requireUnchanged() throws {
    guard !isUnchanged else { return }
    throw StorageError(.gateBusy, "\(path) was written to while it was read; read it again")
  }

  private static func hasWAL(_ path: String) -> Bool {
    var status = stat()
    return lstat(path + "-wal", &status) == 0 && status.st_size > 0
  }

  /// Whether SQLite has what it needs, or there are events in the WAL.
  private static func hasNeighbours(_ path: String) -> Bool {
    hasWAL(path) || access(path + "-wal", R_OK) == 0 && access(path + "-shm", R_OK) == 0
  }

  private static func stamp(of path: String) -> Stamp? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return Stamp(
      inode: UInt(status.st_ino),
      bytes: Int(status.st_size),
      written: status.st_mtim.tv_sec,
      writtenNanoseconds: status.st_mtim.tv_nsec,
      changed: status.st_ctim.tv_sec,
      changedNanoseconds: status.st_ctim.tv_nsec
    )
  }
}
