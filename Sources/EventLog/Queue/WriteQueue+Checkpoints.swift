internal import Engine
package import Storage
internal import Support

/// How a long WAL is moved into the file without holding up the writers.
///
/// To move megabytes takes tens of milliseconds, most of them waits for the disk. So another thread
/// copies the WAL, and once more what came meanwhile. Then the queue's thread moves the rest under the
/// gate and starts the WAL over. Appends wait for the copying when the WAL has grown to twice its
/// bound meanwhile.
extension WriteQueue {
  /// How many pages may be left to be moved under the gate.
  private static let restPages = 256
  private static let copiesMax = 3

  /// Whether the WAL has grown so long that copying has to begin.
  func startsCopying(_ walBytes: Int, _ state: inout State) -> Bool {
    guard walBytes >= state.checkpointAtBytes, !state.wantsCheckpoint, !state.isClosing else {
      return false
    }
    guard state.isCopyingWAL else {
      state.isCopyingWAL = true
      return true
    }
    let beyond = walBytes - state.checkpointAtBytes
    if beyond >= options.checkpointBytes { state.wantsCheckpoint = true }
    return false
  }

  /// Starts the thread that copies.
  func startCopyingWAL() {
    do {
      try BlockingWork.start {
        // An error here comes again, and is reported, when the rest is moved.
        try? self.copyWAL()
        self.moveRest()
      }
    } catch {
      moveRest()
    }
  }

  private func copyWAL() throws {
    let copier = try WALCopier(path: engine.path)
    var moved = 0
    for _ in 0..<Self.copiesMax {
      let before = moved
      moved = try copier.copy()
      // Less than this came while that was copied. Or another process copies.
      guard moved - before > Self.restPages else { return }
    }
  }

  private func moveRest() {
    state.withLock { state in
      state.isCopyingWAL = false
      state.wantsCheckpoint = true
    }
    state.signal()
  }

  /// Checkpoints; a part that readers still hold is left for the next time.
  package func checkpoint(_ kind: Writer.Checkpoint) {
    do {
      try engine.checkpoint(kind)
    } catch {
      // The next transaction opens a failed writer again, and meets the same disk.
      didFailCheckpoint(StoreError.translation(of: error))
    }
    let walBytes = engine.walBytes
    let waiters = state.withLock { state in
      state.wantsCheckpoint = false
      state.commitsAtCheckpoint = state.commits
      // A bound of .max means never.
      let (next, isNever) = walBytes.addingReportingOverflow(options.checkpointBytes)
      state.checkpointAtBytes = isNever ? .max : next
      return state.checkpointWaiters.takeAll()
    }
    for waiter in waiters { waiter.resume(returning: ()) }
  }
}
