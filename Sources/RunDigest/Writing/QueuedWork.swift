internal import Storage

/// Something that waits in the writer's line, with its caller suspended.
protocol QueuedWork: AnyObject, Sendable {
  var isCancelled: Bool { get set }
  /// It is in line, so whoever cancels it tells its caller; else the one who refused it does.
  var isInLine: Bool { get set }
  /// A transaction has it: it can no longer be cancelled.
  var isTaken: Bool { get set }

  func fail(_ error: any Error)
}

/// One caller's append.
// Unchecked: the flags are read and written under the queue's lock; the continuation is set before
// the work is put in line, and used by the one who took it out.
final class AppendWork: QueuedWork, @unchecked Sendable {
  let call: AppendCall
  var isCancelled = false
  var isInLine = false
  var isTaken = false
  var continuation: CheckedContinuation<AppendReceipt, any Error>?
  private let durability: Durability
  private let timer: FlowTimer?

  init(_ call: AppendCall, _ durability: Durability) {
    self.call = call
    self.durability = durability
    timer = durability == .durable ? FlowTimer.current : nil
  }

  /// Takes the receipt of what is committed: the caller is told, or what it then waits for is answered,
  /// without being woken in between.
  func commit(_ receipt: AppendReceipt) -> LogSync.Answer? {
    guard durability == .durable else {
      continuation?.resume(returning: receipt)
      return nil
    }
    call.stages?.commit()
    timer?.work("commit")
    return { [continuation, timer] result in
      timer?.wait("sync")
      continuation?.resume(with: result.map { receipt })
    }
  }

  func fail(_ error: any Error) {
    continuation?.resume(throwing: StoreError.translation(of: error))
  }
}

/// One job, whatever its result.
// Unchecked: as AppendWork.
final class JobWork: QueuedWork, @unchecked Sendable {
  var isCancelled = false
  var isInLine = false
  var isTaken = false
  /// Does the job within a transaction and gives back how to tell its caller after the commit.
  private(set) var body: ((WriterContext) throws -> () -> Void)?
  private var tellFailure: ((any Error) -> Void)?

  /// `tell` is called once, after the commit or when there will be none.
  func setBody<R: Sendable>(
    _ body: @escaping @Sendable (WriterContext) throws -> R,
    _ tell: @escaping (Result<R, any Error>) -> Void
  ) {
    self.body = { context in
      let result = try body(context)
      return { tell(.success(result)) }
    }
    tellFailure = { tell(.failure($0)) }
  }

  func fail(_ error: any Error) {
    tellFailure?(StoreError.translation(of: error))
  }
}

/// The answer of a job in line, for a thread that may block.
final class PendingWrite<R: Sendable>: Sendable {
  private let answer = Locked<Result<R, any Error>?>(nil)

  func finish(_ result: Result<R, any Error>) {
    answer.withLock { $0 = result }
    answer.signal()
  }

  var isDone: Bool { answer.withLock { $0 != nil } }

  /// Blocks until the job is done, or refused.
  func wait() throws -> R {
    guard let result = answer.waitFor({ result, _ in result }) else {
      throw StoreError(.io, "the writer's thread gave no answer; open the store again")
    }
    return try result.get()
  }
}

/// A first-in-first-out line; taking from its front moves nothing.
struct WorkLine<Work: QueuedWork> {
  private var works: [Work] = []
  private var start = 0

  /// Also counts cancelled work that is still to be passed over.
  var isEmpty: Bool { start == works.count }
  var count: Int { works.count - start }

  mutating func append(_ work: Work) {
    works.append(work)
  }

  /// The first that was not cancelled, left in its place.
  mutating func first() -> Work? {
    while start < works.count {
      if !works[start].isCancelled { return works[start] }
      removeFirst()
    }
    return nil
  }

  /// Takes out what `first` gave.
  mutating func removeFirst() {
    start += 1
    guard start == works.count || start > 4096 else { return }
    works.removeFirst(start)
    start = 0
  }
}
