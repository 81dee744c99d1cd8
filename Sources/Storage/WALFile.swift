internal import CSQLite
internal import Glibc

/// The file of the WAL, to sync what was committed to it.
///
/// 1. What any connection of any process committed before a sync begins is on disk when the sync
///    returns: it is in this file, or a checkpoint has moved it into the store and synced it there.
/// 2. The file is kept open. The kernel reports an error of its writing back only to descriptors that
///    were open at that time.
/// 3. After a failed sync the kernel treats the lost pages as written, and the next sync would succeed.
///    Therefore the WAL is written again, each byte where it was, and synced through a new descriptor.
///
/// Opening and closing it drops no lock: SQLite's locks are on the store's file and on the shared
/// memory.
///
/// Confined to one thread at a time.
package final class WALFile {
  private let storePath: String
  private var path: String { storePath + "-wal" }
  private var descriptor: Int32 = -1
  /// A sync has failed since the WAL was last known to be on disk.
  private var isSuspect = false

  /// Opens the WAL of a store that has been opened.
  package init(storePath: String) throws {
    self.storePath = storePath
    _ = try refresh()
  }

  deinit {
    closeFile()
  }

  private func closeFile() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  /// Puts on disk what was committed before.
  ///
  /// Blocks, and waits for the write gate until the deadline if the last sync failed.
  ///
  /// - Throws: ``SQLiteError`` of a failed sync: what was committed is in the WAL, but may not survive a
  ///   power cut.
  package func sync(deadline: UInt64) throws {
    // No WAL: all is in the file, and was synced by the checkpoint.
    guard try refresh() else { return }
    if isSuspect { try writeAgain(deadline: deadline) }
    guard fdatasync(descriptor) == 0 else {
      isSuspect = true
      let error = failure("sync")
      closeFile()
      throw error
    }
    isSuspect = false
  }

  /// Opens the file that has the WAL's name now; `false` if there is none.
  private func refresh() throws -> Bool {
    var named = stat()
    guard stat(path, &named) == 0 else {
      if errno == ENOENT { return false }
      throw failure("find")
    }
    if descriptor >= 0 {
      var open = stat()
      if fstat(descriptor, &open) == 0, open.st_ino == named.st_ino, open.st_dev == named.st_dev {
        return true
      }
      closeFile()
    }
    descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw failure("open") }
    return true
  }

  /// Writes all of the WAL again, with the gate held, so that no other process writes there.
  private func writeAgain(deadline: UInt64) throws {
    let gate = try WriteGate(storePath: storePath)
    try gate.acquire(deadline: deadline)
    defer { gate.release() }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var offset = 0
    while true {
      let count = pread(descriptor, &buffer, buffer.count, offset)
      if count == 0 { return }
      // `pwrite` may be short; the next call reports why.
      let written = count > 0 ? pwrite(descriptor, buffer, count, offset) : count
      guard written > 0 || (written < 0 && errno == EINTR) else {
        let error = failure("rewrite")
        closeFile()
        throw error
      }
      offset += max(0, written)
    }
  }

  private func failure(_ what: String) -> SQLiteError {
    SQLiteError(
      // SQLITE_IOERR_FSYNC, which the importer of C cannot evaluate.
      extendedCode: SQLITE_IOERR | (4 << 8),
      message:
        "cannot \(what) the WAL: \(SystemError.text(errno)); what was written is stored, but may not "
        + "survive a power cut: append it again with the same event ids",
      systemErrno: errno
    )
  }
}
