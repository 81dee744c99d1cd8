package import Events

/// Where the figures of an event are summed beside its run: the session stamped on it, the bucket
/// of 15 minutes that it happened in, and who its run is as far as known after it.
package struct RollupCellKey: Sendable, Hashable {
  package var session: String?
  /// Buckets of 15 minutes since 1970-01-01T00:00:00Z.
  package var bucket: Int64
  package var agent: String?
  package var project: String?
  package var host: String?

  /// The length of a bucket in microseconds.
  package static let bucketMicros: Int64 = 15 * 60 * 1_000_000

  package init(
    session: String?,
    bucket: Int64,
    agent: String?,
    project: String?,
    host: String?
  ) {
    self.session = session
    self.bucket = bucket
    self.agent = agent
    self.project = project
    self.host = host
  }

  package static func == (lhs: RollupCellKey, rhs: RollupCellKey) -> Bool {
    lhs.bucket == rhs.bucket && lhs.session.isExactly(rhs.session)
      && lhs.agent.isExactly(rhs.agent) && lhs.project.isExactly(rhs.project)
      && lhs.host.isExactly(rhs.host)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(bucket)
    for name in [session, agent, project, host] { hasher.combine(name.map(ExactText.init)) }
  }

  /// The bucket that a time falls in.
  package static func bucket(of time: Timestamp) -> Int64 {
    let ts = time.microseconds
    return ts >= 0 ? ts / bucketMicros : -((-ts + bucketMicros - 1) / bucketMicros)
  }
}

/// What a batch of events adds to the sums of one cell.
package struct RollupCell: Sendable, Hashable {
  package var key: RollupCellKey
  package var totals: Totals
}
