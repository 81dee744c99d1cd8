import Glibc
import RunDigest

/// A process that a test starts: a `CrashChild` or a `digest-ctl`, which lie beside the tests' own
/// executable.
final class ChildProcess {
  /// What it is called where it is told of.
  let name: String
  private let pid: pid_t
  /// The end of its standard output, -1 if that is a file.
  private let output: Int32
  private let errors: String?
  private var status: Int32?

  /// Where it reads from and writes to; what is `nil` is a pipe for the output, nothing for the
  /// input, and the tests' own for the errors.
  struct Files {
    var input: String?
    var output: String?
    var errors: String?
  }

  /// Starts `program` with `words`; `settings` stand in its environment beside the usual ones.
  init(
    _ program: String,
    _ words: [String],
    settings: [String] = [],
    files: Files = Files()
  ) throws {
    name = ([program] + words.prefix(2)).joined(separator: " ")
    errors = files.errors
    let path = try Self.folder() + "/" + program
    var ends: [Int32] = [-1, -1]
    guard files.output != nil || pipe(&ends) == 0 else { throw StoreError(.io, "no pipe") }
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
      throw StoreError(.io, "cannot start \(path) (error \(code))")
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
    guard count > 0 else { throw StoreError(.io, "cannot find the tests' own folder") }
    let path = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  /// All that it said on standard error, if that is a file.
  var complaints: String {
    errors.map { String(decoding: contents(of: $0), as: UTF8.self) } ?? ""
  }

  /// Waits for the first thing that it says: that its store is open.
  func waitUntilReady() throws {
    var byte: UInt8 = 0
    guard read(output, &byte, 1) == 1 else {
      throw StoreError(.io, "\(name) died by itself (\(wait())): \(complaints)")
    }
  }

  /// Kills it, and waits until it is gone.
  ///
  /// - Throws: ``StoreError`` with what it said, when it had ended by itself.
  func kill() throws {
    let status = end()
    guard status & 0x7F == SIGKILL else {
      throw StoreError(
        .io,
        "\(name) had ended by itself before it was killed (\(status)): \(complaints)"
      )
    }
  }

  /// Kills it if it is there still, and waits until it is gone; its wait status.
  @discardableResult
  func end() -> Int32 {
    if let status { return status }
    Glibc.kill(pid, SIGKILL)
    return wait()
  }

  /// Its wait status if it has ended.
  func poll() -> Int32? {
    if let status { return status }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    self.status = status
    return status
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
    if let status { return status }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    self.status = status
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
