import Events
import Glibc
import Storage
import TestSupport
import Testing

@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

@Suite("A process that is killed", .serialized)
struct CrashTests {
  @Test("loses no append that was acknowledged", arguments: [0, 1, 2])
  func killed(round: Int) async throws {
    let folder = try TemporaryFolder()
    try Handover.give(folder.file(), as: "crash-store")
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let path = try Handover.take("crash-store")
      var options = StoreOptions()
      options.checkpointBytes = 64 << 10
      let store = try await RunStore.open(at: path, options: options)
      let acknowledged = open(path + ".acks", O_WRONLY | O_CREAT | O_APPEND, 0o600)
      await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<8 {
          group.addTask {
            let run = try RunID("run-\(task)")
            while true {
              let receipt = try await store.append([.text(), .text()], to: run)
              let line = Array("\(task) \(receipt.head)\n".utf8)
              _ = line.withUnsafeBytes { write(acknowledged, $0.baseAddress, $0.count) }
            }
          }
        }
        group.addTask {
          try await Task.sleep(for: .milliseconds(Int.random(in: 5...60)))
          kill(getpid(), SIGKILL)
        }
      }
    }
    let heads = acknowledgedHeads(folder.file() + ".acks")
    let store = try await RunStore.open(at: folder.file())
    try store.readers.snapshot { connection in
      for (run, head) in heads {
        let id = try #require(try connection.tables.run(named: "run-\(run)")?.row)
        #expect(try connection.tables.head(of: id) >= head)
      }
      let torn = try connection.integer(
        "SELECT count(*) FROM (SELECT 1 FROM events GROUP BY run HAVING max(seq) <> count(*))"
      )
      #expect(torn == 0)
      #expect(
        try connection.prepare("PRAGMA integrity_check").firstRow { $0.string(at: 0) } == "ok"
      )
    }
    let receipt = try await store.append([.text()], to: RunID("after"))
    #expect(receipt.outcomes == [.appended(1)])
    await store.close()
  }

  @Test("shares the store with another one that writes all the time")
  func twoProcesses() async throws {
    let folder = try TemporaryFolder()
    try Handover.give(folder.file(), as: "crash-store")
    var options = StoreOptions()
    options.checkpointBytes = 64 << 10
    options.busyTimeout = .seconds(600)
    let store = try await RunStore.open(at: folder.file(), options: options)
    let busy = Task {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<8 {
          group.addTask {
            let run = try RunID("run-\(task % 3)")
            while !Task.isCancelled { try await store.append([.text(session: "s")], to: run) }
          }
        }
        try await group.waitForAll()
      }
    }
    await #expect(processExitsWith: .success) {
      let path = try Handover.take("crash-store")
      var options = StoreOptions()
      options.checkpointBytes = 64 << 10
      options.busyTimeout = .seconds(600)
      let store = try await RunStore.open(at: path, options: options)
      for step in 0..<200 {
        let durability: Durability = step % 20 == 0 ? .durable : .committed
        let run = try RunID("run-\(step % 3)")
        try await store.append([.text(session: "s")], to: run, durability: durability)
      }
      await store.close()
      exit(0)
    }
    busy.cancel()
    do { try await busy.value } catch is CancellationError {}
    try store.readers.snapshot { connection in
      let torn = try connection.integer(
        "SELECT count(*) FROM (SELECT 1 FROM events GROUP BY run HAVING max(seq) <> count(*))"
      )
      #expect(torn == 0)
      let events = try connection.integer("SELECT count(*) FROM events")
      #expect(events > 200)
      #expect(try connection.integer("SELECT count(DISTINCT ordinal) FROM events") == events)
      #expect(try connection.integer("SELECT head FROM sessions") == events)
      #expect(
        try connection.prepare("PRAGMA integrity_check").firstRow { $0.string(at: 0) } == "ok"
      )
    }
    await store.close()
  }

  @Test("stores on when a full disk has room again, and says full in between")
  func fullDisk() async throws {
    let folder = try TemporaryFolder()
    try Handover.give(folder.file(), as: "crash-store")
    await #expect(processExitsWith: .success) {
      let path = try Handover.take("crash-store")
      let store = try await RunStore.open(at: path)
      let run = RunID("a")
      try await store.append([.text()], to: run)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: .max)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let event = Event.text(String(repeating: "x", count: 10_000))
      var stored: Int64 = 1
      let code = await failure {
        while true { stored = try await store.append([event, event], to: run).head }
      }
      #expect(code == .full)
      #expect(stored > 1)
      #expect(try store.readers.read { try $0.tables.head(of: 1) } == stored)
      // Larger than any room that a checkpoint may have made meanwhile.
      let large = Event.text(String(repeating: "x", count: 2 << 20))
      #expect(await failure { try await store.append([large], to: run) } == .full)
      limit.rlim_cur = .max
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      #expect(try await store.append([event], to: run).outcomes == [.appended(stored + 1)])
      await store.close()
      exit(0)
    }
  }

  private func acknowledgedHeads(_ path: String) -> [Int: Int64] {
    guard let file = fopen(path, "r") else { return [:] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    var heads: [Int: Int64] = [:]
    for line in bytes.prefix(count).split(separator: UInt8(ascii: "\n")) {
      let parts = String(decoding: line, as: UTF8.self).split(separator: " ")
      if let run = parts.first.flatMap({ Int($0) }), let head = parts.last.flatMap({ Int64($0) }) {
        heads[run] = max(heads[run] ?? 0, head)
      }
    }
    return heads
  }
}
