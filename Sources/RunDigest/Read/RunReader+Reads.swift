internal import Digests
internal import Engine
public import Folding
internal import Telemetry

extension RunReader {
  /// All that is known of a run, in one row; O(1) in the length of the run.
  ///
  /// It never folds: ``Insight/lag`` says how many events it does not cover yet.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such run or nothing of it is folded yet.
  public func insight(_ run: String) throws -> Insight {
    try telemetry.span("rundigest.read", run: run) {
      // The common case is one statement: the run and the live generation are known, and one row needs no
      // transaction to be of one snapshot.
      if let generation = known.generation, let reference = known.reference(to: run),
        let insight = try knownInsight(reference, generation)
      {
        return insight
      }
      return try snapshot { reads in
        guard let reference = try reads.run(named: run) else { throw StoreError.noRun(run) }
        return try insight(reference, reads)
      }
    }
  }

  /// As ``insight(_:)``, for one who knows where the run is.
  func insight(of run: RunReference) throws -> Insight {
    try telemetry.span("rundigest.read", run: run.name) {
      if let generation = known.generation, let insight = try knownInsight(run, generation) {
        return insight
      }
      return try snapshot { try insight(run, $0) }
    }
  }

  private func knownInsight(_ run: RunReference, _ generation: Int64) throws -> Insight? {
    try StoreError.translating {
      try pool.read { try RunReads(connection: $0, generation: generation).insight(run) }
    }
  }

  private func insight(_ run: RunReference, _ reads: RunReads) throws -> Insight {
    known.note(run, generation: reads.generation)
    guard let insight = try reads.insight(run) else {
      throw StoreError(.notFound, "run \(run.name) has no digest yet; try again in a moment")
    }
    return insight
  }

  /// The turns of a run from index `idx` on.
  public func turns(_ run: String, from idx: Int64 = 0, limit: Int = 1000) throws -> [Turn] {
    try read { try $0.turns(try $0.require(run), from: idx, limit: limit) }
  }

  /// The tool calls of a run, from seq `seq` on.
  public func calls(_ run: String, from seq: Int64 = 0, limit: Int = 1000) throws -> [Call] {
    try read { try $0.calls(try $0.require(run), from: seq, limit: limit) }
  }

  /// The resolved tool calls of a run that took longest, the slowest first.
  public func slowestCalls(_ run: String, limit: Int = 20) throws -> [Call] {
    try read { try $0.slowestCalls(try $0.require(run), limit: limit) }
  }

  /// The tool calls of a run that failed, from seq `seq` on.
  public func failedCalls(_ run: String, from seq: Int64 = 0, limit: Int = 1000) throws -> [Call] {
    try read { try $0.failedCalls(try $0.require(run), from: seq, limit: limit) }
  }

  /// The errors and issues of a run, from number `n` on; of one type where one is named.
  public func findings(
    _ run: String,
    type: FindingType? = nil,
    from n: Int64 = 0,
    limit: Int = 1000
  ) throws -> [Finding] {
    try read { reads in
      let reference = try reads.require(run)
      guard let type else { return try reads.findings(reference, from: n, limit: limit) }
      return try reads.findings(reference, type: type, from: n, limit: limit)
    }
  }

  /// The sum over the events of a session.
  public func session(_ name: String) throws -> SessionSum {
    try read { reads in
      guard let sum = try reads.session(named: name) else {
        throw StoreError(.notFound, "there is no session \(name)")
      }
      return sum
    }
  }
}

extension RunReads {
  func slowestCalls(_ run: RunReference, limit: Int) throws -> [Call] {
    let statement = try connection.statement(
      """
      SELECT call_id, seq, ordinal, name, turn, start_ts, end_ts, status, denied, own_ms, running
      FROM calls WHERE digest = ?1 AND end_ts IS NOT NULL
      ORDER BY end_ts - start_ts DESC, seq LIMIT ?2
      """
    )
    try statement.bind(run.digestID(generation: generation), at: 1)
    try statement.bind(Int64(limit), at: 2)
    var calls: [Call] = []
    try statement.forEachRow { calls.append(Call(row: $0)) }
    return calls
  }

  func failedCalls(_ run: RunReference, from seq: Int64, limit: Int) throws -> [Call] {
    let statement = try connection.statement(
      """
      SELECT call_id, seq, ordinal, name, turn, start_ts, end_ts, status, denied, own_ms, running
      FROM calls WHERE digest = ?1 AND seq >= ?2 AND status = 2 ORDER BY seq LIMIT ?3
      """
    )
    try statement.bind(run.digestID(generation: generation), at: 1)
    try statement.bind(seq, at: 2)
    try statement.bind(Int64(limit), at: 3)
    var calls: [Call] = []
    try statement.forEachRow { calls.append(Call(row: $0)) }
    return calls
  }

  func findings(
    _ run: RunReference,
    type: FindingType,
    from n: Int64,
    limit: Int
  ) throws -> [Finding] {
    let statement = try connection.statement(
      """
      SELECT n, type, class, severity, seq, ordinal, ts, label, turn
      FROM findings WHERE digest = ?1 AND n >= ?2 AND type = ?4 ORDER BY n LIMIT ?3
      """
    )
    try statement.bind(run.digestID(generation: generation), at: 1)
    try statement.bind(n, at: 2)
    try statement.bind(Int64(limit), at: 3)
    try statement.bind(type.word, at: 4)
    var findings: [Finding] = []
    try statement.forEachRow { findings.append(Finding(row: $0)) }
    return findings
  }
}
