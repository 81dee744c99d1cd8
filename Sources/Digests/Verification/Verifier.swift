package import Engine
internal import EventLog
internal import Events
internal import Folding

/// Compares everything derived with what a fold of the log from its start gives, field by field.
///
/// It works in the snapshot that it is given, so writers go on meanwhile; it costs a fold of the
/// whole log. What it keeps in memory does not grow with the number of runs, except for 24 bytes for each
/// run that another one started.
package struct Verifier {
  private let reads: ReadSnapshot
  private var tables: any EngineSnapshot { reads.tables }
  package private(set) var result = Verification()
  private let progress: (VerificationProgress) -> Void
  /// Only while all runs are verified.
  private var expected: ExpectedRollups?

  package init(
    _ reads: ReadSnapshot,
    progress: @escaping (VerificationProgress) -> Void = { _ in }
  ) {
    self.reads = reads
    self.progress = progress
  }

  /// How many runs are looked up at a time.
  private static let page = 512

  /// Checks the file, the event log, every run and every rollup.
  ///
  /// - Throws: ``StoreError`` `corrupt` for a file that SQLite itself finds damaged: a scan of it may never
  ///   end.
  package mutating func verifyAll() throws {
    if let damage = try tables.damage(isDeep: false) {
      throw StoreError(.corrupt, "the store is damaged (\(damage)); \(Advice.renumber)")
    }
    try noteLog(try tables.checkLog(.checksums))
    expected = try ExpectedRollups(tables)
    let last = try tables.lastRun()?.rawValue ?? 0
    var page = try tables.runs(afterRow: RunRowID(rawValue: 0), limit: Self.page)
    while let end = page.last?.row {
      for run in page {
        try verifyRows(run)
        progress(
          VerificationProgress(runs: run.row.rawValue, runsTotal: last, events: result.events)
        )
      }
      page = try tables.runs(afterRow: end, limit: Self.page)
    }
    guard var sums = expected else { return }
    expected = nil
    result.sums = try sums.compare(with: reads) { result.note($0) }
  }

  private mutating func noteLog(_ log: LogCheck) throws {
    for (run, seq) in log.torn {
      note(run, "index", stored: "leads to no event at seq \(seq)", expected: "to one for each seq")
    }
    for block in log.altered {
      note(
        block.run,
        "events of seq \(block.seqs.lowerBound) to \(block.seqs.upperBound)",
        stored: "not as they were appended",
        expected: "what their checksum says"
      )
    }
    guard log.torn.isEmpty, log.unlisted != 0 else { return }
    result.note(
      Difference(
        subject: "the log",
        field: "index",
        stored: "\(log.unlisted) events fewer",
        expected: "all events, each once"
      )
    )
  }

  /// Checks one run: its events, its digest, and the rows that hang on that.
  package mutating func verify(_ run: RunReference) throws {
    try noteLog(try tables.checkLog(of: run, .checksums))
    try verifyRows(run)
  }

  private mutating func verifyRows(_ run: RunReference) throws {
    guard let stored = try stored(run), let watermark = stored.revision?.watermark else { return }
    let head = try tables.head(of: run.row)
    guard watermark <= head else {
      note(run, "watermark", stored: "\(watermark)", expected: "at most \(head)")
      return
    }
    let reference: ReferenceFold
    do {
      reference = try ReferenceFold(of: run.row, through: watermark, from: tables)
    } catch let FoldError.gap(expected, _) {
      note(run, "log", stored: "no event at seq \(expected)", expected: "a dense log")
      return
    }
    result.runs += 1
    result.events += watermark
    compare(run, stored, reference)
    if let columns = try tables.columns(of: reads.key(of: run)),
      columns != DigestColumns(stored.fold.digest)
    {
      note(run, "columns", stored: "\(columns)", expected: "what the digest says")
    }
    try compareRows(run, reference)
    try expected?.add(reference, of: run)
  }

  private mutating func stored(_ run: RunReference) throws -> CachedFold? {
    do {
      return try tables.storedFold(of: reads.key(of: run))
    } catch let FoldError.damagedState(reason) {
      note(run, "digest", stored: reason, expected: "a readable row")
      return nil
    }
  }

  private mutating func compare(
    _ run: RunReference,
    _ cached: CachedFold,
    _ reference: ReferenceFold
  ) {
    let stored = cached.fold.digest
    if stored.encodedBody() != reference.digest.encodedBody() {
      let found = Difference.between(
        stored: stored.json(),
        expected: reference.digest.json(),
        subject: "run \(run.name)",
        field: "digest"
      )
      found.forEach { result.note($0) }
      if found.isEmpty { note(run, "digest", stored: "other bytes", expected: "the same") }
    }
    if cached.fold.timeExcess > 0 {
      note(
        run,
        "model, tool and waiting time",
        stored: "\(cached.fold.timeExcess) µs more than its turns",
        expected: "at most the time of its turns"
      )
    }
    if cached.fold.encodedState() != reference.state {
      note(
        run,
        "state",
        stored: "\(cached.fold.encodedState().count) bytes",
        expected: "\(reference.state.count) others"
      )
    }
  }

  private mutating func compareRows(_ run: RunReference, _ reference: ReferenceFold) throws {
    let key = reads.key(of: run)
    compareRows(
      run,
      "turns",
      stored: try tables.turns(of: key, from: 0, limit: .max),
      expected: reference.turns
    ) { $0.write(run: run.name, to: &$1) }
    compareRows(
      run,
      "calls",
      stored: try tables.calls(of: key, .from(0), limit: .max),
      expected: reference.changes.calls
    ) { $0.write(run: run.name, to: &$1) }
    compareRows(
      run,
      "findings",
      stored: try tables.findings(of: key, type: nil, from: 0, limit: .max),
      expected: reference.changes.findings
    ) { $0.write(run: run.name, to: &$1) }
    if try tables.permissions(of: key) != reference.permissions {
      note(
        run,
        "permissions",
        stored: "other rows",
        expected: "\(reference.permissions.count) rows"
      )
    }
    let quarantine = try tables.quarantine(of: key, from: 0, limit: .max)
    if quarantine.map(\.seq) != reference.changes.quarantined.map(\.seq) {
      note(
        run,
        "quarantine",
        stored: "\(quarantine.count) rows",
        expected: "\(reference.changes.quarantined.count)"
      )
    }
  }

  private mutating func compareRows<Row: Equatable>(
    _ run: RunReference,
    _ table: String,
    stored: [Row],
    expected: [Row],
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
    found.forEach { result.note($0) }
    if found.isEmpty { note(run, table, stored: "other hidden columns", expected: "the same") }
  }

  private mutating func note(
    _ run: RunReference,
    _ field: String,
    stored: String,
    expected: String
  ) {
    result.note(
      Difference(subject: "run \(run.name)", field: field, stored: stored, expected: expected)
    )
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

extension ReadSnapshot {
  /// Compares everything, or what is stored of one run, in this snapshot.
  ///
  /// - Throws: ``StoreError`` `refused` when another fold version made the digests.
  package func verify(
    _ run: String?,
    progress: @escaping (VerificationProgress) -> Void = { _ in }
  ) throws -> Verification {
    _ = try tables.generationForFolding()
    var verifier = Verifier(self, progress: progress)
    if let run {
      try verifier.verify(tables.require(run))
    } else {
      try verifier.verifyAll()
    }
    return verifier.result
  }
}
