internal import Glibc
internal import Synchronization

/// Tells a follower to stop, from any thread or from a signal handler.
package final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)
  private let reader: Int32
  private let writer: Int32

  package init() {
    var ends: [Int32] = [-1, -1]
    // Without a pipe the flag still works; whoever waits sees it a little later.
    if pipe(&ends) == 0 {
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
    }
    reader = ends[0]
    writer = ends[1]
  }

  deinit {
    if reader >= 0 { close(reader) }
    if writer >= 0 { close(writer) }
  }

  /// Whether somebody wants it to stop.
  package var isRaised: Bool { flag.load(ordering: .acquiring) }

  /// Asks it to stop; the second time changes nothing.
  ///
  /// Safe in a signal handler.
  package func raise() {
    flag.store(true, ordering: .releasing)
    var byte: UInt8 = 1
    _ = write(writer, &byte, 1)
  }

  /// What becomes readable when it is raised, and stays so.
  var descriptor: Int32 { reader }
}
