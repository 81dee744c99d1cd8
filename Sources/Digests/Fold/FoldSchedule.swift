package import Engine
internal import EventLog
internal import Folding

/// What the fold worker knows of the runs, under its lock: which are to be folded, and since when
/// everything else is.
///
/// 1. A run that may have events beyond its digest, at a position up to ``accounted``, is *open*:
///    marked, being folded, found behind, or set aside. So where nothing is open all up to there is
///    folded, and nobody has to look.
/// 2. ``accounted`` goes on with the commits of this process as they are noted, one directly after
///    the other, and past those of others only by a look in the tables.
/// 3. Nothing of this is needed to fold what has to be: a new process knows nothing and looks.
package struct FoldSchedule {
  package struct Mark {
    package var head: Int64
    package var added: Int
    var dueAt: UInt64
  }

  package struct Stall: Sendable {
    package var error: StoreError
    package var attempts: Int
    var retryAt: UInt64
  }

  package var marks: [RunRowID: Mark] = [:]
  var nextDue: UInt64 = .max
  /// When the next round of folding begins, unless somebody waits for it.
  private var restUntil: UInt64 = 0
  /// When to look in the tables.
  var sweepAt: UInt64 = 0
  /// When to look at all runs there, and not only at what is new.
  var sweepAllAt: UInt64 = 0
  /// Where the last look began.
  package var looked: SweepPoint?
  /// Runs that are being folded.
  package var folding: [RunRowID] = []
  /// Runs that are set aside, with when to try them again.
  package var stalled: [RunRowID: Stall] = [:]
  /// What looks in the tables found behind and is not folded yet, with the heads then; `nil` before
  /// the first look.
  package var behind: [RunRowID: Int64]?
  /// Those of them that ended in the log and are not sealed: they go before the others.
  package var ended: Set<RunRowID> = []
  /// The position up to which every run that is not open is folded.
  var accounted: LogPosition?
  /// The last commits of this process with no other's between: all those after the first position,
  /// up to the second.
  private var own: (after: LogPosition, through: LogPosition) = (.start, .start)
  /// Those who wait, with the first round of folding that is begun for them.
  package var waiters: [(waiter: FoldWaiter, round: Int)] = []
  var stoppers: [CheckedContinuation<Void, Never>] = []
  /// When the last drain is broken off.
  var drainUntil: UInt64 = .max
  /// When the oldest mark was made since marks were last taken, if that is traced.
  var markedAt: UInt64?
  /// How often marks were taken to be folded.
  package var rounds = 0
  package var isStopping = false
  var isDrained = false

  package init() {}

  // MARK: What is open

  /// The runs that may be behind, at positions up to ``accounted``.
  package var open: Set<RunRowID> {
    Set(marks.keys).union(folding).union(stalled.keys).union((behind ?? [:]).keys)
  }

  /// Whether all up to a position is known to be folded.
  package func isClean(through position: LogPosition) -> Bool {
    guard let accounted, accounted >= position else { return false }
    return marks.isEmpty && folding.isEmpty && stalled.isEmpty && behind?.isEmpty == true
  }

  /// Takes a commit of this process, whose runs are marked or set aside.
  package mutating func account(for committed: CommitNotice) {
    guard committed.position > .start else { return }
    let after = committed.isAfterForeignWrite ? committed.position : own.after
    own = (after, committed.position)
    accounted = accounted.map(bridged)
  }

  /// Takes a look in the tables that began at a position, and whose finds are open now.
  package mutating func account(through position: LogPosition) {
    accounted = bridged(max(accounted ?? .start, position))
  }

  private func bridged(_ position: LogPosition) -> LogPosition {
    position >= own.after ? max(position, own.through) : position
  }

  /// Hears that a run is folded up to a seq, or, where there is none, to its end.
  package mutating func didFold(_ run: RunRowID, through watermark: Int64? = nil) {
    stalled[run] = nil
    if let watermark, let head = behind?[run], head > watermark { return }
    behind?[run] = nil
    ended.remove(run)
  }

  // MARK: Rest

  /// When marks that are due are taken: not before the rest is over, unless somebody waits for a fold
  /// or an earlier process has left some.
  private var roundAt: UInt64 {
    let mayRest = waiters.isEmpty && behind?.isEmpty != false
    return mayRest ? max(nextDue, restUntil) : nextDue
  }

  /// When there is something to do, as far as is known now.
  var wakeAt: UInt64 { min(roundAt, sweepAt) }

  /// Ends a round of folding, and begins a rest if it had only short tails.
  ///
  /// To begin with a run costs as much as to fold some fifteen events of it, so where many runs go on
  /// at once short tails are a waste, of a core that the agents could use. So the worker rests nine
  /// times as long as it worked: after the hundreds of microseconds of a single run nobody notices.
  /// Long tails need no rest, and neither does a worker that can hardly keep up: work and rest together
  /// take `roundMax` at most. All times are in nanoseconds.
  mutating func endRound(work: UInt64, events: Int, runs: Int, roundMax: UInt64, now: UInt64) {
    folding = []
    let rest = min(Self.restPerWork * work, roundMax - min(roundMax, work))
    restUntil = events < runs * Self.shortTail ? now + rest : 0
  }

  /// A tenth of the time is for folding.
  private static let restPerWork: UInt64 = 9

  /// A tail of fewer events a run is not worth a round of its own.
  static let shortTail = 64

  // MARK: Marks

  /// Marks a run to be folded at a time, or sooner if it is marked so.
  package mutating func mark(_ run: RunRowID, head: Int64, added: Int, dueAt: UInt64) {
    var mark = marks[run] ?? Mark(head: 0, added: 0, dueAt: dueAt)
    mark.head = max(mark.head, head)
    mark.added += added
    mark.dueAt = min(mark.dueAt, dueAt)
    marks[run] = mark
    nextDue = min(nextDue, mark.dueAt)
  }

  /// Marks a run to be folded now, also one that is set aside.
  mutating func hurry(_ run: RunRowID, head: Int64, now: UInt64) {
    mark(run, head: head, added: 0, dueAt: now)
    stalled[run]?.retryAt = 0
  }

  /// Takes the marks that are due, to be folded.
  mutating func takeDue(now: UInt64) -> [RunRowID] {
    guard roundAt <= now else { return [] }
    nextDue = .max
    for (run, mark) in marks {
      if mark.dueAt <= now { folding.append(run) } else { nextDue = min(nextDue, mark.dueAt) }
    }
    return take()
  }

  /// Takes all marks.
  package mutating func takeAll() -> [RunRowID] {
    folding += marks.keys
    nextDue = .max
    return take()
  }

  private mutating func take() -> [RunRowID] {
    guard !folding.isEmpty else { return [] }
    for run in folding { marks[run] = nil }
    rounds += 1
    // By key, so that two workers with the same marks do the same work in the same order.
    folding.sort { (ended.contains($0) ? 0 : 1, $0) < (ended.contains($1) ? 0 : 1, $1) }
    return folding
  }
}
