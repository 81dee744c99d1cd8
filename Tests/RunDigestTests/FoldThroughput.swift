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

/// Measures folding; runs only with `RUNDIGEST_MEASURE=1`, in a release build:
/// `RUNDIGEST_MEASURE=1 swift test -c release --filter FoldThroughput`.
@Suite("Fold throughput", .serialized, .enabled(if: getenv("RUNDIGEST_MEASURE") != nil))
struct FoldThroughput {
  /// A turn of ten events of about 1 KB, as an agent makes them.
  static func turn(_ number: Int, session: String?) -> [Event] {
    let text = String(repeating: "x", count: 900)
    func event(_ kind: String, _ body: String) -> Event {
      Event(
        EventKind(rawValue: kind),
        payload: Payload(unchecked: Array(("{\"text\":\"" + text + "\"," + body + "}").utf8)),
        ts: Timestamp(microseconds: 1_780_000_000_000_000 + Int64(number) * 1_000_000),
        session: session
      )
    }
    let id = "c\(number)"
    return [
      event("turn.start", "\"turn_id\":\"t\(number)\""),
      event("text", "\"n\":1"),
      event("thought", "\"n\":1"),
      event("tool_call", "\"id\":\"\(id)\",\"name\":\"bash\",\"input\":{\"command\":\"ls\"}"),
      event("tool_result", "\"tool_use_id\":\"\(id)\",\"is_error\":false"),
      event("usage", "\"model\":\"claude-x\",\"input_tokens\":100,\"output_tokens\":50"),
      event("tool_call", "\"id\":\"\(id)b\",\"name\":\"edit\",\"input\":{\"path\":\"a\"}"),
      event("tool_result", "\"tool_use_id\":\"\(id)b\",\"is_error\":false"),
      event("text", "\"n\":2"),
      event("turn.result", "\"status\":\"success\",\"cost_usd\":0.01"),
    ]
  }

  static func fill(_ store: RunStore, runs: Int, events: Int) async throws {
    for run in 0..<runs {
      let key = try RunID("run-\(run)")
      for number in 0..<(events / 1000) {
        let batch = (0..<100).flatMap { turn(number * 100 + $0, session: "s-\(run)") }
        try await store.append(batch, to: key)
      }
    }
  }

  @Test("catching up", arguments: [(1, 1_000_000), (1000, 1000)])
  func catchUp(runs: Int, events: Int) async throws {
    let folder = try TemporaryFolder()
    var options = StoreOptions()
    options.foldsInBackground = false
    let filling = try await RunStore.open(at: folder.file(), options: options)
    let fillStart = MonotonicTime.now()
    try await Self.fill(filling, runs: runs, events: events)
    let total = runs * events
    print("MEASURE fill \(runs)x\(events): \(rate(total, fillStart)) events/s")
    await filling.close()
    let store = try await RunStore.open(at: folder.file())
    let start = MonotonicTime.now()
    try await store.flush()
    print("MEASURE fold \(runs) runs x \(events): \(rate(total, start)) events/s")
    let insight = try store.insight("run-0")
    #expect(insight.digest.watermark == Int64(events))
    let reads = MonotonicTime.now()
    for _ in 0..<10_000 { _ = try store.insight("run-0") }
    print("MEASURE insight: \(Double(MonotonicTime.now() - reads) / 1e7) us")
    let seal = MonotonicTime.now()
    try await store.end(RunID("run-0"), RunEnd(.stop), durability: .committed)
    print("MEASURE seal: \((MonotonicTime.now() - seal) / 1000) us")
    await store.close()
  }

  func rate(_ events: Int, _ start: UInt64) -> Int {
    Int(Double(events) / (Double(MonotonicTime.now() - start) / 1e9))
  }
}
