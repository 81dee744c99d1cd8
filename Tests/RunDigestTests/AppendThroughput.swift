import Events
import Glibc
import Storage
import Support
import TestSupport
import Testing

@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

/// Measures appends; runs only with `RUNDIGEST_MEASURE=1`, in a release build:
/// `RUNDIGEST_MEASURE=1 swift test -c release --filter AppendThroughput`.
@Suite("Append throughput", .serialized, .enabled(if: getenv("RUNDIGEST_MEASURE") != nil))
struct AppendThroughput {
  static let payload = Payload(
    unchecked: Array(("{\"text\":\"" + String(repeating: "x", count: 1010) + "\"}").utf8)
  )

  /// `RUNDIGEST_MEASURE_WAL` is a checkpoint size in MiB.
  static var options: StoreOptions {
    var options = StoreOptions()
    if let text = getenv("RUNDIGEST_MEASURE_WAL"), let size = Int(String(cString: text)) {
      options.checkpointBytes = size << 20
    }
    return options
  }

  private func seconds(since start: UInt64) -> Double {
    Double(MonotonicTime.now() - start) / 1e9
  }

  private func report(_ name: String, _ events: Int, _ seconds: Double, _ times: [UInt64] = []) {
    var line = "MEASURE \(name): \(Int(Double(events) / seconds)) events/s"
    if !times.isEmpty {
      let sorted = times.sorted()
      func at(_ part: Double) -> UInt64 { sorted[Int(Double(sorted.count - 1) * part)] / 1000 }
      line += ", p50 \(at(0.5)) us, p99 \(at(0.99)) us, p99.9 \(at(0.999)) us, max \(at(1)) us"
    }
    print(line)
  }

  private func event(session: String? = nil, id: String? = nil) -> Event {
    Event(
      "tool_result",
      payload: Self.payload,
      ts: Timestamp(microseconds: 1),
      session: session,
      id: id
    )
  }

  @Test("one awaiting caller", arguments: [Durability.committed, .durable])
  func oneCaller(durability: Durability) async throws {
    let folder = try TemporaryFolder()
    let store = try await RunStore.open(at: folder.file(), options: Self.options)
    let run = RunID("agent-1")
    let count = durability == .committed ? 100_000 : 5000
    var times: [UInt64] = []
    times.reserveCapacity(count)
    let start = MonotonicTime.now()
    for _ in 0..<count {
      let before = MonotonicTime.now()
      try await store.append([event()], to: run, durability: durability)
      times.append(MonotonicTime.now() - before)
    }
    report("one caller, \(durability)", count, seconds(since: start), times)
    await store.close()
  }

  @Test("one awaiting caller with session and event id")
  func oneCallerFull() async throws {
    let folder = try TemporaryFolder()
    let store = try await RunStore.open(at: folder.file(), options: Self.options)
    let run = RunID("agent-1")
    let count = 50_000
    let start = MonotonicTime.now()
    for index in 0..<count {
      try await store.append([event(session: "s-1", id: "event-\(index)")], to: run)
    }
    report("one caller, session and id", count, seconds(since: start))
    await store.close()
  }

  @Test("64 callers of one event", arguments: [Durability.committed, .durable])
  func manyCallers(durability: Durability) async throws {
    let folder = try TemporaryFolder()
    let store = try await RunStore.open(at: folder.file(), options: Self.options)
    let each = durability == .committed ? 5000 : 500
    let start = MonotonicTime.now()
    let times = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for caller in 0..<64 {
        let event = event()
        group.addTask {
          let run = try RunID("agent-\(caller)")
          var times: [UInt64] = []
          for _ in 0..<each {
            let before = MonotonicTime.now()
            try await store.append([event], to: run, durability: durability)
            times.append(MonotonicTime.now() - before)
          }
          return times
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    report("64 callers, \(durability)", 64 * each, seconds(since: start), times)
    await store.close()
  }

  @Test("reads through the pool")
  func reads() async throws {
    let folder = try TemporaryFolder()
    let store = try await RunStore.open(at: folder.file(), options: Self.options)
    let batch = [Event](repeating: event(), count: 100)
    for _ in 0..<100 { try await store.append(batch, to: RunID("agent-1")) }
    let count = 200_000
    var start = MonotonicTime.now()
    for _ in 0..<count { try store.readers.read { _ in } }
    report("borrow and give back a reader", count, seconds(since: start))
    start = MonotonicTime.now()
    for _ in 0..<count { _ = try store.readers.read { try $0.tables.head(of: 1) } }
    report("head of a run", count, seconds(since: start))
    start = MonotonicTime.now()
    for _ in 0..<20 {
      var bytes = 0
      try store.readers.snapshot { connection in
        try connection.tables.forEachEvent(of: 1, after: 0, limit: .max) {
          bytes += $0.payload.count + $0.kind.count + Int($0.seq)
          return true
        }
      }
    }
    report("events of a run, zero-copy", 20 * 10_000, seconds(since: start))
    await store.close()
  }

  @Test("batches of a hundred")
  func batches() async throws {
    let folder = try TemporaryFolder()
    let store = try await RunStore.open(at: folder.file(), options: Self.options)
    let run = RunID("agent-1")
    let batch = [Event](repeating: event(), count: 100)
    let start = MonotonicTime.now()
    for _ in 0..<4000 { try await store.append(batch, to: run) }
    report("batches of 100", 400_000, seconds(since: start))
    await store.close()
  }
}
