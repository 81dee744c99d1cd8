package import Engine
package import Folding

/// A run folded again from its first event, by the same step as ever but without any stored row.
package struct ReferenceFold {
  package let digest: Digest
  package let state: [UInt8]
  package let changes: FoldChanges

  /// Folds the events of a run up to a seq.
  ///
  /// - Throws: ``FoldError`` where the log has a gap.
  package init(
    of run: RunRowID,
    through watermark: Int64,
    from tables: any EngineSnapshot
  ) throws {
    let cached = CachedFold()
    var reader = FoldReader(tables, fromTheStartOf: run)
    let sessions = SessionNames()
    while cached.fold.watermark < watermark {
      let left = watermark - cached.fold.watermark
      let limit = FoldLimit(events: Int(min(left, 65_536)), bytes: .max)
      guard try reader.step(cached, limit: limit, sessions: sessions).events > 0 else {
        throw FoldError.gap(expected: cached.fold.watermark + 1, found: 0)
      }
    }
    changes = cached.fold.takeChanges()
    digest = cached.fold.digest
    state = cached.fold.encodedState()
  }

  /// The last row of every turn, as its table keeps it: one that was settled later stands twice
  /// among the changes, and a table does not know how many reports a cost is the sum of.
  package var turns: [Turn] {
    var last: [Int64: Turn] = [:]
    for var turn in changes.turns {
      if let nanoUSD = turn.cost.value { turn.cost = ReportedCost(nanoUSD: nanoUSD) }
      last[turn.idx] = turn
    }
    return last.values.sorted { $0.idx < $1.idx }
  }

  /// The permissions that have a row.
  package var permissions: [Permission] {
    changes.permissions.filter { $0.isOpen || $0.isRefused }
      .sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
  }
}
