package import Engine
internal import Folding

/// Writes folded batches inside a write transaction. What holds:
///
/// 1. The first statement of a batch is the compare-and-set on its digest row: the row must still
///    have the watermark and the revision that the fold started from. Equality, never `<`.
/// 2. No derived row of a batch is written before its compare-and-set changed exactly one row.
/// 3. Digest, turns, calls, permissions, findings, quarantine, sessions, families and rollups of a
///    batch are written in the same transaction.
///
/// Keeps ``Invariant/compareAndSet``, ``Invariant/watermark`` and ``Invariant/agreement``, and with
/// ``Rollups`` ``Invariant/equalRollups``.
package struct FoldWriter {
  package let tables: any EngineTransaction
  package let hooks: FoldHooks?

  package init(_ tables: any EngineTransaction, hooks: FoldHooks? = nil) {
    self.tables = tables
    self.hooks = hooks
  }

  /// Writes batches of one generation, and returns for each whether it was written: nothing is of one whose
  /// digest had moved in the meantime.
  package func write(_ folds: [PreparedFold]) throws -> [Bool] {
    var written: [PreparedFold] = []
    let answers = try folds.map { fold in
      hooks?.reached(.beforeCompareAndSet, fold.key.run)
      assertBatch(fold)
      guard try tables.compareAndSet(fold.row) else { return false }
      hooks?.reached(.afterCompareAndSet, fold.key.run)
      try writeRows(fold)
      written.append(fold)
      return true
    }
    if let generation = written.first?.key.generation {
      try Rollups(tables, generation).add(written)
    }
    if let hooks { for fold in written { hooks.reached(.beforeCommit, fold.key.run) } }
    return answers
  }

  /// Writes one batch; `false` if its digest had moved.
  package func write(_ fold: PreparedFold) throws -> Bool {
    try write([fold]) == [true]
  }

  /// Writes batches of the live generation; none if another one went live since they were folded.
  package func writeIfLive(_ folds: [PreparedFold]) throws -> [Bool] {
    let live = try tables.generationForFolding(by: hooks.foldVersion)
    guard folds.allSatisfy({ $0.key.generation == live }) else { return folds.map { _ in false } }
    return try write(folds)
  }

  /// Replaces all rows of a run by those of a fold from its start; `false`, with nothing written, if the
  /// digest moved in the meantime.
  ///
  /// Rollups are left as they are: the run's part in them does not change by being folded again.
  package func replace(_ fold: PreparedFold) throws -> Bool {
    guard try tables.compareAndSet(fold.row) else { return false }
    try tables.deleteRows(of: fold.key)
    try writeRows(fold)
    return true
  }

  private func writeRows(_ fold: PreparedFold) throws {
    assertRow(fold)
    try tables.writeRows(fold.changes, of: fold.key)
  }
}
