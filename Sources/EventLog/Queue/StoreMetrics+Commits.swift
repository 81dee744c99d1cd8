package import Engine
package import Telemetry

extension StoreMetrics: CommitObserver {
  package func didCommit(_ notice: CommitNotice) {
    guard notice.position > .start else { return }
    appended(events: notice.runs.reduce(0) { $0 + $1.added })
  }
}
