package import Engine
package import Support
package import Telemetry

/// The one way to write: all appends and all jobs of a store and process pass through here.
///
/// 1. The queue has one thread, which makes the transactions. What waits is written as one group
///    (group commit): while the thread writes a group, the callers of the group before run and come
///    again.
/// 2. A lone caller is the exception: after sixteen transactions for one caller each, the next append
///    is written on its caller's thread, unless other work waits. To hand an append to a thread and
///    back takes as long as its commit (<doc:Figures>).
/// 3. Only the owner uses the writer, and the owner changes under the lock. A caller is the owner only
///    for work that cannot block: the gate is free at once. Otherwise the thread does the work.
/// 4. Work is done in the order finalize, append, fold, maintenance. After four groups of appends one
///    fold or maintenance job comes in between, so that appends do not starve them.
/// 5. Waiting takes no memory of the store: a suspended caller owns its events, and has one append in
///    flight. A group is bounded by count and by bytes.
/// 6. No commit waits for a disk. A durable caller commits first, and then waits for a sync of the WAL
///    that it shares with others (``WALSync``). Most of a WAL checkpoint is made by another thread as
///    well (`copyWAL`).
/// 7. Work that is cancelled while it waits is not done. Once it was taken for a transaction, it is
///    done, cancelled or not.
package final class WriteQueue: Sendable {
  /// The user of the writer.
  package enum Owner {
    case none
    case caller
    case thread
  }

  /// A caller's append that waits.
  package struct Append: Sendable {
    package let call: AppendCall
    package let durability: Durability
    package let timer: FlowTimer?

    package init(_ call: AppendCall, _ durability: Durability) {
      self.call = call
      self.durability = durability
      timer = durability == .durable ? FlowTimer.current : nil
    }
  }

  package typealias Job = @Sendable (any EngineTransaction) throws -> Void
  package typealias Appends = WaitList<Append, AppendReceipt>
  package typealias Jobs = WaitList<Job, Void>

  package struct State {
    package var owner = Owner.none
    package var appends = Appends()
    var finalizes = Jobs()
    package var folds = Jobs()
    package var maintenance = Jobs()
    /// Transactions in a row that had one caller, and none that waited behind it.
    var loneStreak = 0
    /// Groups of appends since the last fold or maintenance job.
    var appendStreak = 0
    /// The WAL's size at which to checkpoint next.
    var checkpointAtBytes: Int
    var wantsCheckpoint = false
    var checkpointWaiters = WaitList<Void, Void>()
    /// A thread copies the WAL into the file (see `copyWAL`).
    var isCopyingWAL = false
    /// Commits since the start, and at the last checkpoint: different when the WAL has news.
    package var commits = 0
    var commitsAtCheckpoint = 0
    var lastCommitAt: UInt64 = 0
    /// The thread sleeps without a deadline: the next owner that finishes wakes it.
    var isParked = false
    package var isClosing = false
    package var isClosed = false
    package var closers = WaitList<Void, Void>()

    package var hasWork: Bool {
      !appends.isEmpty || !finalizes.isEmpty || !folds.isEmpty || !maintenance.isEmpty
    }
  }

  // A group: what fits in a few milliseconds.
  static let groupEventsMax = 1024
  static let groupBytesMax = 4 << 20
  static let loneStreakMin = 16

  package let writer: any EngineWriter
  let walSync: WALSync
  package let options: StoreOptions
  package let state: Locked<State>
  package let didFailCheckpoint: @Sendable (any Error) -> Void
  let didMove: @Sendable (any Error) -> Void
  /// Fails if the store was deleted, moved or replaced.
  let requireInPlace: @Sendable () throws -> Void

  /// How often the thread looks whether the store is where it was, though it has no work.
  static let lookNanoseconds: UInt64 = 500_000_000

  /// Opens the store for writing and starts the thread.
  ///
  /// `notices` get each commit, on the thread that made it; `didFailCheckpoint` gets what kept the WAL
  /// from being moved into the file, which is no caller's error; `didMove` gets within a second that the
  /// store was deleted, moved or replaced, also while no caller writes. Tests may replace the `disk`.
  package init(
    engine: any StoreEngine,
    options: StoreOptions = StoreOptions(),
    notices: CommitNotices = CommitNotices(),
    didFailCheckpoint: @escaping @Sendable (any Error) -> Void = { _ in },
    didMove: @escaping @Sendable (any Error) -> Void = { _ in },
    disk: (() throws -> Void)? = nil
  ) throws {
    let writer = try engine.makeWriter(notices: notices)
    self.writer = writer
    let patience = MonotonicTime.nanoseconds(options.busyTimeout)
    walSync = WALSync {
      try disk?() ?? writer.sync(deadline: MonotonicTime.now() + patience)
    }
    self.options = options
    self.didFailCheckpoint = didFailCheckpoint
    self.didMove = didMove
    requireInPlace = { [weak engine] in try engine?.requireInPlace() }
    state = Locked(State(checkpointAtBytes: options.checkpointBytes))
    try BlockingWork.start { self.runThread() }
  }

  // MARK: Appends

  /// Appends one caller's events.
  package func append(_ call: AppendCall, durability: Durability) async throws -> AppendReceipt {
    guard let receipt = try appendAlone(call) else { return try await wait(call, durability) }
    if durability == .durable {
      call.stages?.commit()
      try await waitForDisk()
    }
    return receipt
  }

  /// Makes the transaction on the caller's thread; `nil` if it has to wait.
  private func appendAlone(_ call: AppendCall) throws -> AppendReceipt? {
    let isOwner = state.withLock { state -> Bool in
      guard state.owner == .none, !state.isClosing, !state.wantsCheckpoint,
        state.loneStreak >= Self.loneStreakMin,
        !state.hasWork
      else { return false }
      state.owner = .caller
      return true
    }
    guard isOwner else { return nil }
    do {
      let receipt = try writer.append(call, mayBlock: false)
      finish(commits: 1)
      return receipt
    } catch {
      finish(commits: 0)
      if error is WouldBlock { return nil }
      throw StoreError.translation(of: error)
    }
  }

  private func wait(_ call: AppendCall, _ durability: Durability) async throws -> AppendReceipt {
    try await state.wait(in: \.appends, for: Append(call, durability)) {
      Self.refusal(of: $0)
    } didBegin: {
      state.signal()
    }
  }

  /// The sync of one's own commit, which the caller's flow shows as two phases.
  private func waitForDisk() async throws {
    let timer = FlowTimer.current
    timer?.work("commit")
    try await walSync.sync()
    timer?.wait("sync")
  }

  // MARK: Jobs

  /// Runs a job in one write transaction.
  ///
  /// It is rolled back when `body` throws, and the error is thrown here. The body runs on the queue's
  /// thread: it must not block, and not write in any other way.
  package func write<R: Sendable>(
    priority: WritePriority,
    durability: Durability = .committed,
    _ body: @escaping @Sendable (any EngineTransaction) throws -> R
  ) async throws -> R {
    let pending = PendingWrite<R>()
    try await state.wait(in: Self.line(of: priority), for: { try pending.run(body, $0) }) {
      Self.refusal(of: $0)
    } didBegin: {
      state.signal()
    }
    pending.finish(.success(()))
    if durability == .durable { try await waitForDisk() }
    return try pending.wait()
  }

  /// Runs a job as ``write(priority:durability:_:)`` does, from a thread that may block.
  package func writeAndBlock<R: Sendable>(
    priority: WritePriority,
    _ body: @escaping @Sendable (any EngineTransaction) throws -> R
  ) throws -> R {
    try startWriting(priority: priority, body).wait()
  }

  /// Puts a job in line, for a thread that has other work meanwhile.
  package func startWriting<R: Sendable>(
    priority: WritePriority,
    _ body: @escaping @Sendable (any EngineTransaction) throws -> R
  ) -> PendingWrite<R> {
    let pending = PendingWrite<R>()
    let refusal = state.withLock { state -> Result<Void, any Error>? in
      if let refusal: Result<Void, any Error> = Self.refusal(of: state) { return refusal }
      state[keyPath: Self.line(of: priority)].add(
        { try pending.run(body, $0) },
        resume: { pending.finish($0) }
      )
      return nil
    }
    if let refusal { pending.finish(refusal) } else { state.signal() }
    return pending
  }

  private static func line(
    of priority: WritePriority
  ) -> any WritableKeyPath<State, Jobs> & Sendable {
    switch priority {
    case .finalize: \.finalizes
    case .fold: \.folds
    case .maintenance: \.maintenance
    }
  }

  private static func refusal<R>(of state: State) -> Result<R, any Error>? {
    guard state.isClosing else { return nil }
    return .failure(StoreError(.closed, "the store is closed; open it again"))
  }

  // MARK: Syncs and checkpoints

  /// Returns when everything that was committed before is on disk, by any process.
  package func sync() async throws {
    try await walSync.sync()
  }

  /// Moves the WAL into the file, as far as readers let it, and returns then.
  package func checkpoint() async {
    await state.waitUncancelled(in: \.checkpointWaiters) { state in
      if !state.isClosing { state.wantsCheckpoint = true }
      return state.isClosing
    } didBegin: {
      state.signal()
    }
  }

  // MARK: Closing

  /// Whether it refuses new work.
  package var isClosing: Bool { state.withLock { $0.isClosing } }

  /// Does the work that waits, refuses what comes later, moves the WAL into the file and closes it.
  package func close() async {
    await state.waitUncancelled(in: \.closers) { state in
      state.isClosing = true
      return state.isClosed
    } didBegin: {
      state.signal()
    }
  }

  /// As ``close()``, without waiting.
  package func startClosing() {
    state.withLock { $0.isClosing = true }
    state.signal()
  }
}

/// The order of work; appends come after `finalize` and before `fold`.
package enum WritePriority: Int, Sendable {
  case finalize
  case fold
  case maintenance
}
