internal import Glibc
internal import Storage

/// The queue's own thread: work that may block, and the checkpoints.
extension WriteQueue {
  /// What the thread woke up for.
  private enum Wake {
    case work
    case idleCheckpoint
    case close
    case nothing
  }

  func startThread() throws {
    var thread = pthread_t()
    // The thread keeps the queue alive until it is closed.
    let context = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread,
      nil,
      { context in
        guard let context else { return nil }
        Unmanaged<WriteQueue>.fromOpaque(context).takeRetainedValue().runThread()
        return nil
      },
      context.toOpaque()
    )
    guard code == 0 else {
      context.release()
      throw StoreError(.io, "cannot start the writer's thread (error \(code)); free some threads")
    }
    pthread_detach(thread)
  }

  private func runThread() {
    while true {
      switch awaitWake() {
      case .work: driveAsThread()
      case .idleCheckpoint:
        checkpoint(.restart)
        driveAsThread()
      case .nothing: continue
      case .close:
        finishClosing()
        return
      }
    }
  }

  /// Sleeps until there is something to do, and has the baton then.
  private func awaitWake() -> Wake {
    let idle = MonotonicTime.nanoseconds(options.checkpointAfterIdle)
    var commitsSeen = -1
    var deadline: UInt64?
    let wake = state.waitFor { state, until -> Wake? in
      if state.holder == .thread { return .work }
      guard state.holder == .nobody else {
        // A caller is writing, and does not wake us for news: look again when it may be idle.
        until = until ?? MonotonicTime.now() + idle
        return nil
      }
      // It ends by itself, and says so.
      if state.isCopyingLog, !state.hasWork { return nil }
      if state.isClosing {
        state.holder = .thread
        return state.hasWork ? .work : .close
      }
      if state.commits == state.commitsAtCheckpoint {
        state.sleepsDeeply = true
        until = nil
        return nil
      }
      // News in the log: wait until none is added for a while.
      state.sleepsDeeply = false
      let now = MonotonicTime.now()
      if state.commits != commitsSeen || deadline == nil {
        commitsSeen = state.commits
        deadline = now + idle
      } else if let end = deadline, now >= end {
        state.holder = .thread
        return .idleCheckpoint
      }
      until = deadline
      return nil
    }
    return wake ?? .nothing
  }

  private func finishClosing() {
    // A short log makes the next open, and a copy of the file, quick. If another process is
    // writing, it will do this when it closes.
    checkpoint(.truncate)
    engine.close()
    log.close()
    let closers = state.withLock { state in
      state.isClosed = true
      state.holder = .nobody
      defer { state.closers = [] }
      return state.closers
    }
    for closer in closers { closer.resume() }
  }
}
