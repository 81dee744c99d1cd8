internal import CSQLite
internal import Glibc

/// The file of the write-ahead log, to put on disk what was committed to it.
///
/// 1. What was committed before a sync begins, by whatever connection of whatever process, is on disk
///    when it returns: what is not in this file any more was moved into the store, and synced there
///    first.
/// 2. The file is kept open, so that an error of the kernel's writing back, which it tells everybody
///    who has the file open and nobody else, is not missed.
/// 3. After a failed sync the kernel takes what it could not write for written, so that a further sync
///    would say nothing. Therefore the log is written once more, each byte where it was, before it is
///    synced through a new descriptor.
///
/// Opening and closing it is harmless: SQLite's locks lie on the store's file and on the shared memory.
///
/// Confined to one thread at a time.
package final class WALFile {
  private let storePath: String
  private var path: String { storePath + "-wal" }
  private var descriptor: Int32 = -1
  /// A sync has failed since the log was last known to be on disk.
  private var isSuspect = false

  /// Opens the log of a store that has been opened.
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
  /// - Throws: ``SQLiteError`` of a failed sync, after which what was committed is still in the log, but
  ///   may not survive a power cut.
  package func sync(deadline: UInt64) throws {
    // No log: all is in the file, and was synced when it was moved there.
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

  /// Opens the file that has the log's name now; `false` if there is none.
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

  /// Makes the kernel write all of the log anew: with the gate held, so that nobody else writes there.
  private func writeAgain(deadline: UInt64) throws {
    let gate = try WriteGate(storePath: storePath)
    try gate.acquire(deadline: deadline)
    defer { gate.release() }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var offset = 0
    while true {
      let count = pread(descriptor, &buffer, buffer.count, offset)
      if count == 0 { return }
      // A write may take a part only; what keeps it from the rest is what the next one says.
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
      // SQLITE_IOERR_FSYNC, which is no plain number in its header.
      extendedCode: SQLITE_IOERR | (4 << 8),
      message:
        "cannot \(what) the log: \(SystemError.text(errno)); what was written is there, but a power "
        + "cut may take it: write it again under the same event ids",
      systemErrno: errno
    )
  }
}
