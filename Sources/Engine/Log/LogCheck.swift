/// How much of the event log is checked.
package enum LogCheckDepth: Sendable {
  /// That the index leads to each event, and to each once; no payload is read.
  case index
  /// Also the checksums of all events.
  case checksums
}

/// What a walk through the event log found.
///
/// Of each kind at most ``runsMax`` runs are named, so that it stays small whatever the damage.
package struct LogCheck: Sendable {
  package static let runsMax = 1000

  /// A block of a run's events.
  package struct Block: Sendable {
    package let run: RunReference
    package let seqs: ClosedRange<Int64>

    /// Such as `r (seq 1 to 32)`.
    package var text: String {
      seqs.count == 1
        ? "\(run.name) (seq \(seqs.lowerBound))"
        : "\(run.name) (seq \(seqs.lowerBound) to \(seqs.upperBound))"
    }
  }

  /// Runs with a seq that the index does not lead from to an event, and the first such seq.
  package private(set) var torn: [(run: RunReference, seq: Int64)] = []
  package private(set) var tornCount: Int64 = 0
  /// Runs with events that are not as they were appended, and the first block of such.
  package private(set) var altered: [Block] = []
  package private(set) var alteredCount: Int64 = 0
  /// How many events no run leads to; negative if two lead to one.
  package var unlisted: Int64 = 0
  /// Whether all events are there, so that the index can be made again of them.
  package var isWhole = true

  package init() {}

  /// Whether the index leads to each event once.
  package var isIndexGood: Bool { torn.isEmpty && unlisted == 0 }

  package var isGood: Bool { isIndexGood && altered.isEmpty }

  package mutating func noteTorn(_ run: RunReference, at seq: Int64) {
    tornCount += 1
    if torn.count < Self.runsMax { torn.append((run, seq)) }
  }

  package mutating func noteAltered(_ run: RunReference, _ seqs: ClosedRange<Int64>) {
    alteredCount += 1
    if altered.count < Self.runsMax { altered.append(Block(run: run, seqs: seqs)) }
  }
}
