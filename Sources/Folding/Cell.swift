internal import Events

/// Where the figures of an event are summed beside its run: the session stamped on it, the quarter
/// of an hour that it happened in, and who its run is as far as known after it.
package struct CellKey: Sendable, Hashable {
  package var session: String?
  /// Quarters of an hour since 1970-01-01T00:00:00Z.
  package var bucket: Int64
  package var agent: String?
  package var project: String?
  package var host: String?

  /// The length of a bucket in microseconds.
  package static let bucketMicros: Int64 = 15 * 60 * 1_000_000

  package init(
    session: String?,
    bucket: Int64,
    agent: String?,
    project: String?,
    host: String?
  ) {
    self.session = session
    self.bucket = bucket
    self.agent = agent
    self.project = project
    self.host = host
  }

  package static func == (lhs: CellKey, rhs: CellKey) -> Bool {
    lhs.bucket == rhs.bucket && lhs.session.isExactly(rhs.session)
      && lhs.agent.isExactly(rhs.agent) && lhs.project.isExactly(rhs.project)
      && lhs.host.isExactly(rhs.host)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(bucket)
    for name in [session, agent, project, host] { hasher.combine(name.map(ExactText.init)) }
  }

  /// The bucket that a time falls in.
  package static func bucket(of ts: Int64) -> Int64 {
    ts >= 0 ? ts / bucketMicros : -((-ts + bucketMicros - 1) / bucketMicros)
  }
}

/// What a batch of events adds to the sums of one cell.
package struct Cell: Sendable, Hashable {
  package var key: CellKey
  package var totals: Totals
}

/// A run that joins or leaves an outcome: sealed, judged again, or resumed.
package struct OutcomeMove: Sendable, Hashable {
  /// The bucket of the event that sealed the run.
  package var bucket: Int64
  package var status: String
  /// 1 or -1.
  package var runs: Int64
}

/// The events of a batch that are stamped with one session.
package struct SessionPart: Sendable, Hashable {
  package var session: String
  /// The ordinal of the first one.
  package var firstOrdinal: Int64
  /// The least and the greatest time among those that move the clock, in microseconds; `nil` where
  /// none does.
  package var firstTs: Int64?
  package var lastTs: Int64?

  package init(session: String, firstOrdinal: Int64) {
    self.session = session
    self.firstOrdinal = firstOrdinal
  }

  mutating func note(_ ts: Int64) {
    firstTs = min(firstTs ?? ts, ts)
    lastTs = max(lastTs ?? ts, ts)
  }
}

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
  package var cells: [Cell] = []
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
