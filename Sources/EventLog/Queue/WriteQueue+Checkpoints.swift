package import Engine
internal import Support

/// How a long WAL is moved into the file without holding up the writers.
///
/// To move megabytes takes tens of milliseconds, most of them waits for the disk. So another thread
/// copies the WAL, and once more what came meanwhile. Then the queue's thread moves the rest under the
/// gate and starts the WAL over. Appends wait for the copying when the WAL has grown to twice its
/// bound meanwhile.
extension WriteQueue {
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
        try? self.writer.copyWAL()
        self.moveRest()
      }
    } catch {
      moveRest()
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
  package func checkpoint(_ kind: WALCheckpoint) {
    do {
      try writer.checkpoint(kind)
    } catch {
      // The next transaction opens a failed writer again, and meets the same disk.
      didFailCheckpoint(StoreError.translation(of: error))
    }
    let walBytes = writer.walBytes
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
