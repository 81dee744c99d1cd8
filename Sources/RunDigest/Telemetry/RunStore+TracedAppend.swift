internal import Engine
internal import EventLog
internal import Events
internal import Telemetry
internal import Tracing

extension RunStore {
  /// An append with its spans: `rundigest.append`, and in it the wait in line, the commit and, of a
  /// durable one, the sync.
  ///
  /// Its context is the caller's, else the one that its first event carries; events that carry none
  /// get the span's.
  func tracedAppend(
    _ events: [Event],
    to run: RunID,
    by tracer: any Tracer,
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
    let start = StoreTelemetry.now()
    defer { span.end() }
    do {
      let receipt = try await append(Self.stamped(events, span.context, tracer), stages)
      let end = StoreTelemetry.now()
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
