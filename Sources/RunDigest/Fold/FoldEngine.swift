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

  /// How many folds are remembered at most, of some 15 KB each.
  private static let boxesMax = 1024

  init(version: Int64 = 0, hooks: FoldHooks? = nil) {
    self.version = version
    self.hooks = hooks
  }

  /// Turns to another set of rows, for which nothing is remembered.
  func use(version: Int64) {
    guard version != self.version else { return }
    self.version = version
    boxes.removeAll()
  }

  /// Folds what the log has beyond a run's digest, up to a limit; `nil` if it has nothing.
  ///
  /// The connection must be in one snapshot or transaction.
  func prepare(
    _ run: Int64,
    limit: FoldLimit,
    _ connection: Connection
  ) throws -> (batch: PreparedFold, events: Int, isCut: Bool)? {
    Invariant.oneSnapshot.assert(connection.isInTransaction, "a fold reads outside a snapshot")
    let reader = FoldReader(connection: connection, version: version)
    let position = try reader.position(of: run * 256 + version)
    hooks?.reached(.afterRead, run)
    guard let box = try box(of: run, at: position, reader) else { return nil }
    do {
      let (events, isCut) = try reader.step(box, run: run, limit: limit, sessions: sessions)
      guard events > 0 else { return nil }
      hooks?.reached(.afterFold, run)
      let batch = PreparedFold(run: run, version: version, expected: position, box: box)
      return (batch, events, isCut)
    } catch {
      boxes[run] = nil
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
      boxes[run] = nil
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
    if boxes.count >= Self.boxesMax { boxes.removeAll(keepingCapacity: true) }
    boxes[run] = box
    return box
  }

  /// Notes that a batch was written; the fold goes on from it.
  func didWrite(_ batch: PreparedFold) {
    guard let box = boxes[batch.run] else { return }
    guard !batch.digest.isSealed else {
      boxes[batch.run] = nil
      return
    }
    box.revision = (batch.expected?.revision ?? 0) + 1
    box.fold.trim()
  }

  /// Forgets the fold of a run: its batch was not written, and it is void, or nobody will soon go on
  /// with it.
  func forget(_ run: Int64) {
    boxes[run] = nil
  }
}
