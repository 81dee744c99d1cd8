internal import Events
internal import Metrics
package import Tracing

/// Where a store reports to: whatever the process, or the task that opens the store, has set up for
/// tracing and for metrics.
///
/// It is asked once, at the opening. Where nothing is set up both are `nil`, and what is not
/// reported costs the look at an optional.
package struct StoreTelemetry: Sendable {
  package var tracer: (any Tracer)?
  package var metrics: StoreMetrics?

  /// Nothing is reported.
  package static let none = StoreTelemetry()

  /// What is set up now; ask in the opener's own task, for it may be bound to that.
  package static func current() -> StoreTelemetry {
    let tracer = InstrumentationSystem.tracer
    let factory = MetricsSystem.factory
    return StoreTelemetry(
      tracer: tracer is NoOpTracer ? nil : tracer,
      metrics: factory is NOOPMetricsHandler ? nil : StoreMetrics(factory)
    )
  }

  /// Runs `body` in a span.
  package func span<R>(_ name: String, run: String? = nil, _ body: () throws -> R) rethrows -> R {
    guard let tracer else { return try body() }
    let span = Self.start(tracer, name, run)
    defer { span.end() }
    do {
      return try InstrumentationContext.withValue(span.context, operation: body)
    } catch {
      span.recordError(error)
      throw error
    }
  }

  /// Runs `body` in a span.
  package func span<R>(
    _ name: String,
    run: String? = nil,
    _ body: () async throws -> R
  ) async rethrows -> R {
    guard let tracer else { return try await body() }
    let span = Self.start(tracer, name, run)
    defer { span.end() }
    do {
      return try await InstrumentationContext.withValue(span.context, operation: body)
    } catch {
      span.recordError(error)
      throw error
    }
  }

  /// Reports a stage that is over.
  package func stage(
    _ name: String,
    from start: UInt64,
    to end: UInt64,
    in context: InstrumentationContext? = nil,
    _ attributes: [(String, Int)] = []
  ) {
    guard let tracer else { return }
    let span = tracer.startSpan(
      name,
      context: context ?? InstrumentationContext.current ?? .topLevel,
      ofKind: .internal,
      at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: start)
    )
    for (key, value) in attributes { span.attributes[key] = value }
    span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: max(start, end)))
  }

  private static func start(_ tracer: any Tracer, _ name: String, _ run: String?) -> any Span {
    let span = tracer.startSpan(
      name,
      context: InstrumentationContext.current ?? .topLevel,
      ofKind: .internal
    )
    if let run { span.attributes["rundigest.run"] = run }
    return span
  }

  /// The tracer's clock, in nanoseconds since 1970.
  package static func now() -> UInt64 { DefaultTracerClock.now.nanosecondsSinceEpoch }
}

/// The W3C trace context as an event carries it.
package struct EventCarrier: Injector, Extractor {

  package init() {}
  package func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
    carrier[key] = value
  }

  package func extract(key: String, from carrier: [String: String]) -> String? {
    carrier[key]
  }
}
