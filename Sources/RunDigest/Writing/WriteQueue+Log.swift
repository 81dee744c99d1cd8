internal import Storage

/// How a long log is moved into the file without holding up those who write.
///
/// To move eight megabytes takes tens of milliseconds, most of them waits for the disk. So a thread of its own
/// copies what there is, and once more what came meanwhile; then the queue's thread moves the little that
/// is left under the gate, and starts the log over. A log is only ever started over there.
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
      let pages = try writeAndBlock(priority: .finalize, didCommit: { copy.pin() }) { context in
        try WriteEngine.touch(context.connection)
        return context.connection.walPages
      }
      guard pages - moved > Self.restPages || moved == 0 else { return }
      moved = try copy.copy()
    }
  }

  private func moveRest() {
    let wakes = state.withLock { state -> Bool in
      state.isCopyingLog = false
      state.wantsCheckpoint = true
      guard state.holder == .nobody else { return false }
      state.holder = .thread
      return true
    }
    if wakes { state.broadcast() }
  }
}
