import Events
import Folding
import Glibc
import Storage
import Support
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import RunDigest
@testable import SQLiteEngine

/// Measures where the time of a read goes; runs only with `RUNDIGEST_MEASURE=1`, in a release build.
@Suite("Read throughput", .serialized, .enabled(if: getenv("RUNDIGEST_MEASURE") != nil))
struct ReadThroughput {
  @Test("the parts of an insight")
  func parts() async throws {
    let folder = try TemporaryFolder()
    let store = try await RunStore.open(at: folder.file())
    try await FoldThroughput.fill(store, runs: 3, events: 1000)
    try await store.flush()
    let rounds = 200_000
    func measure(_ name: String, _ body: () throws -> Void) rethrows {
      let start = MonotonicTime.now()
      for _ in 0..<rounds { try body() }
      print("MEASURE \(name): \((MonotonicTime.now() - start) / UInt64(rounds)) ns")
    }
    try measure("pool") { try store.readers.read { _ in } }
    try measure("snapshot") { try store.readers.snapshot { _ in } }
    try measure("live generation") {
      try store.readers.read { _ = try $0.tables.liveGeneration() }
    }
    try measure("name") {
      _ = try store.readers.read { try $0.tables.run(named: "run-1") }
    }
    let reference = RunReference(row: 2, name: "run-1")
    try measure("head") {
      _ = try store.readers.read { try $0.tables.head(of: 2) }
    }
    try measure("insight of a reference") {
      _ = try store.readers.read {
        try ReadSnapshot($0.tables, in: 1).insight(reference)
      }
    }
    let body = try store.insight("run-1").digest.encodedBody()
    print("MEASURE body \(body.count) bytes")
    try measure("decode") { _ = try body.withUnsafeBytes { try Digest(body: $0) } }
    try measure("insight by name") { _ = try store.insight("run-1") }
    await store.close()
  }
}
