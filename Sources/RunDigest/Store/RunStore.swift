public import Events
package import Storage

/// A store of what agent runs did: the log and the digests of its runs.
///
/// ```swift
/// let store = try await RunStore.open(at: path)
/// let receipt = try await store.append([Event("turn.start")], to: RunKey("agent-7"))
/// await store.close()
/// ```
public final class RunStore: Sendable {
  /// The store's file, absolute and without symbolic links.
  public let path: String
  /// How it was opened.
  public let options: StoreOptions
  package let queue: WriteQueue
  package let readers: ReaderPool
  let worker: FoldWorker
  let known = KnownRuns()
  private let hints: CommitHints

  private init(path: String, options: StoreOptions) throws {
    self.path = path
    self.options = options
    let hints = CommitHints()
    self.hints = hints
    queue = try WriteQueue(path: path, options: options) { hints.pass($0) }
    readers = ReaderPool(path: path, capacity: options.readers)
    worker = FoldWorker(
      queue: queue, readers: readers, known: known, hooks: options.foldHooks)
    if options.foldsInBackground {
      hints.connect(worker)
      try worker.start()
    }
  }

  deinit {
    hints.disconnect()
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
    try await BlockingWork.run {
      try StoreError.translating {
        let real = try StorageFile.prepare(
          path,
          options.creates ? .create : .existing,
          allowsNetwork: options.allowsNetworkFileSystem
        )
        return try RunStore(path: real, options: options)
      }
    }
  }

  /// Finishes the writes that wait, and closes the file.
  public func close() async {
    hints.disconnect()
    if options.foldsInBackground { await worker.stopAndWait() }
    await queue.close()
    readers.close()
  }

  /// Appends events to a run: all of them, in their order, or none.
  ///
  /// An event with an id that the run has already is not stored again: its outcome is `duplicate`
  /// when the body is the same. That is looked at before the expectation is.
  ///
  /// - Throws: ``StoreError``: `conflict` when the log is not as expected or has another event
  ///   under the same id; `CancellationError` when cancelled before it was begun.
  @discardableResult
  public func append(
    _ events: [Event],
    to run: RunKey,
    expecting: ExpectedHead = .any,
    durability: Durability = .committed
  ) async throws -> AppendReceipt {
    let call = try AppendCall(events, to: run, expecting: expecting, options: options)
    return try await queue.append(call, durability: durability)
  }
}

/// The way from the commits to the worker, which exist in a ring and so must find each other late.
final class CommitHints: Sendable {
  private let worker = Locked<FoldWorker?>(nil)

  func connect(_ worker: FoldWorker) {
    self.worker.withLock { $0 = worker }
  }

  func disconnect() {
    worker.withLock { $0 = nil }
  }

  func pass(_ committed: Committed) {
    worker.withLock { $0 }?.note(committed)
  }
}
