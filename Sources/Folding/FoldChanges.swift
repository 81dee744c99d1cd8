internal import Events

/// All that a batch of events changes beside the digest itself, to be written with it in the one
/// transaction that moves the watermark.
package struct FoldChanges: Sendable {
  /// The rows of turns, by ascending index and each once.
  package var turns: [Turn] = []
  /// Failures of calls in turns whose rows were written before, by the index of the turn.
  package var laterFailures: [Int64: Int64] = [:]
  package var calls: [Call] = []
  package var permissions: [Permission] = []
  package var findings: [Finding] = []
  package var quarantined: [(seq: Int64, reason: String)] = []
  package var cells: [RollupCell] = []
  package var outcomes: [OutcomeMove] = []
  /// The sessions that the events are stamped with, in the order of their first event here.
  package var sessions: [SessionPart] = []
  /// The seq of the event that first named a parent, if it is in this batch.
  package var parentLinkSeq: Int64?
}

extension FoldChanges {
  /// Where the row of a turn is, if it is among the changes.
  ///
  /// The turns of a batch follow each other without a gap.
  func index(ofTurn idx: Int64) -> Int? {
    guard let first = turns.first?.idx else { return nil }
    let index = Int(idx - first)
    return turns.indices.contains(index) ? index : nil
  }

  /// Takes in the row of a turn, and drops what was noted of the turn before.
  mutating func note(_ turn: Turn) {
    if !laterFailures.isEmpty { laterFailures[turn.idx] = nil }
    if let index = index(ofTurn: turn.idx) {
      turns[index] = turn
    } else {
      turns.append(turn)
    }
  }
}
