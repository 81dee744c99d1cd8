package import Engine
package import Folding

/// What one or many folded batches add to the rollups, row by row, before any row is read.
///
/// Batches of many runs in one transaction mostly add to the same rows, those of the current
/// buckets: adding up here first makes a row be read and written once.
package struct RollupDeltas {
  private(set) var deltas: [RollupKey: Totals] = [:]

  package var isEmpty: Bool { deltas.isEmpty }

  package mutating func add(_ totals: Totals, to key: RollupKey) {
    deltas[key, default: Totals()].merge(totals)
  }

  /// Adds the cells of a batch to sessions and buckets.
  package mutating func add(
    cells: [RollupCell],
    sessionID: (String) throws -> SessionRowID
  ) rethrows {
    for cell in cells {
      let totals = cell.totals
      if let session = cell.key.session { add(totals, to: .session(try sessionID(session))) }
      let models = totals.partsByModel
      let tools = totals.partsByTool
      for bucket in TimeBucket.containing(cell.key.bucket) {
        add(totals, to: .bucket(bucket, .total, "total"))
        add(totals, to: .bucket(bucket, .agent, cell.key.agent ?? "(none)"))
        add(totals, to: .bucket(bucket, .project, cell.key.project ?? "(none)"))
        add(totals, to: .bucket(bucket, .host, cell.key.host ?? "(none)"))
        for (name, part) in models { add(part, to: .bucket(bucket, .model, name)) }
        for (name, part) in tools { add(part, to: .bucket(bucket, .tool, name)) }
      }
    }
  }

  /// Whether the events of all batches are in the buckets of each length.
  func haveAllEvents(of folds: [PreparedFold]) -> Bool {
    let events = folds.reduce(0) { sum, fold in
      fold.changes.cells.reduce(sum) { $0 + $1.totals[.eventCount] }
    }
    return [RollupScope.fifteenMinutes, .day, .month].allSatisfy { scope in
      deltas.reduce(0) { sum, delta in
        let isCounted =
          delta.key.scope == scope && delta.key.dimension == StatsDimension.total.rawValue
        return isCounted ? sum + delta.value[.eventCount] : sum
      } == events
    }
  }

  /// Counts runs into and out of outcomes.
  package mutating func add(outcomes: [OutcomeMove]) {
    for move in outcomes {
      var totals = Totals()
      totals[.runs] = move.runs
      for bucket in TimeBucket.containing(move.bucket) {
        add(totals, to: .bucket(bucket, .outcome, move.status.rawValue))
      }
    }
  }
}

extension FoldChanges {
  /// What the batch adds to the family of its run and of every run above it.
  package var familyPart: Totals {
    cells.reduce(into: Totals()) { $0.merge($1.totals.familyPart) }
  }
}
