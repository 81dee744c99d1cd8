package import Engine
internal import Folding
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
package final class FoldBatcher {
  package private(set) var generation: Generation?
  private var folds: [RunRowID: CachedFold] = [:]
  private let sessions = SessionNames()
  private let hooks: FoldHooks?

  /// How many folds are remembered at most, of up to 15 KB each.
  ///
  /// Beyond, all are forgotten rather than the least used one found: to read one back takes microseconds.
  private static let foldsMax = 1024
  /// How many calls and requests they may have at hand together, of some 400 bytes each.
  private let rowsMax: Int
  private var rows = 0

  package init(generation: Generation? = nil, hooks: FoldHooks? = nil, rowsMax: Int = 1 << 16) {
    self.generation = generation
    self.hooks = hooks
    self.rowsMax = rowsMax
  }

  /// Turns to another generation, of which nothing is remembered.
  package func use(_ generation: Generation) {
    guard generation != self.generation else { return }
    self.generation = generation
    forgetAll()
  }

  private func forgetAll() {
    folds.removeAll(keepingCapacity: true)
    rows = 0
  }

  /// Folds what the log has beyond a run's digest, up to a limit; `nil` if it has nothing.
  ///
  /// The tables must be of one snapshot or transaction.
  package func prepare(
    _ run: RunRowID,
    limit: FoldLimit,
    from tables: any EngineSnapshot
  ) throws -> (batch: PreparedFold, events: Int, isCut: Bool)? {
    Invariant.oneSnapshot.assert(tables.isInTransaction, "a fold reads outside a snapshot")
    let key = DigestKey(run, try generation ?? tables.generationForFolding(by: hooks.foldVersion))
    let revision = try tables.revision(of: key)
    hooks?.reached(.afterRead, run)
    guard let cached = try cached(key, at: revision, tables) else { return nil }
    do {
      var reader = FoldReader(tables, of: key)
      let (events, isCut) = try reader.step(cached, limit: limit, sessions: sessions)
      guard events > 0 else { return nil }
      hooks?.reached(.afterFold, run)
      return (PreparedFold(key: key, expected: revision, fold: cached), events, isCut)
    } catch {
      forget(run)
      throw error
    }
  }

  /// How many folds are remembered.
  var rememberedCount: Int { folds.count }

  /// The fold that a row is at; `nil` if another fold has reached the run's end.
  private func cached(
    _ key: DigestKey,
    at revision: DigestRevision?,
    _ tables: any EngineSnapshot
  ) throws -> CachedFold? {
    let run = key.run
    if let cached = folds[run], cached.revision == revision,
      cached.fold.watermark == revision?.watermark ?? 0
    {
      return cached
    }
    // A run that was ended is at its end: it need not be read, nor remembered any longer.
    if let revision, try tables.head(of: run) <= revision.watermark {
      forget(run)
      return nil
    }
    let stored = try revision.flatMap { _ in try tables.storedFold(of: key) }
    let cached = stored ?? CachedFold()
    forget(run)
    if folds.count >= Self.foldsMax { forgetAll() }
    folds[run] = cached
    return cached
  }

  /// Notes that a batch was written; the fold goes on from it.
  func didWrite(_ batch: PreparedFold) {
    guard let cached = folds[batch.key.run] else { return }
    guard !batch.digest.isSealed else { return forget(batch.key.run) }
    cached.revision = batch.result
    cached.fold.trim()
    rows += cached.fold.cachedRows - cached.rowsCounted
    cached.rowsCounted = cached.fold.cachedRows
    if rows > rowsMax { forgetAll() }
  }

  /// Forgets the fold of a run: its batch was not written, or it will not go on soon.
  package func forget(_ run: RunRowID) {
    rows -= folds.removeValue(forKey: run)?.rowsCounted ?? 0
  }
}
