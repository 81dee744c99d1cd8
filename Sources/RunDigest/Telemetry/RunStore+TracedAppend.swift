internal import Events
internal import Storage
internal import Tracing

/// When a transaction took up an append, and when a durable one began to wait for the disk, noted for
/// its spans.
package final class AppendStages: Sendable {
  private let begun = Locked<UInt64>(0)
  private let committed = Locked<UInt64?>(nil)

  /// The transaction has begun: the append no longer waits.
  func begin() {
    let now = Telemetry.now()
    begun.withLock { $0 = now }
  }

  /// It is committed, and is to be put on disk.
  func commit() {
    let now = Telemetry.now()
    committed.withLock { $0 = now }
  }

  var begunAt: UInt64 { begun.withLock { $0 } }
  var committedAt: UInt64? { committed.withLock { $0 } }
}

extension RunStore {
  /// An append with its spans: `rundigest.append`, and in it the wait in line, the commit and, of a
  /// durable one, the sync.
  ///
  /// Its context is the caller's, else the one that its first event carries; events that carry none
  /// get the span's.
  func tracedAppend(
    _ events: [Event],
    _ run: RunKey,
    _ tracer: any Tracer,
    _ append: ([Event], AppendStages) async throws -> AppendReceipt
  ) async throws -> AppendReceipt {
    let span = tracer.startSpan(
      "rundigest.append",
      context: Self.context(events, tracer),
      ofKind: .internal
    )
    span.attributes["rundigest.run"] = run.rawValue
    span.attributes["rundigest.events"] = events.count
    let stages = AppendStages()
    let start = Telemetry.now()
    defer { span.end() }
    do {
      let receipt = try await append(Self.stamped(events, span.context, tracer), stages)
      let end = Telemetry.now()
      let begun = stages.begunAt
      telemetry.stage("rundigest.queue", from: start, to: begun, in: span.context)
      let committed = stages.committedAt
      telemetry.stage("rundigest.commit", from: begun, to: committed ?? end, in: span.context)
      if let committed {
        telemetry.stage("rundigest.sync", from: committed, to: end, in: span.context)
      }
      return receipt
    } catch {
      span.recordError(error)
      throw error
    }
  }

  private static func context(
    _ events: [Event],
    _ tracer: any Tracer
  ) -> InstrumentationContext {
    if let current = InstrumentationContext.current { return current }
    var context = InstrumentationContext.topLevel
    if let traceparent = events.lazy.compactMap(\.traceparent).first {
      tracer.extract(["traceparent": traceparent], into: &context, using: EventCarrier())
    }
    return context
  }

  private static func stamped(
    _ events: [Event],
    _ context: InstrumentationContext,
    _ tracer: any Tracer
  ) -> [Event] {
    var carrier: [String: String] = [:]
    tracer.inject(context, into: &carrier, using: EventCarrier())
    guard let traceparent = carrier["traceparent"] else { return events }
    return events.map { $0.traceparent == nil ? $0.with(traceparent: traceparent) : $0 }
  }
}
