import Glibc
import RunDigest

/// A `CrashChild`, which lies beside the tests' own executable.
final class ChildProcess {
  private let pid: pid_t
  private let output: Int32
  private var isGone = false

  /// Starts one; `preload` is a library to load before all others.
  init(
    _ role: String, _ path: String, seed: Int, preload: String? = nil, journal: String? = nil
  ) throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw StoreError(.io, "no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var settings = ["SWIFT_BACKTRACE=enable=no"]
    if let preload { settings.append("LD_PRELOAD=\(preload)") }
    if let journal { settings.append("RUNDIGEST_JOURNAL=\(journal)") }
    for name in ["PATH", "LD_LIBRARY_PATH", "HOME"] {
      if let value = getenv(name) { settings.append("\(name)=\(String(cString: value))") }
    }
    let program = try Self.folder() + "/CrashChild"
    let words = [program, role, path, "\(seed)"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var pid = pid_t()
    let code = posix_spawn(&pid, program, &actions, nil, &arguments, &environment)
    close(ends[1])
    guard code == 0 else {
      close(ends[0])
      throw StoreError(.io, "cannot start \(program) (error \(code))")
    }
    self.pid = pid
    output = ends[0]
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
    guard count > 0 else { throw StoreError(.io, "cannot find the tests' own folder") }
    let path = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  /// Waits for the first thing that it says: that its store is open.
  func waitUntilReady() throws {
    var byte: UInt8 = 0
    guard read(output, &byte, 1) == 1 else {
      throw StoreError(.io, "the child died by itself: \(wait())")
    }
  }

  /// Kills it, and waits until it is gone.
  func kill() throws {
    Glibc.kill(pid, SIGKILL)
    let status = wait()
    guard status & 0x7F == SIGKILL else {
      throw StoreError(.io, "the child had ended by itself before it was killed: \(status)")
    }
  }

  /// Reads all that it says until it ends by itself.
  func finish() -> (status: Int32, output: [UInt8]) {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(output, &buffer, buffer.count), count > 0 {
      text += buffer[..<count]
    }
    return (wait(), text)
  }

  private func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    isGone = true
    return status
  }
}

/// The bytes of a file, none if there is none.
func contents(of path: String) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return [] }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0, status.st_size > 0 else { return [] }
  let size = Int(status.st_size)
  return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    count = max(0, read(file, buffer.baseAddress, size))
  }
}

/// A number that the environment gives, for more than an everyday run does.
func setting(_ name: String, default value: Int) -> Int {
  getenv(name).flatMap { Int(String(cString: $0)) } ?? value
}
