internal import Glibc
package import Metrics

/// The figures that a store reports to the metrics of its process.
package final class StoreMetrics: Sendable {
  private let factory: any MetricsFactory
  private let events: Counter
  private let groupSize: Recorder
  private let foldedEvents: Counter
  private let foldLag: Gauge
  private let missedFolds: Counter
  private let quarantined: Counter
  private let walBytes: Gauge

  package init(_ factory: any MetricsFactory) {
    self.factory = factory
    events = Counter(label: "rundigest_events_appended", factory: factory)
    groupSize = Recorder(label: "rundigest_group_events", factory: factory)
    foldedEvents = Counter(label: "rundigest_events_folded", factory: factory)
    foldLag = Gauge(label: "rundigest_fold_lag_events", factory: factory)
    missedFolds = Counter(label: "rundigest_fold_misses", factory: factory)
    quarantined = Counter(label: "rundigest_events_quarantined", factory: factory)
    walBytes = Gauge(label: "rundigest_wal_bytes", factory: factory)
  }

  /// Events were committed in one transaction.
  package func appended(events count: Int) {
    events.increment(by: count)
    groupSize.record(count)
  }

  /// Batches were written.
  package func folded(events: Int, quarantined count: Int, lag: Int) {
    foldedEvents.increment(by: events)
    if count > 0 { quarantined.increment(by: count) }
    foldLag.record(lag)
  }

  /// Batches missed their compare-and-set.
  package func missed(_ count: Int) {
    missedFolds.increment(by: count)
  }

  /// Records the WAL's size.
  package func measureWAL(of path: String) {
    var status = stat()
    if stat(path + "-wal", &status) == 0 { walBytes.record(Int64(status.st_size)) }
  }
}
