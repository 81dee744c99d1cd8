import Glibc
import Support
import TestSupport
import Testing

@testable import Storage

@Suite("The write gate")
struct WriteGateTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("lets one holder in at a time, also within one process")
  func exclusive() throws {
    let one = try WriteGate(storePath: folder.file())
    let two = try WriteGate(storePath: folder.file())
    #expect(try one.tryAcquire())
    #expect(try !two.tryAcquire())
    one.release()
    #expect(try two.tryAcquire())
    two.release()
  }

  @Test("gives up at the deadline with an error of its own")
  func deadline() throws {
    let one = try WriteGate(storePath: folder.file())
    let two = try WriteGate(storePath: folder.file())
    #expect(try one.tryAcquire())
    #expect(refusal { try two.acquire(deadline: MonotonicTime.now() + 5_000_000) } == .gateBusy)
    one.release()
  }

  @Test("tells the holder that somebody waits")
  func waiting() throws {
    let holder = try WriteGate(storePath: folder.file())
    #expect(try holder.tryAcquire())
    #expect(!holder.othersWait())
    let path = folder.file()
    let done = Locked(false)
    try onThread {
      let gate = try WriteGate(storePath: path)
      try gate.acquire(deadline: .max)
      gate.release()
      done.withLock { $0 = true }
      done.signal()
    }
    while !holder.othersWait() { usleep(500) }
    holder.release()
    holder.letOthersPass()
    #expect(done.waitFor { done, _ in done ? true : nil } == true)
    usleep(3000)
    #expect(!holder.othersWait())
  }

  @Test("goes on with the new file when somebody removed the old one")
  func removed() throws {
    let one = try WriteGate(storePath: folder.file())
    unlink(one.path)
    let two = try WriteGate(storePath: folder.file())
    #expect(try one.tryAcquire())
    #expect(try !two.tryAcquire())
    one.release()
  }

  @Test("closes its file once, also when its folder is gone")
  func folderRemoved() throws {
    var gate: WriteGate? = try WriteGate(storePath: folder.file())
    unlink(folder.file("runs.sqlite.gate"))
    rmdir(folder.path)
    #expect(refusal { _ = try gate?.tryAcquire() } == .unwritable)
    // This takes the number that the gate's file had.
    let other = open("/dev/null", O_RDONLY)
    gate = nil
    #expect(fcntl(other, F_GETFD) >= 0)
    close(other)
  }

  @Test("is free again when its holder is killed")
  func killed() async throws {
    let folder = try TemporaryFolder()
    try Handover.give(folder.file(), as: "gate-store")
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let path = try Handover.take("gate-store")
      let gate = try WriteGate(storePath: path)
      guard try gate.tryAcquire() else { return }
      kill(getpid(), SIGKILL)
    }
    #expect(mode(of: folder.file("runs.sqlite.gate")) == 0o600)
    let gate = try WriteGate(storePath: folder.file())
    #expect(try gate.tryAcquire())
    gate.release()
  }
}

/// Runs `body` on a thread of its own.
func onThread(_ body: @escaping @Sendable () throws -> Void) throws {
  final class Work {
    let body: @Sendable () throws -> Void
    init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let work = Unmanaged.passRetained(Work(body))
  let code = pthread_create(
    &thread,
    nil,
    { context in
      guard let context else { return nil }
      try? Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
      return nil
    },
    work.toOpaque()
  )
  guard code == 0 else { throw StorageError(.unwritable, "pthread_create") }
  pthread_detach(thread)
}
