package import Engine
package import EventLog
internal import Glibc
internal import Support

/// Folds the runs of a generation that is being built, on threads of their own.
///
/// A run that cannot be folded is set aside: it stops none of the others.
///
/// While one thread writes, the others read and fold: reading takes about twice as long as writing, and
/// only one can write. A run is on one thread, so threads never miss because of each other; and what they
/// write of many small runs is one transaction.
package struct ParallelRebuild: Sendable {
  package let queue: WriteQueue
  package let engine: any StoreEngine
  package let generation: Generation

  /// More than three threads would wait for each other's writes.
  private static let threadsMax = 3
  /// How many events one transaction takes, whatever the number of their runs.
  private static let eventsMax = 2048

  /// The runs that no thread has taken yet.
  private final class Runs: Sendable {
    private let left: Locked<ArraySlice<RunRowID>>
    let failed = Locked<[RunRowID: StoreError]>([:])

    init(_ runs: [RunRowID]) { left = Locked(runs[...]) }

    func next() -> RunRowID? { left.withLock { $0.popFirst() } }

    /// Lets all threads end with what they have begun.
    func drop() { left.withLock { $0 = [] } }
  }

  /// Folds runs to their ends, and returns those that cannot be folded, with the reasons.
  package func fold(_ runs: [RunRowID]) async throws -> [RunRowID: StoreError] {
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
    return left.failed.withLock { $0 }
  }

  /// One thread.
  private func foldAll(of left: Runs) throws {
    let fold = FoldBatcher(generation: generation)
    var again: [RunRowID] = []
    var limits: [RunRowID: MissLimit] = [:]
    while true {
      let slice = try prepare(&again, left, fold)
      let batches = slice.batches
      guard !batches.isEmpty else { return }
      let written = try queue.writeAndBlock(priority: .maintenance) {
        try Rebuilder.write(batches, into: $0)
      }
      for (batch, isWritten) in zip(batches, written) {
        if isWritten { fold.didWrite(batch) }
        if !isWritten { try limits[batch.key.run, default: MissLimit()].miss() }
        let isDone = isWritten && !slice.cut.contains(batch.key.run)
        if !isDone { again.append(batch.key.run) }
        // It was folded to its end, or by somebody else.
        if isDone || !isWritten { fold.forget(batch.key.run) }
      }
    }
  }

  private func prepare(
    _ again: inout [RunRowID],
    _ left: Runs,
    _ fold: FoldBatcher
  ) throws -> FoldSlice {
    var slice = FoldSlice()
    while slice.events < Self.eventsMax, let run = again.popLast() ?? left.next() {
      let prepared: (batch: PreparedFold, events: Int, isCut: Bool)?
      do {
        prepared = try engine.snapshot { try fold.prepare(run, limit: .bulk, from: $0) }
      } catch let error {
        // Only what is wrong with this run: a file that cannot be read stops the rebuild.
        guard let error = StoreError.reasonToSetAside(error) else { throw error }
        left.failed.withLock { $0[run] = error }
        continue
      }
      if let (batch, events, isCut) = prepared {
        slice.add(batch, events: events, isCut: isCut)
      }
    }
    return slice
  }
}
