internal import Folding

/// What one or many folded batches add to the sums, row by row, before any row is read.
///
/// Batches of many runs in one transaction mostly add to the same rows, those of the current
/// quarter, day and month: adding up here first makes a row be read and written once.
struct SumDeltas {
  private(set) var deltas: [SumKey: Totals] = [:]

  var isEmpty: Bool { deltas.isEmpty }

  mutating func add(_ totals: Totals, to key: SumKey) {
    deltas[key, default: Totals()].merge(totals)
  }

  /// Adds the cells of a batch to sessions and spans of time.
  mutating func add(cells: [RollupCell], sessionID: (String) throws -> Int64) rethrows {
    for cell in cells {
      let totals = cell.totals
      if let session = cell.key.session { add(totals, to: .session(try sessionID(session))) }
      let models = totals.partsByModel
      let tools = totals.partsByTool
      for span in TimeSpan.containing(quarter: cell.key.bucket) {
        add(totals, to: .span(span, .total, "total"))
        add(totals, to: .span(span, .agent, cell.key.agent ?? "(none)"))
        add(totals, to: .span(span, .project, cell.key.project ?? "(none)"))
        add(totals, to: .span(span, .host, cell.key.host ?? "(none)"))
        for (name, part) in models { add(part, to: .span(span, .model, name)) }
        for (name, part) in tools { add(part, to: .span(span, .tool, name)) }
      }
    }
  }

  /// Whether the events of all batches are in the quarters, in the days and in the months.
  func haveAllEvents(of folds: [PreparedFold]) -> Bool {
    let events = folds.reduce(0) { sum, fold in
      fold.changes.cells.reduce(sum) { $0 + $1.totals[.eventCount] }
    }
    return [SumScope.quarter, .day, .month].allSatisfy { scope in
      deltas.reduce(0) { sum, delta in
        let isCounted =
          delta.key.scope == scope && delta.key.dimension == StatsDimension.total.rawValue
        return isCounted ? sum + delta.value[.eventCount] : sum
      } == events
    }
  }

  /// Counts runs into and out of outcomes.
  mutating func add(outcomes: [OutcomeMove]) {
    for move in outcomes {
      var totals = Totals()
      totals[.runs] = move.runs
      for span in TimeSpan.containing(quarter: move.bucket) {
        add(totals, to: .span(span, .outcome, move.status.rawValue))
      }
    }
  }
}

extension FoldChanges {
  /// What the batch adds to the family of its run and of every run above it.
  var familyPart: Totals {
    cells.reduce(into: Totals()) { $0.merge($1.totals.familyPart) }
  }
}
