internal import Glibc
internal import Storage

/// The one way to write: all appends and all jobs of a store and process pass through here.
///
/// Who writes holds the *baton*; there is one.
///
/// 1. Only the holder touches the engine. The baton changes hands under the lock.
/// 2. A caller that finds the baton free, and nobody waiting, takes it and makes its transaction on
///    its own thread: two hand-offs between threads cost more than a commit. It may do so only for
///    work that cannot block: the gate is free at once.
/// 3. All other work waits in line, its caller suspended. Appends that cannot block are written by
///    a task, which starts behind all callers that are ready to run, so that these are in line when
///    it takes the whole line as one group. Everything else is for the queue's own thread, and so is
///    a crowd: while the thread writes one group, the callers of the last one run and come again.
///    Nothing ever blocks a thread of the cooperative pool.
/// 4. The baton is given back only when no work is left, or passed on: no work waits while the
///    baton is free, so no wake-up can be missed.
/// 5. Work is done in the order finalize, append, fold, maintenance; but after four groups of
///    appends one of the lower jobs comes in between, so that they cannot starve.
/// 6. Waiting costs the store no memory: a suspended caller owns its events itself, and a caller
///    has one append in flight. A group is bounded by count and by bytes.
/// 7. No commit waits for a disk. Whoever wants durability commits first, and then waits for a sync
///    beside the baton (see ``LogSync``).
/// 8. Nor for the log to be moved into the file, but for the last of it: most is copied beside the
///    baton (see `copyLog`).
/// 9. Work that is cancelled while it waits is not done, and says so. Once a transaction has it, it
///    is done, cancelled or not.
package final class WriteQueue: Sendable {
  /// Who has the baton.
  enum Holder {
    case nobody
    case caller
    case thread
  }

  struct State {
    var holder = Holder.nobody
    var appends = WorkLine<AppendWork>()
    var jobs: [WorkLine<JobWork>] = [WorkLine(), WorkLine(), WorkLine()]
    /// How many callers the last group had: above one, they come at the same time.
    var crowd = 0
    /// Groups of appends since a lower job had its turn.
    var appendStreak = 0
    /// The log's size at which to checkpoint next.
    var checkpointAtBytes: Int
    var wantsCheckpoint = false
    /// The log is being copied into the file, beside the baton (see `copyLog`).
    var isCopyingLog = false
    /// Commits since the start, and at the last checkpoint: different when the log has news.
    var commits = 0
    var commitsAtCheckpoint = 0
    /// The thread waits without an end, so a first commit must wake it to watch for idleness.
    var sleepsDeeply = false
    var isClosing = false
    var isClosed = false
    var closers: [CheckedContinuation<Void, Never>] = []

    var hasWork: Bool { !appends.isEmpty || jobs.contains { !$0.isEmpty } }
  }

  // A group: what fits in a few milliseconds.
  static let groupEventsMax = 1024
  static let groupBytesMax = 4 << 20
  // A group on a thread of the cooperative pool, which has other things to do.
  static let poolEventsMax = 256
  // From so many callers in a group on, the next one is the thread's.
  static let crowdMin = 16

  let engine: WriteEngine
  let log: LogSync
  let options: StoreOptions
  let state: Locked<State>
  let didFailCheckpoint: @Sendable (any Error) -> Void

  /// Opens the store for writing and starts the thread.
  ///
  /// `didCommit` is called after each commit, on the thread that made it, and must be quick;
  /// `didFailCheckpoint` with what kept the log from being moved into the file, which no caller is
  /// told of. Tests may put another `disk` in the place of the log's.
  package init(
    path: String,
    options: StoreOptions = StoreOptions(),
    didCommit: @escaping @Sendable (Committed) -> Void = { _ in },
    didFailCheckpoint: @escaping @Sendable (any Error) -> Void = { _ in },
    disk: (() throws -> Void)? = nil
  ) throws {
    engine = try WriteEngine(path: path, options: options, didCommit: didCommit)
    let file = try LogFile(storePath: path)
    let patience = MonotonicTime.nanoseconds(options.busyTimeout)
    log = LogSync {
      try disk?() ?? file.sync(deadline: MonotonicTime.now() + patience)
    }
    self.options = options
    self.didFailCheckpoint = didFailCheckpoint
    state = Locked(State(checkpointAtBytes: options.checkpointBytes))
    try startThread()
  }

  // MARK: Entry

  /// Appends one caller's events.
  package func append(_ call: AppendCall, durability: Durability) async throws -> AppendReceipt {
    guard state.withLock(Self.takeBaton) else {
      return try await wait(AppendWork(call, durability), passingOn: false)
    }
    if durability == .durable { log.expect() }
    let receipt: AppendReceipt
    do {
      receipt = try engine.append(call, mayBlock: false)
      finishAsCaller(committed: 1)
    } catch is WriteEngine.MustWait {
      return try await wait(AppendWork(call, durability), passingOn: true)
    } catch {
      finishAsCaller(committed: 0)
      throw StoreError.translation(of: error)
    }
    if durability == .durable {
      call.stages?.commit()
      try await waitForDisk()
    }
    return receipt
  }

  /// Runs a job in one write transaction.
  ///
  /// It is rolled back when `body` throws, and the error comes out here. The body runs on whatever
  /// thread writes just then: it must not block, and not write by any other way.
  package func write<R: Sendable>(
    priority: WritePriority,
    durability: Durability = .committed,
    _ body: @escaping @Sendable (WriterContext) throws -> R
  ) async throws -> R {
    let result = try await commit(body, priority)
    if durability == .durable { try await waitForDisk() }
    return result
  }

  /// The sync of one's own commit, in whose flow the two are phases of their own.
  private func waitForDisk() async throws {
    let timer = FlowTimer.current
    timer?.work("commit")
    try await log.sync()
    timer?.wait("sync")
  }

  private func commit<R: Sendable>(
    _ body: @escaping @Sendable (WriterContext) throws -> R,
    _ priority: WritePriority
  ) async throws -> R {
    guard state.withLock(Self.takeBaton) else {
      return try await wait(body, priority, passingOn: false)
    }
    do {
      let result = try engine.transaction(mayBlock: false, body)
      finishAsCaller(committed: 1)
      return result
    } catch is WriteEngine.MustWait {
      return try await wait(body, priority, passingOn: true)
    } catch {
      finishAsCaller(committed: 0)
      throw StoreError.translation(of: error)
    }
  }

  /// Returns when everything that was committed before is on disk, by whatever process.
  package func sync() async throws {
    try await log.sync()
  }

  /// Runs a job as ``write(priority:durability:_:)`` does, from a thread that may block.
  package func writeAndBlock<R: Sendable>(
    priority: WritePriority,
    _ body: @escaping @Sendable (WriterContext) throws -> R
  ) throws -> R {
    if state.withLock(Self.takeBaton) {
      do {
        let result = try engine.transaction(mayBlock: true, body)
        finishAsCaller(committed: 1)
        return result
      } catch {
        finishAsCaller(committed: 0)
        throw StoreError.translation(of: error)
      }
    }
    return try startWriting(priority: priority, body).wait()
  }

  /// Puts a job in line for the queue's own thread, for a caller that has other work meanwhile.
  func startWriting<R: Sendable>(
    priority: WritePriority,
    _ body: @escaping @Sendable (WriterContext) throws -> R
  ) -> PendingWrite<R> {
    let pending = PendingWrite<R>()
    let work = JobWork()
    work.setBody(body) { pending.finish($0) }
    enqueue(work, false) { $0.jobs[priority.rawValue].append(work) }
    return pending
  }

  private static func takeBaton(_ state: inout State) -> Bool {
    guard state.holder == .nobody, !state.isClosing, !state.hasWork, state.crowd < 2 else {
      return false
    }
    state.holder = .caller
    return true
  }

  // MARK: Waiting in line

  private func wait(_ work: AppendWork, passingOn: Bool) async throws -> AppendReceipt {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        work.continuation = continuation
        enqueue(work, passingOn) { $0.appends.append(work) }
      }
    } onCancel: {
      cancel(work)
    }
  }

  private func wait<R: Sendable>(
    _ body: @escaping @Sendable (WriterContext) throws -> R,
    _ priority: WritePriority,
    passingOn: Bool
  ) async throws -> R {
    let work = JobWork()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        work.setBody(body) { continuation.resume(with: $0) }
        enqueue(work, passingOn) { $0.jobs[priority.rawValue].append(work) }
      }
    } onCancel: {
      cancel(work)
    }
  }

  private func enqueue(
    _ work: any QueuedWork,
    _ passingOn: Bool,
    _ add: (inout State) -> Void
  ) {
    let (refusal, next) = state.withLock { state -> ((any Error)?, Holder?) in
      var refusal: (any Error)?
      if work.isCancelled {
        refusal = CancellationError()
      } else if state.isClosing {
        refusal = StoreError(.closed, "the store is closed; open it again")
      } else {
        work.isInLine = true
        add(&state)
      }
      // The caller has the baton and found that it would block; or the baton is free.
      guard passingOn || (state.holder == .nobody && refusal == nil) else {
        return (refusal, nil)
      }
      state.holder = !passingOn && Self.isForCallers(state) ? .caller : .thread
      return (refusal, state.holder)
    }
    if let next { start(next) }
    if let refusal { work.fail(refusal) }
  }

  private func cancel(_ work: any QueuedWork) {
    // Its place in line stays, and is passed over.
    let waits = state.withLock { _ -> Bool in
      guard !work.isTaken else { return false }
      work.isCancelled = true
      return work.isInLine
    }
    if waits { work.fail(CancellationError()) }
  }

  // MARK: Closing

  /// Whether it refuses new work.
  var isClosing: Bool { state.withLock { $0.isClosing } }

  /// Does what is in line, refuses what comes later, moves the log into the file and closes it.
  package func close() async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state -> Bool in
        if state.isClosed { return true }
        state.isClosing = true
        state.closers.append(continuation)
        return false
      }
      if isDone { continuation.resume() } else { state.broadcast() }
    }
  }

  /// As ``close()``, without waiting.
  package func startClosing() {
    state.withLock { $0.isClosing = true }
    state.broadcast()
  }
}

/// What is more urgent than what; appends come after `finalize` and before `fold`.
package enum WritePriority: Int, Sendable {
  case finalize
  case fold
  case maintenance
}
