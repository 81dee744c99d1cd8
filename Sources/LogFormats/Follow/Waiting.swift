internal import Glibc
internal import RunDigest

/// Waits for descriptors, on a thread of its own.
enum Waiting {
  /// Waits until one of them is readable, but no longer than `duration`.
  static func untilReadable(_ descriptors: [Int32], for duration: Duration) async throws {
    let milliseconds = Int32(clamping: Int64(max(.zero, duration) / .milliseconds(1)) + 1)
    try await BlockingWork.run {
      var entries = descriptors.filter { $0 >= 0 }.map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      // A signal ends the wait early, which is as good as an event: somebody looks again.
      _ = poll(&entries, nfds_t(entries.count), milliseconds)
    }
  }
}
