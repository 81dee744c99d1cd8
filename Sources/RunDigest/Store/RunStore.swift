internal import Digests
package import Engine
package import EventLog
public import Events
internal import SQLiteEngine
package import Support
internal import Telemetry

/// A store of what agent runs did: the event log and the digests of its runs.
///
/// ```swift
/// let store = try await RunStore.open(at: path)
/// let run = try store.run("agent-7")
/// try await run.append([.turnStart(id: "t1")])
/// await store.close()
/// ```
public final class RunStore: Sendable {
  /// The store's file, absolute and without symbolic links.
  public let path: String
  /// How it was opened.
  public let options: StoreOptions
  package let queue: WriteQueue
  package let engine: any StoreEngine
  let worker: FoldWorker
  let known = KnownRuns()
  let appendBudget: AppendBudget
  let notifier: ChangeNotifier
  let problems: ProblemLog
  let telemetry: StoreTelemetry
  /// How often the name of a run was looked up for a handle.
  package let lookups = EventCount()
  let notices = CommitNotices()
  private let isFolding = Locked(false)

  private init(engine: any StoreEngine, options: StoreOptions, telemetry: StoreTelemetry) throws {
    self.engine = engine
    path = engine.location
    self.options = options
    self.telemetry = telemetry
    appendBudget = AppendBudget(
      eventsMax: options.appendBudgetEvents,
      bytesMax: options.appendBudgetBytes
    )
    let problems = ProblemLog(now: options.now, logger: options.logger)
    self.problems = problems
    queue = try WriteQueue(
      engine: engine,
      options: options,
      notices: notices,
      didFailCheckpoint: { problems.note($0, "checkpoint") },
      didMove: { problems.note($0, "file") }
    )
    let notifier = ChangeNotifier(
      engine: engine,
      notices: notices,
      didFail: { problems.note($0, "follow") }
    )
    self.notifier = notifier
    var folding = FoldWorker.Options()
    if let pause = options.foldRetryAfter { folding.retryAfter = pause }
    worker = FoldWorker(
      queue: queue,
      engine: engine,
      known: known,
      options: folding,
      hooks: options.foldHooks,
      telemetry: telemetry,
      didFail: { problems.note($0, "fold") },
      didFold: { notifier.digests.raise($0) }
    )
    notices.subscribe(notifier)
    if let metrics = telemetry.metrics { notices.subscribe(metrics) }
    if options.foldsInBackground { try startFolding() }
  }

  deinit {
    notices.close()
    notifier.close()
    worker.stop()
    queue.startClosing()
  }

  /// Opens a store for reading and writing, and creates it if need be.
  ///
  /// - Throws: ``StoreError``: `refused` for a file that is not a store or is from a newer version,
  ///   `notFound` when there is none and none may be created.
  public static func open(
    at path: String,
    options: StoreOptions = StoreOptions()
  ) async throws -> RunStore {
    try await FlowTimer.flow("open") { timer in
      let store = try await openAtOnce(path, options)
      timer?.work("open")
      guard let duration = options.catchesUpWithin, options.foldsInBackground else { return store }
      do {
        try await store.waitUntilCaughtUp(within: duration)
        timer?.wait("catch up")
      } catch {
        await store.close(drainingFor: .zero)
        throw error
      }
      return store
    }
  }

  private static func openAtOnce(_ path: String, _ options: StoreOptions) async throws -> RunStore {
    let telemetry = StoreTelemetry.current()
    return try await BlockingWork.run {
      try StoreError.translating {
        let database = try SQLiteDatabase.open(path, options: options)
        return try RunStore(engine: database, options: options, telemetry: telemetry)
      }
    }
  }

  /// Finishes the writes that wait, folds what has to be folded, and closes the file.
  public func close() async {
    await close(draining: nil)
  }

