import Glibc
import Support
import TestSupport
import Testing

@testable import Storage

/// Putting the write-ahead log on disk.
@Suite("The file of the log")
struct WALFileTests {
  private let folder: TemporaryFolder
  private var log: String { folder.file() + "-wal" }

  init() throws {
    folder = try TemporaryFolder()
  }

  private func write(_ bytes: [UInt8]) throws {
    let file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    defer { close(file) }
    #expect(Glibc.write(file, bytes, bytes.count) == bytes.count)
  }

  private func read() -> [UInt8] {
    let file = open(log, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 8 << 20)
    return Array(bytes[..<max(0, Glibc.read(file, &bytes, bytes.count))])
  }

  private func modified() -> timespec {
    var status = stat()
    stat(log, &status)
    return status.st_mtim
  }

  @Test("is nothing to sync where there is none, and is found when it comes and when another does")
  func comesAndGoes() throws {
    let file = try WALFile(storePath: folder.file())
    try file.sync(deadline: 0)
    try write([1, 2, 3])
    try file.sync(deadline: 0)
    unlink(log)
    try file.sync(deadline: 0)
    try write([4])
    try file.sync(deadline: 0)
    #expect(read() == [4])
  }

  @Test("is written once more, as it was, after a sync that failed; not before, and not again")
  func failedSync() throws {
    // No pipe can be synced.
    #expect(mkfifo(log, 0o600) == 0)
    let file = try WALFile(storePath: folder.file())
    for _ in 0..<2 {
      #expect(throws: SQLiteError.self) { try file.sync(deadline: MonotonicTime.now()) }
    }
    unlink(log)
    let bytes = (0..<(3 << 20) + 5).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try write(bytes)
    // Whoever has the gate may write there just now.
    let gate = try WriteGate(storePath: folder.file())
    #expect(try gate.tryAcquire())
    let soon = MonotonicTime.now() + 5_000_000
    #expect(throws: StorageError.self) { try file.sync(deadline: soon) }
    gate.release()
    usleep(20_000)
    let before = modified()
    try file.sync(deadline: MonotonicTime.now())
    let after = modified()
    #expect((before.tv_sec, before.tv_nsec) < (after.tv_sec, after.tv_nsec))
    #expect(read() == bytes)
    usleep(20_000)
    try file.sync(deadline: 0)
    let later = modified()
    #expect((later.tv_sec, later.tv_nsec) == (after.tv_sec, after.tv_nsec))
  }
}
