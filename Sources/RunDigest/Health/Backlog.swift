public import Events

/// What the log has and the digests do not.
public struct Backlog: Sendable, Hashable {
  /// Runs whose digest is behind their log.
  public var runs = 0
  /// Events that are not folded yet.
  public var events: Int64 = 0
  /// The time of the oldest of these events; `nil` if there are none.
  public var oldest: Timestamp?

  /// Makes a backlog of nothing.
  public init() {}
}

extension RunStore {
  /// What is not folded yet.
  ///
  /// Costs a look at each run that may be behind; without a worker that keeps account, at each run of
  /// the store.
  public func backlog() throws -> Backlog {
    try read { reads in
      try worker.findBehind(reads.tables, in: reads.generation).reduce(into: Backlog()) {
        backlog,
        run in
        backlog.runs += 1
        backlog.events += run.head - run.watermark
        if let ts = try reads.tables.timestamp(of: run.run, seq: run.watermark + 1)
          .map(Timestamp.init(microseconds:))
        {
          backlog.oldest = min(backlog.oldest ?? ts, ts)
        }
      }
    }
  }
}
