import Events
import Storage
import Support
import Testing

@testable import Engine
@testable import EventLog
@testable import RunDigest

/// How those who want their commits on disk are served.
@Suite("Waiting for the disk")
struct WALSyncTests {
  /// A disk that is as slow as the test wants, and fails when it wants.
  private final class Disk: Sendable {
    struct State {
      var begun = 0
      var ended = 0
      /// How many syncs may end.
      var allowed = 0
      var failing: Set<Int> = []
    }
    struct Broken: Error, Equatable { let number: Int }

    let state = Locked(State())

    func sync() throws {
      let number = state.withLock { state in
        state.begun += 1
        return state.begun
      }
      _ = state.waitFor { state, _ in state.allowed >= number ? true : nil }
      let fails = state.withLock { state in
        state.ended += 1
        return state.failing.contains(number)
      }
      if fails { throw Broken(number: number) }
    }

    func allow(_ count: Int) {
      state.withLock { $0.allowed += count }
      state.broadcast()
    }

    func waitUntilBegun(_ count: Int) async throws {
      while state.withLock({ $0.begun }) < count { try await Task.sleep(for: .milliseconds(1)) }
    }
  }

  /// Starts callers; each answers how many syncs had begun when it came, and had ended when it went.
  private func callers(
    _ count: Int,
    _ sync: WALSync,
    _ disk: Disk
  ) async throws -> [Task<(Int, Int), any Error>] {
    let came = Locked(0)
    let tasks = (0..<count).map { _ in
      Task {
        let begun = disk.state.withLock { $0.begun }
        came.withLock { $0 += 1 }
        try await sync.sync()
        return (begun, disk.state.withLock { $0.ended })
      }
    }
    while came.withLock({ $0 }) < count { try await Task.sleep(for: .milliseconds(1)) }
    // They have come, and are about to wait.
    try await Task.sleep(for: .milliseconds(20))
    return tasks
  }

  @Test("one sync serves all who came before it began, and the next those who came meanwhile")
  func groups() async throws {
    let disk = Disk()
    let sync = WALSync { try disk.sync() }
    let first = try await callers(1, sync, disk)
    try await disk.waitUntilBegun(1)
    let meanwhile = try await callers(20, sync, disk)
    disk.allow(1)
    #expect(try await first[0].value.1 >= 1)
    try await disk.waitUntilBegun(2)
    disk.allow(10)
    for caller in meanwhile {
      let (begun, ended) = try await caller.value
      // What it came with was not there yet when the first sync began.
      #expect(begun == 1 && ended >= 2)
    }
    // One more only if a caller came later than it seemed to.
    #expect(disk.state.withLock { $0.ended } <= 3)
    sync.close()
  }

  @Test("a sync that fails is told to those whom it was to serve, and not to those after them")
  func failing() async throws {
    let disk = Disk()
    disk.state.withLock { $0.failing = [1] }
    let sync = WALSync { try disk.sync() }
    let first = try await callers(1, sync, disk)
    try await disk.waitUntilBegun(1)
    let second = try await callers(1, sync, disk)
    disk.allow(2)
    await #expect(throws: Disk.Broken(number: 1)) { try await first[0].value }
    #expect(try await second[0].value.1 == 2)
    sync.close()
  }

  @Test("one who comes after the close is served all the same")
  func closed() async throws {
    let disk = Disk()
    disk.allow(100)
    let sync = WALSync { try disk.sync() }
    try await sync.sync()
    sync.close()
    for _ in 0..<10 { try await sync.sync() }
    #expect(disk.state.withLock { $0.ended } == 11)
  }

  @Test("a durable append holds up nobody while it waits, and has failed if its sync has")
  func beside() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    let disk = Disk()
    disk.state.withLock { $0.failing = [1] }
    let queue = try WriteQueue(path: test.store.path, disk: { try disk.sync() })
    func call(_ id: String) throws -> AppendCall {
      try AppendCall([.text(id: id)], to: RunID("a"), expecting: .any, options: StoreOptions())
    }
    let durable = Task { try await queue.append(call("1"), durability: .durable) }
    try await disk.waitUntilBegun(1)
    #expect(try await queue.append(call("2"), durability: .committed).outcomes == [.appended(2)])
    disk.allow(10)
    await #expect(throws: Disk.Broken(number: 1)) { try await durable.value }
    // It is in the log all the same; done again it is a duplicate, and on disk.
    let again = try await queue.append(call("1"), durability: .durable)
    #expect(again.outcomes == [.duplicate(1)] && disk.state.withLock { $0.ended } == 2)
    await queue.close()
  }
}
