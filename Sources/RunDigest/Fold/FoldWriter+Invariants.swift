internal import Folding
internal import Storage

/// What a debug build makes sure of.
extension FoldWriter {
  /// What must hold of a batch before anything of it is written.
  func assertBatch(_ fold: PreparedFold) {
    let (watermark, before) = (fold.digest.watermark, fold.expected?.watermark ?? 0)
    Invariant.oneSnapshot.assert(connection.isInTransaction, "a batch outside a transaction")
    Invariant.watermark.assert(
      try watermark > before && watermark <= LogReader.head(fold.run, connection),
      "the digest of run #\(fold.run) would go from \(before) to \(watermark)"
    )
    Invariant.equalSums.assert(
      fold.changes.cells.reduce(0) { $0 + $1.totals[.eventCount] } == watermark - before,
      "the cells of run #\(fold.run) have not the events from \(before) to \(watermark)"
    )
    Invariant.agreement.assert(fold.readsBack, "the fold of run #\(fold.run) does not read back")
  }

  /// What must hold of a digest's row before any row that hangs on it is written.
  func assertRow(_ fold: PreparedFold) {
    Invariant.compareAndSet.assert(
      try FoldReader(connection: connection, version: fold.version).position(of: fold.digestID)
        .map { $0 == (fold.digest.watermark, (fold.expected?.revision ?? 0) + 1) } ?? false,
      "the digest of run #\(fold.run) is not the one that this batch has set"
    )
  }
}

extension PreparedFold {
  /// Whether body and state, as they are to be stored, are those of the digest.
  fileprivate var readsBack: Bool {
    body.withUnsafeBytes { body in
      state.withUnsafeBytes { state in
        guard let fold = try? RunFold(body: body, state: state) else { return false }
        return fold.digest == digest && fold.encodedState() == self.state
      }
    }
  }
}
