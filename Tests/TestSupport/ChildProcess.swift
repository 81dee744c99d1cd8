internal import Foundation
internal import Glibc

/// A `CrashChild`, which lies beside the tests' own executable.
// Unchecked: one thread at a time reads and waits, and a kill from another one takes the lock.
package final class ChildProcess: @unchecked Sendable {
  /// Something that the child or the system did not do as it should.
  package struct Failed: Error, CustomStringConvertible {
    package let description: String
  }

  private let pid: pid_t
  private let output: Int32
  private let lock = NSLock()
  private var isGone = false
  private var unread: [UInt8] = []

  // A pipe's ends get their flag a moment after they are there: no other child may begin in it.
  private static let starting = NSLock()

  /// Starts one; `preload` is a library to load before all others.
  package init(
    _ role: String,
    _ path: String,
    seed: Int,
    preload: String? = nil,
    journal: String? = nil
  ) throws {
    var settings = ["SWIFT_BACKTRACE=enable=no"]
    if let preload { settings.append("LD_PRELOAD=\(preload)") }
    if let journal { settings.append("RUNDIGEST_JOURNAL=\(journal)") }
    for name in ["PATH", "LD_LIBRARY_PATH", "HOME"] {
      if let value = getenv(name) { settings.append("\(name)=\(String(cString: value))") }
    }
    let program = try Self.folder() + "/CrashChild"
    (pid, output) = try Self.starting.withLock {
      try Self.start([program, role, path, "\(seed)"], settings)
    }
  }

  private static func start(
    _ words: [String],
    _ settings: [String]
  ) throws -> (pid_t, output: Int32) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failed(description: "no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var pid = pid_t()
    let code = posix_spawn(&pid, words[0], &actions, nil, &arguments, &environment)
    close(ends[1])
    guard code == 0 else {
      close(ends[0])
      throw Failed(description: "cannot start \(words[0]) (error \(code))")
    }
    return (pid, ends[0])
  }

  // One that a failed test left behind must not write to a folder that is being removed.
  deinit {
    close(output)
    if !isGone {
      Glibc.kill(pid, SIGKILL)
      _ = wait()
    }
  }

  private static func folder() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw Failed(description: "cannot find the tests' own folder") }
    let path = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  /// Waits for the first thing that it says: that its store is open.
  package func waitUntilReady() throws {
    var byte: UInt8 = 0
    guard read(output, &byte, 1) == 1 else {
      throw Failed(description: "the child died by itself: \(wait())")
    }
  }

  /// Kills it, and waits until it is gone.
  package func kill() throws {
    sendKill()
    let status = wait()
    guard status & 0x7F == SIGKILL else {
      throw Failed(description: "the child had ended by itself before it was killed: \(status)")
    }
  }

  /// Kills it if it is still there; from any thread.
  package func sendKill() {
    lock.withLock { if !isGone { Glibc.kill(pid, SIGKILL) } }
  }

  /// Reads all that it says until it ends by itself.
  package func finish() -> (status: Int32, output: [UInt8]) {
    while readMore() {}
    return (wait(), unread)
  }

  /// Waits for the next line that it says, without its end; `nil` when it says no more.
  ///
  /// What a kill cut off is not a line.
  package func nextLine() -> [UInt8]? {
    var start = 0
    while true {
      if let end = unread[start...].firstIndex(of: 0x0A) {
        defer { unread.removeFirst(end + 1) }
        return Array(unread[..<end])
      }
      start = unread.count
      guard readMore() else { return nil }
    }
  }

  private func readMore() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(output, &buffer, buffer.count)
    guard count > 0 else { return false }
    unread += buffer[..<count]
    return true
  }

  /// Waits until it is gone; its status as `waitpid` tells it.
  package func wait() -> Int32 {
    // First without taking its number away, which a kill may be about to use.
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    return lock.withLock {
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      isGone = true
      return status
    }
  }
}
