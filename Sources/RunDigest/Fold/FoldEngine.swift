internal import Folding
internal import Storage

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
final class FoldEngine {
  private(set) var version: Int64
  private var boxes: [Int64: FoldBox] = [:]
  private let sessions = SessionNames()
  private let hooks: FoldHooks?

  /// How many folds are remembered at most, of up to 15 KB each.
  ///
  /// Beyond, all are forgotten rather than the least used one found: to read one back takes microseconds.
  private static let boxesMax = 1024
  /// How many calls and requests a fold may have at hand to go on ahead of its last batch: they can
  /// be let go of only when all are written.
  private static let rowsAheadMax = 4096
  /// How many calls and requests they may have at hand together, of some 400 bytes each.
  private let rowsMax: Int
  private var rows = 0

  init(version: Int64 = 0, hooks: FoldHooks? = nil, rowsMax: Int = 1 << 16) {
    self.version = version
    self.hooks = hooks
    self.rowsMax = rowsMax
  }

  /// Turns to another set of rows, for which nothing is remembered.
  func use(version: Int64) {
    guard version != self.version else { return }
    self.version = version
    forgetAll()
  }

  private func forgetAll() {
    boxes.removeAll(keepingCapacity: true)
    rows = 0
  }

  /// Folds what the log has beyond a run's digest, up to a limit; `nil` if it has nothing.
  ///
  /// What is held of it need not be read. The connection must be in one snapshot or transaction.
  func prepare(
    _ run: Int64,
    held: HeldTail = HeldTail(),
    limit: FoldLimit,
    _ connection: Connection
  ) throws -> (batch: PreparedFold, events: Int, isCut: Bool)? {
    let (reader, position) = try begin(run, connection)
    hooks?.reached(.afterRead, run)
    guard let box = try box(of: run, at: position, reader) else { return nil }
    box.way = [position ?? (0, 0)]
    return try prepare(run, box, held, limit: limit, reader)
  }

  /// Folds the next slice of a run whose last batch is not written yet; `nil` if the log has nothing
  /// beyond it, or it must be written first.
  ///
  /// What is at hand of the run goes before what the tables say, as if the batches were written. So the
  /// tables must not say more than these will: where somebody else has taken the run another way, all that
  /// is not written is void, and nothing may be folded on from it. Its compare-and-set would not notice
  /// for sure: the other way may come to the same event in as many batches.
  func prepareAhead(
    _ run: Int64,
    held: HeldTail = HeldTail(),
    limit: FoldLimit,
    _ connection: Connection
  ) throws -> (batch: PreparedFold, events: Int, isCut: Bool)? {
    guard let box = boxes[run], box.isAhead, box.fold.cachedRows <= Self.rowsAheadMax else {
      return nil
    }
    let (reader, found) = try begin(run, connection)
    let position = found ?? (0, 0)
    guard box.way.contains(where: { $0 == position }) else {
      forget(run)
      return nil
    }
    return try prepare(run, box, held, limit: limit, reader)
  }

  /// Looks in a snapshot where the row of a digest stands.
  private func begin(
    _ run: Int64,
    _ connection: Connection
  ) throws -> (reader: FoldReader, position: (watermark: Int64, revision: Int64)?) {
    Invariant.oneSnapshot.assert(connection.isInTransaction, "a fold reads outside a snapshot")
    let reader = FoldReader(connection: connection, version: version)
    return (reader, try reader.position(of: run * 256 + version))
  }

  private func prepare(
    _ run: Int64,
    _ box: FoldBox,
    _ held: HeldTail,
    limit: FoldLimit,
    _ reader: FoldReader
  ) throws -> (batch: PreparedFold, events: Int, isCut: Bool)? {
    do {
      let (events, isCut) = try reader.step(
        box,
        run: run,
        held: held,
        limit: limit,
        sessions: sessions
      )
      guard events > 0 else { return nil }
      hooks?.reached(.afterFold, run)
      let expected = box.way.last.flatMap { $0.revision == 0 ? nil : $0 }
      let batch = PreparedFold(run: run, version: version, expected: expected, box: box)
      box.way.append(batch.result)
      return (batch, events, isCut)
    } catch {
      forget(run)
      throw error
    }
  }

  /// How many folds are remembered.
  var rememberedCount: Int { boxes.count }

  /// The fold that a row is at; `nil` if somebody else folded the run to its end.
  private func box(
    of run: Int64,
    at position: (watermark: Int64, revision: Int64)?,
    _ reader: FoldReader
  ) throws -> FoldBox? {
    if let box = boxes[run], box.revision == position?.revision,
      box.fold.watermark == position?.watermark ?? 0
    {
      return box
    }
    // So is every run that was ended: it need not be read, nor remembered any longer.
    if let position, try LogReader.head(run, reader.connection) <= position.watermark {
      forget(run)
      return nil
    }
    let box: FoldBox
    if position == nil {
      box = FoldBox(RunFold(), revision: nil)
    } else if let stored = try reader.storedFold(of: run * 256 + version) {
      box = stored.fold
    } else {
      box = FoldBox(RunFold(), revision: nil)
    }
    forget(run)
    if boxes.count >= Self.boxesMax { forgetAll() }
    boxes[run] = box
    return box
  }

  /// Notes that a batch was written; the fold goes on from it.
  func didWrite(_ batch: PreparedFold) {
    guard let box = boxes[batch.run] else { return }
    guard !batch.digest.isSealed else { return forget(batch.run) }
    box.revision = batch.result.revision
    if let place = box.way.firstIndex(where: { $0 == batch.result }) { box.way.removeFirst(place) }
    // What a batch ahead has at hand is in no table yet.
    guard !box.isAhead else { return }
    box.fold.trim()
    rows += box.fold.cachedRows - box.rowsCounted
    box.rowsCounted = box.fold.cachedRows
    if rows > rowsMax { forgetAll() }
  }

  /// Forgets the fold of a run: its batch was not written, and it is void, or nobody will soon go on
  /// with it.
  func forget(_ run: Int64) {
    rows -= boxes.removeValue(forKey: run)?.rowsCounted ?? 0
  }
}
