internal import SQLiteEngine
package import Engine
internal import EventLog
internal import Folding
package import Storage
internal import Support

/// Folds tails of runs from snapshots into batches ready to be written, and remembers the folds
/// that it was at, so that a run that goes on need not be read back every time.
///
/// What is remembered is only ever used when the digest row still has the watermark and the
/// revision that it was remembered at; anything else, also another process's fold, makes it read
/// the row again.
///
/// Keeps ``Invariant/oneSnapshot``.
///
/// Confined to one thread at a time.
package final class FoldEngine {
  package private(set) var version: Int64
  private var folds: [Int64: CachedFold] = [:]
  private let sessions = SessionNames()
  private let hooks: FoldHooks?

  /// How many folds are remembered at most, of up to 15 KB each.
  ///
  /// Beyond, all are forgotten rather than the least used one found: to read one back takes microseconds.
  private static let foldsMax = 1024
  /// How many calls and requests they may have at hand together, of some 400 bytes each.
  private let rowsMax: Int
  private var rows = 0

  package init(version: Int64 = 0, hooks: FoldHooks? = nil, rowsMax: Int = 1 << 16) {
    self.version = version
    self.hooks = hooks
    self.rowsMax = rowsMax
  }

  /// Turns to another set of rows, for which nothing is remembered.
  package func use(version: Int64) {
    guard version != self.version else { return }
    self.version = version
    forgetAll()
  }

  private func forgetAll() {
    folds.removeAll(keepingCapacity: true)
    rows = 0
  }

  /// Folds what the log has beyond a run's digest, up to a limit; `nil` if it has nothing.
  ///
  /// The connection must be in one snapshot or transaction.
  package func prepare(
    _ run: Int64,
    limit: FoldLimit,
    _ connection: Connection
  ) throws -> (batch: PreparedFold, events: Int, isCut: Bool)? {
    Invariant.oneSnapshot.assert(connection.isInTransaction, "a fold reads outside a snapshot")
    let reader = FoldReader(connection: connection, version: version)
    let revision = try reader.revision(of: run * 256 + version)
    hooks?.reached(.afterRead, run)
    guard let cached = try cached(run, at: revision, reader) else { return nil }
    do {
      let (events, isCut) = try reader.step(cached, run: run, limit: limit, sessions: sessions)
      guard events > 0 else { return nil }
      hooks?.reached(.afterFold, run)
      let batch = PreparedFold(run: run, version: version, expected: revision, fold: cached)
      return (batch, events, isCut)
    } catch {
      forget(run)
      throw error
    }
  }

  /// How many folds are remembered.
  var rememberedCount: Int { folds.count }

  /// The fold that a row is at; `nil` if another fold has reached the run's end.
  private func cached(
    _ run: Int64,
    at revision: DigestRevision?,
    _ reader: FoldReader
  ) throws -> CachedFold? {
    if let cached = folds[run], cached.revision == revision?.revision,
      cached.fold.watermark == revision?.watermark ?? 0
    {
      return cached
    }
    // A run that was ended is at its end: it need not be read, nor remembered any longer.
    if let revision, try LogReader.head(run, reader.connection) <= revision.watermark {
      forget(run)
      return nil
    }
    let stored = try revision.flatMap { _ in try reader.storedFold(of: run * 256 + version) }
    let cached = stored?.fold ?? CachedFold(RunFold(), revision: nil)
    forget(run)
    if folds.count >= Self.foldsMax { forgetAll() }
    folds[run] = cached
    return cached
  }

  /// Notes that a batch was written; the fold goes on from it.
  func didWrite(_ batch: PreparedFold) {
    guard let cached = folds[batch.run] else { return }
    guard !batch.digest.isSealed else { return forget(batch.run) }
    cached.revision = batch.result.revision
    cached.fold.trim()
    rows += cached.fold.rowsAtHand - cached.rowsCounted
    cached.rowsCounted = cached.fold.rowsAtHand
    if rows > rowsMax { forgetAll() }
  }

  /// Forgets the fold of a run: its batch was not written, or it will not go on soon.
  package func forget(_ run: Int64) {
    rows -= folds.removeValue(forKey: run)?.rowsCounted ?? 0
  }
}
