internal import Events
internal import Folding
internal import Storage

/// A batch that was folded in memory and waits to be written.
struct PreparedFold: Sendable {
  var run: Int64
  var version: Int64
  /// What the digest row must still say: the compare of the compare-and-set.
  var expected: (watermark: Int64, revision: Int64)?
  var digest: Digest
  var body: [UInt8]
  var state: [UInt8]
  var changes: FoldChanges

  var digestID: Int64 { run * 256 + version }

  /// What the digest row will say once this is written.
  var result: (watermark: Int64, revision: Int64) {
    (digest.watermark, (expected?.revision ?? 0) + 1)
  }

  /// Takes all that a fold has changed since it was last written.
  init(run: Int64, version: Int64, expected: (watermark: Int64, revision: Int64)?, box: FoldBox) {
    self.run = run
    self.version = version
    self.expected = expected
    changes = box.fold.takeChanges()
    digest = box.fold.digest
    body = digest.encodedBody()
    state = box.fold.encodedState()
  }

  /// Takes a fold from the start of a run, to replace what is stored of it.
  init(
    run: Int64,
    version: Int64,
    expected: (watermark: Int64, revision: Int64),
    brute: BruteForce
  ) {
    self.run = run
    self.version = version
    self.expected = expected
    changes = brute.changes
    digest = brute.digest
    body = digest.encodedBody()
    state = brute.state
  }
}

/// Writes folded batches inside a write transaction. What holds:
///
/// 1. The first statement of a batch is the compare-and-set on its digest row: the row must still
///    have the watermark and the revision that the fold started from. Equality, never `<`.
/// 2. No derived row of a batch is written before its compare-and-set changed exactly one row.
/// 3. Digest, turns, calls, permissions, findings, quarantine, sessions, families and rollups of a
///    batch are written in the same transaction.
///
/// Keeps ``Invariant/compareAndSet``, ``Invariant/watermark`` and ``Invariant/agreement``, and with
/// ``SumRows`` ``Invariant/equalSums``.
struct FoldWriter {
  let connection: Connection
  var hooks: FoldHooks?

  /// Writes batches of one set of rows; for each that its digest had not moved in the meantime
  /// answers `true`, of the others nothing is written.
  func write(_ folds: [PreparedFold]) throws -> [Bool] {
    var written: [PreparedFold] = []
    let answers = try folds.map { fold in
      hooks?.reached(.beforeCompareAndSet, fold.run)
      assertBatch(fold)
      guard try compareAndSet(fold) else { return false }
      hooks?.reached(.afterCompareAndSet, fold.run)
      try writeRows(fold)
      written.append(fold)
      return true
    }
    if let version = written.first?.version {
      try SumRows(connection: connection, version: version).add(written)
    }
    if let hooks { for fold in written { hooks.reached(.beforeCommit, fold.run) } }
    return answers
  }

  /// Writes one batch; `false` if its digest had moved.
  func write(_ fold: PreparedFold) throws -> Bool {
    try write([fold]) == [true]
  }

  /// Writes batches of the live set; none if another set went live since they were folded.
  func writeIfLive(_ folds: [PreparedFold]) throws -> [Bool] {
    let live = try LiveVersion.forFolding(connection)
    guard folds.allSatisfy({ $0.version == live }) else { return folds.map { _ in false } }
    return try write(folds)
  }

  /// Replaces all rows of a run by those of a fold from its start, or answers `false` and writes
  /// nothing if the digest moved in the meantime.
  ///
  /// Sums are left as they are: the run's part in them does not change by being folded again.
  func replace(_ fold: PreparedFold) throws -> Bool {
    guard try compareAndSet(fold) else { return false }
    try DerivedRows(connection: connection).deleteRows(of: fold.digestID)
    try writeRows(fold)
    return true
  }

  private func compareAndSet(_ fold: PreparedFold) throws -> Bool {
    let statement: Statement
    if let expected = fold.expected {
      statement = try connection.statement(
        """
        UPDATE digests SET watermark = ?2, sealed = ?3, revision = revision + 1, session = ?4,
          first_ts = ?5, last_ts = ?6, status = ?7, body = ?8, state = ?9,
          has_family = max(has_family, ?12)
        WHERE id = ?1 AND watermark = ?10 AND revision = ?11
        """
      )
      try statement.bind(expected.watermark, at: 10)
      try statement.bind(expected.revision, at: 11)
    } else {
      statement = try connection.statement(
        """
        INSERT INTO digests(id, watermark, sealed, session, first_ts, last_ts, status, body, state,
          run, version, revision, has_family)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1,
          max(?12, EXISTS(SELECT 1 FROM links WHERE version = ?11 AND parent = ?10)))
        ON CONFLICT DO NOTHING
        """
      )
      try statement.bind(fold.run, at: 10)
      try statement.bind(fold.version, at: 11)
    }
    let digest = fold.digest
    // A digest that sums models under `(other)` no longer says all that its family does.
    try statement.bind(digest.totals.models["(other)"] == nil ? 0 : 1 as Int64, at: 12)
    try statement.bind(fold.digestID, at: 1)
    try statement.bind(digest.watermark, at: 2)
    try statement.bind(digest.isSealed ? 1 : 0 as Int64, at: 3)
    try statement.bind(digest.session, at: 4)
    try statement.bind(digest.firstTs?.microseconds, at: 5)
    try statement.bind(digest.lastTs?.microseconds, at: 6)
    try statement.bind(digest.outcome.status.rawValue, at: 7)
    try fold.body.withUnsafeBytes { try statement.bind(blob: $0, at: 8) }
    try fold.state.withUnsafeBytes { try statement.bind(blob: $0, at: 9) }
    try statement.run()
    return connection.changes == 1
  }
}
