internal import Events
internal import Folding
internal import Storage

/// The thread that keeps digests current.
///
/// 1. What has to be folded is derived from the tables: a run whose head is beyond its watermark.
///    The marks in memory only make the worker prompt; losing all of them loses nothing.
/// 2. A mark is folded at once when a turn closed or the run ended, else when 32 events of it have
///    come or 750 ms have gone by.
/// 3. Reading and folding happen on this thread from a snapshot; only the write of the finished
///    batches waits in line with the appends, in slices of about 256 events.
/// 4. A batch whose compare-and-set missed is thrown away and folded again from the new row.
/// 5. What an earlier process left comes in this order: runs that ended and were not sealed, then the
///    others.
/// 6. A run that cannot be folded is set aside with its reason and tried again later, ever less
///    often; it never holds up the others.
final class FoldWorker: Sendable {
  struct Options: Sendable {
    var eventsMax = 32
    var delay: Duration = .milliseconds(750)
    var sweepEvery: Duration = .seconds(30)
    var slice = FoldLimit(events: 1024, bytes: 8 << 20)
  }

  struct Mark {
    var head: Int64
    var added: Int
    var dueAt: UInt64
    /// It ended without being sealed: it goes before the others.
    var hasEnded = false
  }

  struct State {
    var marks: [Int64: Mark] = [:]
    var nextDue: UInt64 = .max
    var sweepAt: UInt64 = 0
    var isStopping = false
    var isDrained = false
    /// Runs that are set aside, with when to try them again.
    var stalled: [Int64: Stall] = [:]
    /// Those who wait, with the first round of folding that is begun for them.
    var waiters: [(waiter: FoldWaiter, round: Int)] = []
    var stoppers: [CheckedContinuation<Void, Never>] = []
    /// What the last look in the tables found behind and is not folded yet, with the heads then;
    /// `nil` before the first look.
    var behind: [Int64: Int64]?
    /// When the last drain is broken off.
    var drainUntil: UInt64 = .max
    /// When the oldest mark was made since marks were last taken, if that is traced.
    var markedAt: UInt64?
    /// How often marks were taken to be folded.
    var rounds = 0
  }

  struct Stall: Sendable {
    var error: StoreError
    var attempts: Int
    var retryAt: UInt64
  }

  let queue: WriteQueue
  let readers: ReaderPool
  let known: KnownRuns
  let options: Options
  let hooks: FoldHooks?
  let didFold: @Sendable ([Int64]) -> Void
  let telemetry: Telemetry
  let didFail: @Sendable (any Error) -> Void
  /// How long it has worked and waited.
  let time = WorkTime()
  let state = Locked(State())

  /// `didFold` is called with the runs whose digests were written, after the commit; `didFail` with
  /// what a run was set aside for.
  init(
    queue: WriteQueue,
    readers: ReaderPool,
    known: KnownRuns = KnownRuns(),
    options: Options = Options(),
    hooks: FoldHooks? = nil,
    telemetry: Telemetry = .none,
    didFail: @escaping @Sendable (any Error) -> Void = { _ in },
    didFold: @escaping @Sendable ([Int64]) -> Void = { _ in }
  ) {
    self.queue = queue
    self.readers = readers
    self.known = known
    self.options = options
    self.hooks = hooks
    self.telemetry = telemetry
    self.didFail = didFail
    self.didFold = didFold
  }

  // MARK: Marks

  /// Takes the hint that a transaction left; called on the thread that committed.
  func note(_ committed: Committed) {
    let now = MonotonicTime.now()
    let tracedAt = telemetry.tracer == nil ? nil : Telemetry.now()
    let wakes = state.withLock { state -> Bool in
      if state.markedAt == nil { state.markedAt = tracedAt }
      if committed.isAfterForeignWrite { state.sweepAt = min(state.sweepAt, now) }
      let before = state.nextDue
      for run in committed.runs {
        // One that is set aside waits for its time; the sweep finds it in the tables then.
        if let stall = state.stalled[run.id], stall.retryAt > now { continue }
        var mark =
          state.marks[run.id]
          ?? Mark(head: 0, added: 0, dueAt: now + MonotonicTime.nanoseconds(options.delay))
        mark.head = max(mark.head, run.head)
        mark.added += run.added
        if run.isUrgent || mark.added >= options.eventsMax { mark.dueAt = now }
        state.marks[run.id] = mark
        state.nextDue = min(state.nextDue, mark.dueAt)
      }
      return state.nextDue < before || committed.isAfterForeignWrite
    }
    if wakes { state.broadcast() }
  }

  /// Asks for a run to be folded now.
  func hurry(_ run: Int64, head: Int64) {
    state.withLock { hurry(run, head: head, &$0) }
    state.broadcast()
  }

  private func hurry(_ run: Int64, head: Int64, _ state: inout State) {
    let now = MonotonicTime.now()
    state.marks[run] = Mark(
      head: max(head, state.marks[run]?.head ?? 0),
      added: options.eventsMax,
      dueAt: now
    )
    state.nextDue = now
    state.stalled[run]?.retryAt = 0
  }

  // MARK: Barriers

  /// Waits until a run is folded up to a seq.
  ///
  /// - Throws: What keeps that run from being folded.
  func waitUntilFolded(_ run: Int64, seq: Int64) async throws {
    if try watermark(of: run) >= seq { return }
    let waiter = FoldWaiter(run: run, seq: seq)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiter.begin(continuation)
        let refused = state.withLock { state -> Bool in
          if state.isDrained { return true }
          // With its mark in the same breath: the next round has both, and its failure is the one
          // that this waiter is told of. A round that is under way has neither.
          state.waiters.append((waiter, state.rounds + 1))
          self.hurry(run, head: seq, &state)
          return false
        }
        state.broadcast()
        if refused {
          waiter.finish(throwing: StoreError(.closed, "the store is closed; open it again"))
        }
        // It may have been folded between the first look and now.
        if (try? watermark(of: run)).map({ $0 >= seq }) == true { waiter.finish() }
      }
    } onCancel: {
      waiter.finish(throwing: CancellationError())
    }
  }

  func watermark(of run: Int64) throws -> Int64 {
    try readers.snapshot { connection in
      let version = try LiveVersion.read(connection)
      return try FoldReader(connection: connection, version: version)
        .position(of: run * 256 + version)?.watermark ?? 0
    }
  }

  /// The runs that are set aside.
  var stalls: [Int64: Stall] { state.withLock { $0.stalled } }

  /// Whether what an earlier process left unfolded is still being folded.
  var isCatchingUp: Bool { state.withLock { $0.behind?.isEmpty != true } }

  /// Asks for a look in the tables now.
  func lookAgain() {
    state.withLock { $0.sweepAt = 0 }
    state.broadcast()
  }
}
