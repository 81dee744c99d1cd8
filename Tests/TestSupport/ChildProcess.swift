internal import Foundation
internal import Glibc

/// A process that a test starts: a `CrashChild` or a `digest-ctl`, which lie beside the tests' own
/// executable.
// Unchecked: one thread at a time uses it, but for ``sendKill()``, and what that needs has a lock.
package final class ChildProcess: @unchecked Sendable {
  /// Something that the child or the system did not do as it should.
  package struct Failed: Error, CustomStringConvertible {
    package let description: String
  }

  /// What it is called where it is told of.
  package let name: String
  private let pid: pid_t
  /// The end of its standard output, -1 if that is a file.
  private let output: Int32
  private let errors: String?
  private let lock = NSLock()
  private var status: Int32?
  private var unread: [UInt8] = []

  // A pipe's ends get their flag a moment after they are there: no other child may begin in it.
  private static let starting = NSLock()

  /// Where it reads from and writes to; what is `nil` is a pipe for the output, nothing for the
  /// input, and the tests' own for the errors.
  package struct Files {
    package var input: String?
    package var output: String?
    package var errors: String?

    package init(input: String? = nil, output: String? = nil, errors: String? = nil) {
      self.input = input
      self.output = output
      self.errors = errors
    }
  }

  /// Starts `program` with `words`; `settings` stand in its environment beside the usual ones.
  package init(
    _ program: String,
    _ words: [String],
    settings: [String] = [],
    files: Files = Files()
  ) throws {
    name = ([program] + words.prefix(2)).joined(separator: " ")
    errors = files.errors
    let path = try Self.folder() + "/" + program
    Self.starting.lock()
    defer { Self.starting.unlock() }
    var ends: [Int32] = [-1, -1]
    guard files.output != nil || pipe(&ends) == 0 else { throw Failed(description: "no pipe") }
    for end in ends where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { if ends[1] >= 0 { close(ends[1]) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let appending = O_WRONLY | O_CREAT | O_APPEND
    posix_spawn_file_actions_addopen(&actions, 0, files.input ?? "/dev/null", O_RDONLY, 0)
    if let file = files.output {
      posix_spawn_file_actions_addopen(&actions, 1, file, appending, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    }
    if let file = errors {
      posix_spawn_file_actions_addopen(&actions, 2, file, appending, 0o600)
    }
    var arguments = Self.copies([path] + words)
    var environment = Self.copies(Self.usual + settings)
    defer { for text in arguments + environment { free(text) } }
    var pid = pid_t()
    let code = posix_spawn(&pid, path, &actions, nil, &arguments, &environment)
    guard code == 0 else {
      if ends[0] >= 0 { close(ends[0]) }
      throw Failed(description: "cannot start \(path) (error \(code))")
    }
    self.pid = pid
    output = ends[0]
  }

  // One that a failed test left behind must not write to a folder that is being removed.
  deinit {
    if output >= 0 { close(output) }
    if status == nil { end() }
  }

  /// Words as the system takes them, to be freed.
  private static func copies(_ words: [String]) -> [UnsafeMutablePointer<CChar>?] {
    words.map { strdup($0) } + [nil]
  }

  private static var usual: [String] {
    ["SWIFT_BACKTRACE=enable=no"]
      + ["PATH", "LD_LIBRARY_PATH", "HOME"].compactMap { (name: String) in
        getenv(name).map { "\(name)=\(String(cString: $0))" }
      }
  }

  private static func folder() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw Failed(description: "cannot find the tests' own folder") }
    let path = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  /// All that it said on standard error, if that is a file.
  package var complaints: String {
    errors.map {
      String(decoding: FileManager.default.contents(atPath: $0) ?? Data(), as: UTF8.self)
    } ?? ""
  }

  /// Waits for the first thing that it says: that its store is open.
  package func waitUntilReady() throws {
    var byte: UInt8 = 0
    guard read(output, &byte, 1) == 1 else {
      throw Failed(description: "\(name) died by itself (\(wait())): \(complaints)")
    }
  }

  /// Kills it, and waits until it is gone.
  ///
  /// - Throws: ``Failed`` with what it said, when it had ended by itself.
  package func kill() throws {
    let status = end()
    guard status & 0x7F == SIGKILL else {
      throw Failed(
        description: "\(name) had ended by itself before it was killed (\(status)): \(complaints)"
      )
    }
  }

  /// Kills it if it is there still, and waits until it is gone; its wait status.
  @discardableResult
  package func end() -> Int32 {
    if let status { return status }
    sendKill()
    return wait()
  }

  /// Its wait status if it has ended.
  package func poll() -> Int32? {
    if let status { return status }
    var status: Int32 = 0
    return lock.withLock {
      guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
      self.status = status
      return status
    }
  }

  /// Kills it if it is there still, without waiting; from any thread.
  package func sendKill() {
    lock.withLock { if status == nil { Glibc.kill(pid, SIGKILL) } }
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

  /// Waits until it is gone; its wait status.
  package func wait() -> Int32 {
    if let status { return status }
    // First without taking its number away, which a kill may be about to use.
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    return lock.withLock {
      var ended: Int32 = 0
      while waitpid(pid, &ended, 0) < 0, errno == EINTR {}
      status = ended
      return ended
    }
  }
}
