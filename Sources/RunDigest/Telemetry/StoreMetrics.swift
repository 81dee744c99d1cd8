internal import Glibc
internal import Metrics
internal import Storage

/// The figures that a store reports to the metrics of its process.
final class StoreMetrics: CommitObserver {
  private let factory: any MetricsFactory
  private let events: Counter
  private let groupSize: Recorder
  private let foldedEvents: Counter
  private let foldLag: Gauge
  private let missedFolds: Counter
  private let quarantined: Counter
  private let walBytes: Gauge

  init(_ factory: any MetricsFactory) {
    self.factory = factory
    events = Counter(label: "rundigest_events_appended", factory: factory)
    groupSize = Recorder(label: "rundigest_group_events", factory: factory)
    foldedEvents = Counter(label: "rundigest_events_folded", factory: factory)
    foldLag = Gauge(label: "rundigest_fold_lag_events", factory: factory)
    missedFolds = Counter(label: "rundigest_fold_misses", factory: factory)
    quarantined = Counter(label: "rundigest_events_quarantined", factory: factory)
    walBytes = Gauge(label: "rundigest_wal_bytes", factory: factory)
  }

  func didCommit(_ notice: CommitNotice) {
    guard notice.pos > 0 else { return }
    let count = notice.runs.reduce(0) { $0 + $1.added }
    events.increment(by: count)
    groupSize.record(count)
  }

  /// Batches were written.
  func folded(events: Int, quarantined count: Int, lag: Int) {
    foldedEvents.increment(by: events)
    if count > 0 { quarantined.increment(by: count) }
    foldLag.record(lag)
  }

  /// Batches missed their compare-and-set.
  func missed(_ count: Int) {
    missedFolds.increment(by: count)
  }

  /// Records the WAL's size.
  func measureWAL(of path: String) {
    var status = stat()
    if stat(path + "-wal", &status) == 0 { walBytes.record(Int64(status.st_size)) }
  }
}

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
