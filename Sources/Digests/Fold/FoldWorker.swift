package import Engine
package import EventLog
internal import Events
internal import Folding
package import Support
package import Telemetry

/// The thread that keeps digests current.
///
/// 1. What has to be folded is derived from the tables: a run whose head is beyond its watermark.
///    The marks in memory only make the worker prompt; losing all of them loses nothing.
/// 2. A mark is folded at once when a turn closed or the run ended, else when 32 events of it have
///    come or 750 ms have gone by.
/// 3. Reading and folding happen on this thread from a snapshot; only the write of the finished
///    batches waits in line with the appends, in slices of about a thousand events. While one slice
///    is written the next one is folded, of other runs.
/// 4. A batch whose compare-and-set missed is thrown away and folded again from the new row.
/// 5. What an earlier process left comes in this order: runs that ended and were not sealed, then the
///    others.
/// 6. After a round of short tails it rests, for nine times as long as that took, unless somebody
///    waits: so that where hundreds of runs go on at once each is folded a few times a second, and
///    not at every turn.
/// 7. A run that cannot be folded is set aside with its reason and tried again later, ever less
///    often; it never holds up the others.
package final class FoldWorker: CommitObserver {
  package struct Options: Sendable {
    package var eventsMax = 32
    var delay: Duration = .milliseconds(750)
    var sweepEvery: Duration = .seconds(30)
    /// The longest that a round of short tails and the rest after it take together.
    var roundMax: Duration = .milliseconds(400)
    var slice = FoldLimit(events: 1024, bytes: 8 << 20)
    /// How long a run that cannot be folded waits at first; twice as long each time.
    package var retryAfter: Duration = .seconds(2)
    var retryAfterMax: Duration = .seconds(300)

    package init() {}
  }

  package let queue: WriteQueue
  package let engine: any StoreEngine
  package let known: KnownRuns
  package let options: Options
  package let hooks: FoldHooks?
  package let didFold: @Sendable ([RunRowID]) -> Void
  package let telemetry: StoreTelemetry
  package let didFail: @Sendable (any Error) -> Void
  /// How long it has worked and waited.
  package let time = WorkTime()
  package let state: Locked<FoldSchedule>

  /// `didFold` is called with the runs whose digests were written, after the commit; `didFail` with
  /// what a run was set aside for.
  package init(
    queue: WriteQueue,
    engine: any StoreEngine,
    known: KnownRuns = KnownRuns(),
    options: Options = Options(),
    hooks: FoldHooks? = nil,
    telemetry: StoreTelemetry = .none,
    didFail: @escaping @Sendable (any Error) -> Void = { _ in },
    didFold: @escaping @Sendable ([RunRowID]) -> Void = { _ in }
  ) {
    self.queue = queue
    self.engine = engine
    self.known = known
    self.options = options
    state = Locked(FoldSchedule())
    self.hooks = hooks
    self.telemetry = telemetry
    self.didFail = didFail
    self.didFold = didFold
  }

  // MARK: Marks

  /// Marks the runs that a transaction added to; called on the thread that committed.
  package func didCommit(_ committed: CommitNotice) {
    let now = MonotonicTime.now()
    let later = now + MonotonicTime.nanoseconds(options.delay)
    let tracedAt = telemetry.tracer == nil ? nil : StoreTelemetry.now()
    let wakes = state.withLock { state -> Bool in
      if state.markedAt == nil { state.markedAt = tracedAt }
      if committed.isAfterForeignWrite { state.sweepAt = min(state.sweepAt, now) }
      state.account(for: committed)
      let before = state.nextDue
      for run in committed.runs {
        // One that is set aside waits for its time; the sweep finds it in the tables then.
        if let stall = state.stalled[run.row], stall.retryAt > now { continue }
        let added = (state.marks[run.row]?.added ?? 0) + run.added
        let isDue = run.isUrgent || added >= options.eventsMax
        state.mark(run.row, head: run.head, added: run.added, dueAt: isDue ? now : later)
      }
      return state.nextDue < before || committed.isAfterForeignWrite
    }
    if wakes { state.broadcast() }
  }

  /// Asks for a run to be folded now.
  func hurry(_ run: RunRowID, head: Int64) {
    let now = MonotonicTime.now()
    state.withLock { $0.hurry(run, head: head, now: now) }
    state.broadcast()
  }

  // MARK: State

  /// The runs that are set aside.
  package var stalls: [RunRowID: FoldSchedule.Stall] { state.withLock { $0.stalled } }

  /// Whether what an earlier process left unfolded is still being folded.
  package var isCatchingUp: Bool { state.withLock { $0.behind?.isEmpty != true } }

  /// Asks for a look at all runs in the tables now.
  package func lookAgain() {
    state.withLock { state in
      state.sweepAt = 0
      state.sweepAllAt = 0
    }
    state.broadcast()
  }
}
