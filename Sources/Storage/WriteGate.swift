internal import Glibc
internal import Support

/// The lock under which every process makes its commits, and its checkpoints that may reset the WAL.
///
/// SQLite 3.7.0 to 3.51.2 has a bug: a checkpoint that resets the WAL while another connection commits
/// can leave the file corrupt. So:
///
/// 1. A connection that commits or checkpoints holds an exclusive `flock` on `<store>.gate`, for that
///    one transaction or checkpoint. A checkpoint that only copies needs no gate: ``WALCopier``
///    prevents a reset in another way.
/// 2. No connection checkpoints by itself: no automatic checkpoints, none on close.
/// 3. The kernel drops the lock when its holder dies; nothing has to be cleaned up.
/// 4. The gate file is never removed while the store is in use. If it is removed from outside, the next
///    holder notices and goes on with the new file.
/// 5. A process that waits sets a shared lock on a byte of the same file (the waiter flag). A busy
///    process looks at the flag from time to time and lets the other one pass, since `flock` has no
///    order.
///
/// `flock` belongs to the open file, so two stores in one process exclude each other as well.
/// Confined to its owner, like the connection that it guards.
package final class WriteGate {
  package let path: String
  private var descriptor: Int32
  package private(set) var isHeld = false
  private var nextLookAround: UInt64 = 0

  private let storePath: String
  private let files: StoreFiles?

  /// Opens the gate of a store, and makes it if need be.
  ///
  /// With `files` a gate that was removed is made again only while the store is still there.
  package init(storePath: String, files: StoreFiles? = nil) throws {
    path = storePath + ".gate"
    self.storePath = storePath
    self.files = files
    descriptor = try Self.open(path, of: storePath)
  }

  deinit {
    closeFile()
  }

  // Once only: a descriptor closed twice may by then be another file's.
  private func closeFile() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  private static func open(_ path: String, of storePath: String) throws -> Int32 {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      if let full = StorageFile.fullDisk(errno, path) { throw full }
      throw StorageError(
        .unwritable,
        "cannot open the write gate \(path): \(SystemError.text(errno)); make its folder writable"
      )
    }
    giveToOwner(descriptor, storePath)
    return descriptor
  }

  /// Root's gate in another user's store belongs to that user, as SQLite does it with the WAL.
  private static func giveToOwner(_ descriptor: Int32, _ storePath: String) {
    guard geteuid() == 0 else { return }
    var (store, gate) = (stat(), stat())
    guard stat(storePath, &store) == 0, fstat(descriptor, &gate) == 0, gate.st_uid != store.st_uid
    else {
      return
    }
    // Best effort: without the right to do so root keeps the gate.
    _ = fchown(descriptor, store.st_uid, store.st_gid)
  }

  private func openAgain() throws {
    try files?.requireInPlace()
    descriptor = try Self.open(path, of: storePath)
  }

  /// Takes the gate if no process has it, without waiting.
  package func tryAcquire() throws -> Bool {
    precondition(!isHeld, "the gate is held already")
    if descriptor < 0 { try openAgain() }
    while true {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        if errno == EINTR { continue }
        if errno == EWOULDBLOCK { return false }
        throw StorageError(.unwritable, "cannot lock \(path): \(SystemError.text(errno))")
      }
      var status = stat()
      if fstat(descriptor, &status) == 0, status.st_nlink > 0 { break }
      // The file was removed: others may hold a lock on a new one.
      closeFile()
      try openAgain()
    }
    isHeld = true
    return true
  }

  /// Takes the gate, and waits for others until the deadline.
  ///
  /// - Parameter deadline: Nanoseconds of ``MonotonicTime``.
  /// - Throws: ``StorageError`` `gateBusy` after the deadline.
  package func acquire(deadline: UInt64) throws {
    if try tryAcquire() { return }
    setWaiterFlag(true)
    defer { setWaiterFlag(false) }
    var pause: UInt32 = 50
    while try !tryAcquire() {
      guard MonotonicTime.now() < deadline else {
        throw StorageError(
          .gateBusy,
          "another process is writing to the store for too long; retry later"
        )
      }
      usleep(pause)
      pause = min(pause * 2, 1000)
    }
  }

  /// Gives the gate back.
  package func release() {
    precondition(isHeld, "the gate is not held")
    isHeld = false
    flock(descriptor, LOCK_UN)
  }

  /// Whether the lock excludes others, tried from outside; for assertions.
  var keepsOthersOut: Bool {
    // Another open file, as another process has: `flock` belongs to that, not to the process.
    let other = Glibc.open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC)
    guard other >= 0 else { return true }
    defer { close(other) }
    return flock(other, LOCK_SH | LOCK_NB) != 0
  }

  /// Whether another process waits for the gate; looks at most every two milliseconds.
  package func othersWait() -> Bool {
    let now = MonotonicTime.now()
    guard now >= nextLookAround else { return false }
    nextLookAround = now + 2_000_000
    return waiterFlagIsSet()
  }

  /// Gives a waiting process the time to take the gate; blocks for three milliseconds at most.
  package func letOthersPass() {
    for _ in 0..<30 {
      usleep(100)
      if !waiterFlagIsSet() { return }
    }
  }

  // Open-file-description locks: unlike POSIX ones they are not dropped by closing another
  // descriptor of the same file, and they differ between two stores in one process.
  // Their numbers on Linux: the header shows them to GNU sources only.
  private static let getLock: Int32 = 36
  private static let setLock: Int32 = 37

  private func setWaiterFlag(_ on: Bool) {
    var region = Self.waiterFlagRegion(on ? F_RDLCK : F_UNLCK)
    _ = fcntl(descriptor, Self.setLock, &region)
  }

  private func waiterFlagIsSet() -> Bool {
    var region = Self.waiterFlagRegion(F_WRLCK)
    return fcntl(descriptor, Self.getLock, &region) == 0 && region.l_type != Int16(F_UNLCK)
  }

  private static func waiterFlagRegion(_ type: Int32) -> flock {
    Glibc.flock(
      l_type: Int16(type),
      l_whence: Int16(SEEK_SET),
      l_start: 0,
      l_len: 1,
      l_pid: 0
    )
  }
}

/// What the system says about an `errno`.
enum SystemError {
  static func text(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
