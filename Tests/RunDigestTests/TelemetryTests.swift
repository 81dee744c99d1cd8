import Events
import Glibc
import InMemoryTracing
import Logging
import Metrics
import MetricsTestKit
import Storage
import Support
import TestSupport
import Testing
import Tracing

@testable import Digests
@testable import RunDigest
@testable import Telemetry

@Suite("What is reported")
struct TelemetryTests {
  @Test("is a span for each stage of an append, a fold, an end and a read")
  func spans() async throws {
    let tracer = InMemoryTracer()
    let test = try await withTracer(tracer) { try await TestStore.folding() }
    let run = try test.store.run("a")
    try await run.append([.turnStart(id: "t"), .turnResult(id: "t")])
    try await run.flush()
    try await run.end(.stop)
    _ = try run.insight()
    await test.store.close()
    let spans = tracer.finishedSpans
    let names = Set(spans.map(\.operationName))
    #expect(
      names == [
        "rundigest.append", "rundigest.queue", "rundigest.commit", "rundigest.fold_wait",
        "rundigest.fold", "rundigest.finalize", "rundigest.read",
      ]
    )
    let append = try #require(spans.first { $0.operationName == "rundigest.append" })
    for name in ["rundigest.queue", "rundigest.commit"] {
      let part = try #require(spans.first { $0.operationName == name })
      #expect(part.spanContext.parentSpanID == append.spanContext.spanID)
      #expect(part.startInstant.nanosecondsSinceEpoch >= append.startInstant.nanosecondsSinceEpoch)
      #expect(part.endInstant.nanosecondsSinceEpoch <= append.endInstant.nanosecondsSinceEpoch)
    }
  }

  /// A tracer's propagation by W3C headers, and nothing else of it.
  private struct W3C: Instrument {
    enum Key: InstrumentationContextKey { typealias Value = String }

    func extract<Carrier, Extract: Extractor>(
      _ carrier: Carrier,
      into context: inout InstrumentationContext,
      using extractor: Extract
    ) where Extract.Carrier == Carrier {
      context[Key.self] = extractor.extract(key: "traceparent", from: carrier)
    }

    func inject<Carrier, Inject: Injector>(
      _ context: InstrumentationContext,
      into carrier: inout Carrier,
      using injector: Inject
    ) where Inject.Carrier == Carrier {
      if let value = context[Key.self] {
        injector.inject(value, forKey: "traceparent", into: &carrier)
      }
    }
  }

  /// A tracer whose spans are in memory and whose context travels as the W3C header.
  private struct HeaderTracer: Tracer {
    let spans = InMemoryTracer()

    func startSpan<Instant: TracerInstant>(
      _ operationName: String,
      context: @autoclosure () -> InstrumentationContext,
      ofKind kind: SpanKind,
      at instant: @autoclosure () -> Instant,
      function: String,
      file fileID: String,
      line: UInt
    ) -> InMemorySpan {
      spans.startSpan(
        operationName,
        context: context(),
        ofKind: kind,
        at: instant(),
        function: function,
        file: fileID,
        line: line
      )
    }

    func forceFlush() {}

    func extract<Carrier, Extract: Extractor>(
      _ carrier: Carrier,
      into context: inout InstrumentationContext,
      using extractor: Extract
    ) where Extract.Carrier == Carrier {
      W3C().extract(carrier, into: &context, using: extractor)
    }

    func inject<Carrier, Inject: Injector>(
      _ context: InstrumentationContext,
      into carrier: inout Carrier,
      using injector: Inject
    ) where Inject.Carrier == Carrier {
      W3C().inject(context, into: &carrier, using: injector)
    }
  }

  @Test("takes its context from an append's task or first event, and leaves it on events without")
  func contexts() async throws {
    let tracer = HeaderTracer()
    let test = try await withTracer(tracer) { try await TestStore.folding() }
    let run = try test.store.run("a")
    let (first, second) = (
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "00-11111111111111111111111111111111-2222222222222222-01"
    )
    try await run.append([
      .text().with(traceparent: first), .text(), .text().with(traceparent: second),
    ])
    var context = InstrumentationContext.topLevel
    context[W3C.Key.self] = second
    _ = try await InstrumentationContext.withValue(context) {
      try await run.append([.text(), .text().with(traceparent: first)])
    }
    try await run.append(.text())
    // What is no context is left as it is, for the fold to count; nobody fails by it.
    try await run.append([.text().with(traceparent: "nonsense"), .text()])
    try await run.flush()
    #expect(
      try run.events().map(\.event.traceparent)
        == [first, first, second, second, first, nil, "nonsense", "nonsense"]
    )
    #expect(try run.insight().digest.trace.malformed == 2)
    await test.store.close()
  }

  @Test("carries the W3C context by its header")
  func carrier() {
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    var context = InstrumentationContext.topLevel
    W3C().extract(["traceparent": header], into: &context, using: EventCarrier())
    var carrier: [String: String] = [:]
    W3C().inject(context, into: &carrier, using: EventCarrier())
    #expect(carrier == ["traceparent": header])
    #expect(TraceContext(carrier["traceparent"] ?? "")?.description == header)
  }

  @Test("are figures of what was appended and folded, and of the pool of shards")
  func metrics() async throws {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) {
      let test = try await TestStore.folding()
      // No look in the tables comes between the commit and its mark.
      test.store.worker.state.withLock { $0.sweepAt = .max }
      let run = try test.store.run("a")
      try await run.append([.text(), .text(), .text()])
      try await run.flush()
      await test.store.close()
      #expect(try metrics.expectCounter("rundigest_events_appended").totalValue == 3)
      #expect(try metrics.expectCounter("rundigest_events_folded").totalValue == 3)
      #expect(try metrics.expectRecorder("rundigest_group_events").lastValue == 3)
      #expect(try metrics.expectGauge("rundigest_fold_lag_events").lastValue == 0)
      #expect(try metrics.expectGauge("rundigest_wal_bytes").lastValue.map { $0 > 0 } == true)

      let folder = try TemporaryFolder()
      let pool = ShardPool(folder: folder.path)
      try await pool.withShard("team") { _ in }
      #expect(try metrics.expectCounter("rundigest_shards_opened").totalValue == 1)
      await pool.close()
    }
  }

  /// Metrics that are set up and go nowhere.
  private final class Nowhere: MetricsFactory, CounterHandler, RecorderHandler, TimerHandler {
    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { self }
    func makeRecorder(
      label: String,
      dimensions: [(String, String)],
      aggregate: Bool
    ) -> any RecorderHandler { self }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { self }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
    func increment(by: Int64) {}
    func reset() {}
    func record(_ value: Int64) {}
    func record(_ value: Double) {}
    func recordNanoseconds(_ duration: Int64) {}
  }

  @Test("costs an append a few nanoseconds where nothing is set up", .enabled(if: isMeasured))
  func cost() async throws {
    // What it asks where nothing is set up: whether there is a tracer, and metrics.
    let none = try await TestStore.folding { $0.foldsInBackground = false }
    var found = 0
    let start = MonotonicTime.now()
    for _ in 0..<10_000_000 {
      if none.store.telemetry.tracer != nil { found += 1 }
      if none.store.telemetry.metrics != nil { found += 1 }
    }
    let looks = Double(MonotonicTime.now() - start) / 10_000_000
    #expect(found == 0)
    func appends(_ store: RunStore) async throws -> Double {
      let run = try store.run("a")
      let start = MonotonicTime.now()
      for _ in 0..<20_000 { try await run.append(.text()) }
      return Double(MonotonicTime.now() - start) / 20_000
    }
    let tracer = InMemoryTracer()
    let metered = try await withMetricsFactory(Nowhere()) {
      try await TestStore.folding { $0.foldsInBackground = false }
    }
    let traced = try await withTracer(tracer) {
      try await TestStore.folding { $0.foldsInBackground = false }
    }
    // By turns, so that what else the machine does falls on all of them; of each the best counts.
    var best = [Double](repeating: .infinity, count: 3)
    for _ in 0..<5 {
      for (index, test) in [none, metered, traced].enumerated() {
        best[index] = min(best[index], try await appends(test.store))
        tracer.clearAll(includingActive: true)
      }
    }
    print(
      """
      MEASURE observability: two looks \(looks) ns; an append \(best[0]) ns with nothing set up, \
      \(best[1]) ns with metrics that go nowhere, \(best[2]) ns with a tracer in memory
      """
    )
    #expect(looks < best[0] / 100)
    for test in [none, metered, traced] { await test.store.close() }
  }

  private static let isMeasured = getenv("RUNDIGEST_MEASURE") != nil

  @Test("is nothing where nothing is set up")
  func nothing() async throws {
    let test = try await TestStore.folding()
    #expect(test.store.telemetry.tracer == nil)
    #expect(test.store.telemetry.metrics == nil)
    await test.store.close()
  }
}
