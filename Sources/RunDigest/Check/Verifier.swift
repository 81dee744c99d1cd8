internal import Events
internal import Folding
internal import Storage

/// What a verification found.
public struct Verification: Sendable {
  /// Runs that were folded again.
  public internal(set) var runs: Int64 = 0
  /// Events that were folded again.
  public internal(set) var events: Int64 = 0
  /// Sums over sessions, families and windows that were added up again.
  public internal(set) var sums: Int64 = 0
  /// Lines of imported logs that could not be read: what they say is in no event and no digest.
  public internal(set) var unread: Int64 = 0
  /// What is stored otherwise than the log says; empty when all is well.
  public internal(set) var differences: [Difference] = []

  /// Whether nothing differs.
  public var isClean: Bool { differences.isEmpty }
}

/// Compares everything derived with what a fold of the log from its start gives, field by field.
///
/// It works in the snapshot that it is given, so writers go on meanwhile; it costs a fold of the
/// whole log.
struct Verifier {
  let connection: Connection
  let version: Int64
  private(set) var result = Verification()
  private var expectedSums = ExpectedSums()

  init(connection: Connection, version: Int64) {
    self.connection = connection
    self.version = version
  }

  /// Checks every run and every sum.
  mutating func verifyAll() throws {
    try verifyIndex()
    for run in try allRuns() { try verify(run) }
    let names = Dictionary(uniqueKeysWithValues: try allRuns().map { ($0.key, $0.name) })
    let (count, differences) = try expectedSums.compare(connection, version, names: names)
    result.sums = count
    result.unread = try RunReads(connection: connection, version: version).countQuarantined().lines
    result.differences += differences
  }

  private mutating func verifyIndex() throws {
    let log = try LogCheck(connection)
    for (run, seq) in log.torn {
      note(run, "index", "leads to no event at seq \(seq)", "to one for each seq")
    }
    guard log.torn.isEmpty, log.unlisted != 0 else { return }
    result.differences.append(
      Difference(
        subject: "the log",
        field: "index",
        stored: "\(log.unlisted) events fewer",
        expected: "all events, each once"
      )
    )
  }

  /// Checks one run.
  mutating func verify(_ run: RunReference) throws {
    let reader = FoldReader(connection: connection, version: version)
    let digestID = run.digestID(version: version)
    let head = try RunReads(connection: connection, version: version).head(of: run.key)
    guard let (box, watermark) = try stored(reader, digestID, run) else {
      return
    }
    guard watermark <= head else {
      note(run, "watermark", "\(watermark)", "at most \(head)")
      return
    }
    let brute: BruteForce
    do {
      brute = try BruteForce(run: run.key, through: watermark, connection)
    } catch let FoldError.gap(expected, _) {
      note(run, "log", "no event at seq \(expected)", "a dense log")
      return
    }
    result.runs += 1
    result.events += watermark
    compare(run, box, brute)
    try compareRows(run, brute)
    try expectedSums.add(brute, run: run, connection)
  }

  private mutating func stored(
    _ reader: FoldReader,
    _ digestID: Int64,
    _ run: RunReference
  ) throws -> (fold: FoldBox, watermark: Int64)? {
    do {
      return try reader.storedFold(of: digestID)
    } catch let FoldError.damagedState(reason) {
      note(run, "digest", reason, "a readable row")
      return nil
    }
  }

  private mutating func compare(_ run: RunReference, _ box: FoldBox, _ brute: BruteForce) {
    let stored = box.fold.digest
    if stored.encodedBody() != brute.digest.encodedBody() {
      let found = Difference.between(
        stored: stored.json(),
        expected: brute.digest.json(),
        subject: "run \(run.name)",
        field: "digest"
      )
      result.differences += found
      if found.isEmpty { note(run, "digest", "other bytes", "the same") }
    }
    if box.fold.timeExcess > 0 {
      note(
        run,
        "model, tool and waiting time",
        "\(box.fold.timeExcess) µs more than its turns",
        "at most the time of its turns"
      )
    }
    if box.fold.encodedState() != brute.state {
      note(run, "state", "\(box.fold.encodedState().count) bytes", "\(brute.state.count) others")
    }
  }

  private mutating func compareRows(_ run: RunReference, _ brute: BruteForce) throws {
    let reads = RunReads(connection: connection, version: version)
    compareRows(run, "turns", try reads.turns(run, from: 0, limit: .max), brute.turns) {
      $0.write(run: run.name, to: &$1)
    }
    compareRows(run, "calls", try reads.calls(run, from: 0, limit: .max), brute.changes.calls) {
      $0.write(run: run.name, to: &$1)
    }
    compareRows(
      run,
      "findings",
      try reads.findings(run, from: 0, limit: .max),
      brute.changes.findings
    ) {
      $0.write(run: run.name, to: &$1)
    }
    if try reads.permissions(run) != brute.permissions {
      note(run, "permissions", "other rows", "\(brute.permissions.count) rows")
    }
    let quarantine = try reads.quarantine(run, from: 0, limit: .max)
    if quarantine.map(\.seq) != brute.changes.quarantined.map(\.seq) {
      note(run, "quarantine", "\(quarantine.count) rows", "\(brute.changes.quarantined.count)")
    }
  }

  private mutating func compareRows<Row: Equatable>(
    _ run: RunReference,
    _ table: String,
    _ stored: [Row],
    _ expected: [Row],
    _ write: (Row, inout JSONWriter) -> Void
  ) {
    if stored == expected { return }
    func json(_ rows: [Row]) -> [UInt8] {
      var json = JSONWriter()
      json.array { json in
        for row in rows { write(row, &json) }
      }
      return json.takeBytes()
    }
    let found = Difference.between(
      stored: json(stored),
      expected: json(expected),
      subject: "run \(run.name)",
      field: table
    )
    result.differences += found
    if found.isEmpty { note(run, table, "other hidden columns", "the same") }
  }

  private mutating func note(
    _ run: RunReference,
    _ field: String,
    _ stored: String,
    _ expected: String
  ) {
    result.differences.append(
      Difference(subject: "run \(run.name)", field: field, stored: stored, expected: expected)
    )
  }

  private func allRuns() throws -> [RunReference] {
    let statement = try connection.statement("SELECT id, name FROM runs ORDER BY id")
    var runs: [RunReference] = []
    try statement.forEachRow {
      runs.append(RunReference(key: $0.int64(at: 0), name: $0.string(at: 1)))
    }
    return runs
  }
}

extension Digest {
  fileprivate func json() -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      writeMembers(to: &json) { json in
        json.member("watermark", facts.watermark)
      } cost: { json in
        json.money("reported_usd", totals.cost.value)
      } family: { _ in
      }
    }
    return json.takeBytes()
  }
}

extension RunReads {
  /// Compares everything, or what is stored of one run, in this snapshot.
  ///
  /// - Throws: ``StoreError`` `refused` when another version of the fold made the digests.
  func verify(_ run: String?) throws -> Verification {
    _ = try LiveVersion.forFolding(connection)
    var verifier = Verifier(connection: connection, version: version)
    if let run {
      try verifier.verify(try RunReader.require(run, self))
    } else {
      try verifier.verifyAll()
    }
    return verifier.result
  }
}

extension RunStore {
  /// Compares everything derived from the log with a fold of the log from its start.
  ///
  /// Nothing is changed. Costs a fold of the whole log, or of one run's.
  public func verify(_ run: String? = nil) throws -> Verification {
    try read { try $0.verify(run) }
  }
}
