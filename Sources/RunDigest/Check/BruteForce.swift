internal import Folding
internal import Storage

/// A run folded again from its first event, by the same step as ever but without any stored row.
struct BruteForce {
  var digest: Digest
  var state: [UInt8]
  var changes: FoldChanges

  /// Folds the events of a run up to a seq.
  ///
  /// - Throws: ``FoldError`` where the log has a gap.
  init(run: Int64, through watermark: Int64, _ connection: Connection) throws {
    let box = FoldBox(RunFold(), revision: nil)
    // A version that has no rows: what the fold asks for is never there, as it must be for a run
    // that is folded from its start.
    let reader = FoldReader(connection: connection, version: 0)
    let sessions = SessionNames()
    while box.fold.watermark < watermark {
      let left = watermark - box.fold.watermark
      let limit = FoldLimit(events: Int(min(left, 65_536)), bytes: .max)
      guard try reader.step(box, run: run, limit: limit, sessions: sessions).events > 0 else {
        throw FoldError.gap(expected: box.fold.watermark + 1, found: 0)
      }
    }
    changes = box.fold.takeChanges()
    digest = box.fold.digest
    state = box.fold.encodedState()
  }

  /// The last row of every turn, as its table keeps it: one that was settled later stands twice
  /// among the changes, and a table does not know how many reports a cost is the sum of.
  var turns: [Turn] {
    var last: [Int64: Turn] = [:]
    for var turn in changes.turns {
      if let nanoUSD = turn.cost.value { turn.cost = ReportedCost(nanoUSD: nanoUSD) }
      last[turn.idx] = turn
    }
    return last.values.sorted { $0.idx < $1.idx }
  }

  /// The permissions that have a row.
  var permissions: [Permission] {
    changes.permissions.filter { $0.isOpen || $0.isRefused }
      .sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
  }
}
