internal import Storage

/// How a long log is moved into the file without holding up those who write.
///
/// To move a log of megabytes takes tens of milliseconds, most of them waits for the disk. So a thread of its own
/// copies what there is, and once more what came meanwhile; then the queue's thread moves the little that
/// is left under the gate, and starts the log over. A log is only ever started over there. One that
/// grows to twice its bound meanwhile is waited for.
extension WriteQueue {
  /// What may be left to be moved while everybody waits.
  private static let restPages = 256
  private static let copiesMax = 3

  /// Starts the thread that copies.
  func startCopyingLog() {
    do {
      try BlockingWork.start {
        // What goes wrong here goes wrong again where it is reported: when the rest is moved.
        try? self.copyLog()
        self.moveRest()
      }
    } catch {
      moveRest()
    }
  }

  private func copyLog() throws {
    let copy = try LogCopy(path: engine.path)
    var moved = 0
    for _ in 0..<Self.copiesMax {
      let before = moved
      moved = try copy.copy()
      // What came while so little was copied is less still. Or another process copies.
      guard moved - before > Self.restPages else { return }
    }
  }

  private func moveRest() {
    state.withLock { state in
      state.isCopyingLog = false
      state.wantsCheckpoint = true
      if state.holder == .nobody { state.holder = .thread }
    }
    state.broadcast()
  }

  /// Moves the WAL into the file now, as far as readers let it, and returns after that.
  package func checkpoint() async {
    state.withLock { state in
      guard !state.isClosed, !state.isClosing else { return }
      state.wantsCheckpoint = true
      if state.holder == .nobody { state.holder = .thread }
    }
    state.broadcast()
    while state.withLock({ $0.wantsCheckpoint }) { try? await Task.sleep(for: .microseconds(200)) }
  }

  /// Blocks until the log is copied: so it cannot outrun that, however fast others write.
  func awaitCopy() {
    let _: Void? = state.waitFor { state, _ in state.isCopyingLog ? nil : () }
  }
}
