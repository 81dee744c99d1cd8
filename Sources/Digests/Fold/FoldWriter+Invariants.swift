internal import Engine
internal import Folding
internal import Support

/// What a debug build makes sure of.
extension FoldWriter {
  /// What must hold of a batch before anything of it is written.
  func assertBatch(_ fold: PreparedFold) {
    let run = fold.key.run
    let (watermark, before) = (fold.digest.watermark, fold.row.expected?.watermark ?? 0)
    Invariant.oneSnapshot.assert(tables.isInTransaction, "a batch outside a transaction")
    Invariant.watermark.assert(
      try watermark > before && watermark <= tables.head(of: run),
      "the digest of run #\(run.rawValue) would go from \(before) to \(watermark)"
    )
    Invariant.equalRollups.assert(
      fold.changes.cells.reduce(0) { $0 + $1.totals[.eventCount] } == watermark - before,
      "the cells of run #\(run.rawValue) have not the events from \(before) to \(watermark)"
    )
    Invariant.agreement.assert(
      fold.readsBack,
      "the fold of run #\(run.rawValue) does not read back"
    )
  }

  /// What must hold of a digest's row before any row that hangs on it is written.
  func assertRow(_ fold: PreparedFold) {
    Invariant.compareAndSet.assert(
      try tables.revision(of: fold.key) == fold.result,
      "the digest of run #\(fold.key.run.rawValue) is not the one that this batch has set"
    )
  }
}

extension PreparedFold {
  /// Whether body and state, as they are to be stored, are those of the digest.
  fileprivate var readsBack: Bool {
    row.body.withUnsafeBytes { body in
      row.state.withUnsafeBytes { state in
        guard let fold = try? RunFold(body: body, state: state) else { return false }
        return fold.digest == digest && fold.encodedState() == row.state
      }
    }
  }
}
