internal import Glibc
internal import Storage

/// Folds the runs of a generation that is being built, on threads of their own.
///
/// While one thread writes, the others read and fold: reading takes about twice as long as writing, and
/// only one can write. A run is on one thread, so threads never miss because of each other; and what they
/// write of many small runs is one transaction.
struct ParallelRebuild: Sendable {
  let queue: WriteQueue
  let readers: ReaderPool
  let generation: Int64

  /// More than three threads would wait for each other's writes.
  private static let threadsMax = 3
  /// How many events one transaction takes, whatever the number of their runs.
  private static let eventsMax = 2048

  /// The runs that no thread has taken yet.
  private final class Runs: Sendable {
    private let left: Locked<ArraySlice<Int64>>

    init(_ runs: [Int64]) { left = Locked(runs[...]) }

    func next() -> Int64? { left.withLock { $0.popFirst() } }

    /// Lets all threads end with what they have begun.
    func drop() { left.withLock { $0 = [] } }
  }

  /// Folds runs to their ends.
  func fold(_ runs: [Int64]) async throws {
    let left = Runs(runs)
    let threads = min(Self.threadsMax, runs.count, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    try await withTaskCancellationHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<threads {
          group.addTask {
            try await BlockingWork.run {
              do {
                try self.foldAll(of: left)
              } catch {
                left.drop()
                throw error
              }
            }
          }
        }
        try await group.waitForAll()
      }
    } onCancel: {
      left.drop()
    }
    try Task.checkCancellation()
  }

  /// One thread.
  private func foldAll(of left: Runs) throws {
    let engine = FoldEngine(generation: generation)
    var again: [Int64] = []
    while true {
      let slice = try prepare(&again, left, engine)
      let batches = slice.batches
      guard !batches.isEmpty else { return }
      let written = try queue.writeAndBlock(priority: .maintenance) {
        try Rebuilder.write(batches, $0.connection)
      }
      for (batch, isWritten) in zip(batches, written) {
        if isWritten { engine.didWrite(batch) }
        let isDone = isWritten && !slice.cut.contains(batch.run)
        if !isDone { again.append(batch.run) }
        // It was folded to its end, or by somebody else.
        if isDone || !isWritten { engine.forget(batch.run) }
      }
    }
  }

  private func prepare(
    _ again: inout [Int64],
    _ left: Runs,
    _ engine: FoldEngine
  ) throws -> FoldSlice {
    var slice = FoldSlice()
    while slice.events < Self.eventsMax, let run = again.popLast() ?? left.next() {
      let prepared = try readers.snapshot { connection in
        try engine.prepare(run, limit: .bulk, connection)
      }
      if let (batch, events, isCut) = prepared {
        slice.add(batch, events: events, isCut: isCut)
      }
    }
    return slice
  }
}
