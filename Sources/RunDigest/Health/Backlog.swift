internal import Storage

/// What the log has and the digests do not.
public struct Backlog: Sendable, Hashable {
  /// Runs whose digest is behind their log.
  public var runs = 0
  /// Events that are not folded yet.
  public var events: Int64 = 0
  /// The time of the oldest of these events, in microseconds; `nil` if there are none.
  public var oldest: Int64?

  /// Makes a backlog of nothing.
  public init() {}
}

extension RunStore {
  /// What is not folded yet.
  ///
  /// Costs one index descent per run of the store.
  public func backlog() throws -> Backlog {
    try read { reads in
      let statement = try reads.connection.statement(
        """
        SELECT b.head - b.watermark, (SELECT ts FROM events WHERE run = b.id AND seq > b.watermark
          ORDER BY seq LIMIT 1)
        FROM (SELECT r.id, (SELECT max(seq) FROM events WHERE run = r.id) AS head,
            coalesce(d.watermark, 0) AS watermark
          FROM runs r LEFT JOIN digests d ON d.id = r.id * 256 + ?1) b
        WHERE b.head > b.watermark
        """
      )
      try statement.bind(reads.version, at: 1)
      var backlog = Backlog()
      try statement.forEachRow { row in
        backlog.runs += 1
        backlog.events += row.int64(at: 0)
        if let ts = row.optionalInt64(at: 1) { backlog.oldest = min(backlog.oldest ?? ts, ts) }
      }
      return backlog
    }
  }
}