  /// As ``close()``, but folds no longer than `duration`; returns what is left, which the next open
  /// folds.
  @discardableResult
  public func close(drainingFor duration: Duration) async -> Backlog {
    await close(draining: duration)
  }

  @discardableResult
  private func close(draining duration: Duration?) async -> Backlog {
    notices.close()
    if isFoldingInBackground { await worker.stopAndWait(drainingFor: duration) }
    let left = duration.flatMap { _ in try? backlog() } ?? Backlog()
    await queue.close()
    notifier.close()
    engine.closeReaders()
    return left
  }

  /// Folds in the background until its task is cancelled, then folds what is left and ends.
  ///
  /// A service group runs it. The last fold takes `duration` at most, and the store stays open. For a
  /// store that was opened with ``StoreOptions/foldsInBackground`` off.
  ///
  /// - Throws: ``StoreError`` `timedOut` when something was left.
  public func run(drainingFor duration: Duration = .seconds(5)) async throws {
    try startFolding()
    let forever = AsyncStream<Never> { _ in }
    for await _ in forever {}
    // The task is cancelled by now, and the drain must not be.
    await Task { await worker.stopAndWait(drainingFor: duration) }.value
    let left = try backlog()
    guard left.events == 0 else {
      throw StoreError(
        .timedOut,
        "\(left.events) events of \(left.runs) runs were left to fold after \(duration); the next "
          + "open goes on with them"
      )
    }
  }

  /// Whether there is a worker to wait for.
  var isFoldingInBackground: Bool { isFolding.withLock { $0 } }

  private func startFolding() throws {
    let isFirst = isFolding.withLock { isFolding in
      defer { isFolding = true }
      return !isFolding
    }
    guard isFirst else { return }
    notices.subscribe(worker)
    try worker.start()
  }

  /// Checks that ``path`` still leads to the store that is open.
  ///
  /// Every write checks it before it returns, and a read at most four times a second; the health of the
  /// store tells it within a second. Costs a few microseconds.
  ///
  /// - Throws: ``StoreError`` `moved` if the store was deleted, moved or replaced.
  public func requireInPlace() throws {
    try StoreError.translating { try engine.requireInPlace() }
  }

  /// Appends events to a run: all of them, in their order, or none.
  ///
  /// An event with an id that the run has already is not stored again: its outcome is `duplicate`
  /// when the body is the same. Duplicates are found before the expectation is checked.
  ///
  /// It never waits for a fold. `whenFull` says what it does while the append budget is used up.
  ///
  /// - Throws: ``StoreError``: `conflict` when the run is not as expected or has another event
  ///   under the same id; `timedOut` or `overloaded` when there was no room; `CancellationError`
  ///   when cancelled before it was begun; `moved` when the store was deleted, moved or replaced; `io` or
  ///   `full` when the disk failed. After a failed sync a
  ///   durable append may be stored nevertheless: with ids, append it again.
  @discardableResult
  public func append(
    _ events: [Event],
    to run: RunID,
    expecting: ExpectedHead = .any,
    durability: Durability = .committed,
    whenFull: WhenFull = .wait
  ) async throws -> AppendReceipt {
    guard let tracer = telemetry.tracer else {
      let call = try AppendCall(events, to: run, expecting: expecting, options: options)
      return try await append(call, durability, whenFull)
    }
    return try await tracedAppend(events, to: run, by: tracer) { events, stages in
      var call = try AppendCall(events, to: run, expecting: expecting, options: options)
      call.stages = stages
      return try await append(call, durability, whenFull)
    }
  }

  private func append(
    _ call: AppendCall,
    _ durability: Durability,
    _ whenFull: WhenFull
  ) async throws -> AppendReceipt {
    try await appendBudget.enter(events: call.events.count, bytes: call.bytes, whenFull)
    defer { appendBudget.leave(events: call.events.count, bytes: call.bytes) }
    do {
      return try await queue.append(call, durability: durability)
    } catch {
      problems.note(error, "append")
      throw error
    }
  }
}
