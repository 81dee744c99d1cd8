internal import Digests
internal import EventLog
public import Folding

extension Run {
  /// All that is known of the run, in one row; O(1) in its length.
  ///
  /// - Throws: ``StoreError`` `notFound` if there is no such run or nothing of it is folded yet.
  public func insight() throws -> Insight {
    try store.reader.insight(id, known: require())
  }

  /// As ``insight()``; with `fresh`, after folding what the log has at the time of the call.
  public func insight(fresh: Bool) async throws -> Insight {
    if fresh { try await flush() }
    return try insight()
  }

  /// The turns from index `idx` on.
  public func turns(from idx: Int64 = 0, limit: Int = 1000) throws -> [Turn] {
    let reference = try require()
    return try store.read {
      try $0.tables.turns(of: $0.key(of: reference), from: idx, limit: limit)
    }
  }

  /// The tool calls from seq `seq` on.
  public func calls(from seq: Int64 = 0, limit: Int = 1000) throws -> [Call] {
    let reference = try require()
    return try store.read {
      try $0.tables.calls(of: $0.key(of: reference), .from(seq), limit: limit)
    }
  }

  /// The errors and issues from number `n` on.
  public func findings(from n: Int64 = 0, limit: Int = 1000) throws -> [Finding] {
    let reference = try require()
    return try store.read { reads in
      try reads.tables.findings(of: reads.key(of: reference), type: nil, from: n, limit: limit)
    }
  }

  /// The events from seq `seq` on.
  public func events(from seq: Int64 = 1, limit: Int = 1000) throws -> [RecordedEvent] {
    let reference = try require()
    return try store.read { reads in
      try reads.tables.events(of: reference.row, after: seq - 1, limit: limit)
        .map { RecordedEvent($0, run: reference.name) }
    }
  }

  /// The events around an anchor: a finding's, a turn's first, any seq.
  ///
  /// ```swift
  /// for finding in try run.findings() {
  ///   show(try run.events(around: finding.anchor.seq, context: 3))
  /// }
  /// ```
  public func events(around seq: Int64, context: Int = 10) throws -> [RecordedEvent] {
    let first = max(1, seq - Int64(context))
    return try events(from: first, limit: Int(seq - first) + context + 1)
  }

  /// Compares what is stored of the run with a fold of its log from the start.
  public func verify() throws -> Verification {
    try store.verify(id)
  }

  /// Folds the run again from its start and replaces its digest, turns, calls and findings.
  public func rebuild() async throws {
    try await store.rebuild(id)
  }
}
