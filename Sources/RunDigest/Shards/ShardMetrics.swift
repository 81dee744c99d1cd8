internal import Metrics
internal import Support

/// The figures that a pool of shards reports, from its counters.
final class ShardMetrics: Sendable {
  private let open: Gauge
  private let lent: Gauge
  private let opens: Counter
  private let closes: Counter
  private let poisonings: Counter
  private let reported = Locked(ShardCounters())

  init?() {
    let factory = MetricsSystem.factory
    guard !(factory is NOOPMetricsHandler) else { return nil }
    open = Gauge(label: "rundigest_shards_open", factory: factory)
    lent = Gauge(label: "rundigest_shards_lent", factory: factory)
    opens = Counter(label: "rundigest_shards_opened", factory: factory)
    closes = Counter(label: "rundigest_shards_closed", factory: factory)
    poisonings = Counter(label: "rundigest_shards_poisoned", factory: factory)
  }

  func report(_ now: ShardCounters) {
    let before = reported.withLock { reported in
      defer { reported = now }
      return reported
    }
    open.record(now.open)
    lent.record(now.lent)
    opens.increment(by: max(0, now.opens - before.opens))
    closes.increment(by: max(0, now.closes - before.closes))
    poisonings.increment(by: max(0, now.poisonings - before.poisonings))
  }
}
