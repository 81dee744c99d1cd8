public import Digests
public import Engine
public import Events
public import Folding
internal import Telemetry

/// What can be read of a store: the same of one that is open for writing and of one that is only read.
public protocol StoreReads: Sendable {
  /// What reads.
  var reader: RunReader { get }
}

extension StoreReads {
  /// All that is known of a run, in one row; O(1) in the length of the run.
  ///
  /// It never folds: ``Insight/lag`` says how many events it does not cover yet.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such run or nothing of it is folded yet.
  public func insight(_ run: RunID) throws -> Insight {
    try reader.insight(run, known: nil)
  }

  /// The turns of a run from index `idx` on.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such run.
  public func turns(_ run: RunID, from idx: Int64 = 0, limit: Int = 1000) throws -> [Turn] {
    try reader.read { try $0.tables.turns(of: $0.key(named: run), from: idx, limit: limit) }
  }

  /// The tool calls of a run, from seq `seq` on.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such run.
  public func calls(_ run: RunID, from seq: Int64 = 0, limit: Int = 1000) throws -> [Call] {
    try reader.read { try $0.tables.calls(of: $0.key(named: run), .from(seq), limit: limit) }
  }

  /// The resolved tool calls of a run that took longest, the slowest first; costs all its calls.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such run.
  public func slowestCalls(_ run: RunID, limit: Int = 20) throws -> [Call] {
    try reader.read { try $0.tables.calls(of: $0.key(named: run), .slowest, limit: limit) }
  }

  /// The tool calls of a run that failed, from seq `seq` on.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such run.
  public func failedCalls(
    _ run: RunID,
    from seq: Int64 = 0,
    limit: Int = 1000
  ) throws -> [Call] {
    try reader.read {
      try $0.tables.calls(of: $0.key(named: run), .failed(from: seq), limit: limit)
    }
  }

  /// The errors and issues of a run, from number `n` on; of one type where one is named.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such run.
  public func findings(
    _ run: RunID,
    type: FindingType? = nil,
    from n: Int64 = 0,
    limit: Int = 1000
  ) throws -> [Finding] {
    try reader.read { reads in
      try reads.tables.findings(of: reads.key(named: run), type: type, from: n, limit: limit)
    }
  }

  /// The sum over the events of a session.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such session.
  public func session(_ name: String) throws -> SessionSum {
    try reader.read { reads in
      guard let sum = try reads.session(named: name) else {
        throw StoreError(.notFound, "there is no session \(name)")
      }
      return sum
    }
  }

  /// Sums over a window of time, split by a dimension; O(months + days + buckets of 15 minutes at its
  /// ends), for any number of runs and events.
  ///
  /// Rows come by descending number of events, then by key.
  public func stats(
    _ window: StatsWindow,
    by dimension: StatsDimension = .total
  ) throws -> [StatsRow] {
    try reader.read { try $0.tables.stats(window, by: dimension) }
  }

  /// Compares everything derived from the log, or what is stored of one run, with a fold of the log from
  /// its start.
  ///
  /// Nothing is changed. Costs a fold of the whole log, or of one run's.
  public func verify(_ run: RunID? = nil) throws -> Verification {
    try reader.read { reads in
      var result = try reads.verify(run?.rawValue)
      if run == nil { result.unread = try reads.tables.quarantinedLineCount().lines }
      return result
    }
  }
}

extension ReadSnapshot {
  fileprivate func key(named run: RunID) throws -> DigestKey { try key(named: run.rawValue) }
}

extension RunReader: StoreReads {
  /// This reader.
  public var reader: RunReader { self }

  /// An insight, by the row of the run if it was looked up.
  ///
  /// The common case is one statement: the run and the live generation are known, and one row needs no
  /// transaction to be of one snapshot.
  func insight(_ run: RunID, known reference: RunReference?) throws -> Insight {
    try telemetry.span("rundigest.read", run: run.rawValue) {
      let reference = reference ?? known.reference(to: run.rawValue)
      if let generation = known.generation, let reference,
        let insight = try insight(reference, in: generation)
      {
        return insight
      }
      return try snapshot { reads in
        let reference = try reference ?? reads.tables.require(run.rawValue)
        known.note(reference, reads.generation)
        guard let insight = try reads.insight(reference) else { throw StoreError.noDigest(run) }
        return insight
      }
    }
  }

  private func insight(_ run: RunReference, in generation: Generation) throws -> Insight? {
    try StoreError.translating {
      try engine.read { try ReadSnapshot($0, in: generation).insight(run) }
    }
  }
}

extension StoreError {
  fileprivate static func noDigest(_ run: RunID) -> StoreError {
    StoreError(.notFound, "run \(run) has no digest yet; try again in a moment")
  }
}
