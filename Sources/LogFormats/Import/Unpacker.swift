internal import Glibc

/// The system's own program at work on a packed file, and the pipe that its output comes from.
///
/// It works on another core while its output is read, holds no more of the file than the pipe does,
/// and gets the file as its standard input, so that no name can be taken for an option.
///
/// Confined to the one who started it, who may leave it at any point.
final class Unpacker {
  private let packing: Packing
  private var child = pid_t()
  private let output: Int32
  /// What it says; read when it has ended, and no more than fits into a pipe.
  private let complaints: Int32
  private var isGone = false

  /// Starts it on a file, from its beginning.
  init(_ packing: Packing, file: Int32, shown: String) throws(SourceProblem) {
    self.packing = packing
    guard lseek(file, 0, SEEK_SET) == 0 else { throw SourceProblem(path: shown, errno: errno) }
    var pipes: [Int32] = [-1, -1, -1, -1]
    guard Self.makePipes(&pipes) else {
      let code = errno
      for end in pipes where end >= 0 { close(end) }
      throw SourceProblem(path: shown, errno: code)
    }
    output = pipes[0]
    complaints = pipes[2]
    let code = Self.spawn(packing, [file, pipes[1], pipes[3]], &child)
    close(pipes[1])
    close(pipes[3])
    guard code == 0 else {
      isGone = true
      throw code == ENOENT
        ? SourceProblem(
          .compressed,
          "\(shown) is a \(packing) file, and there is no program \(packing.program) to read it; "
            + "install the package \(packing.package)"
        )
        : SourceProblem(path: shown, errno: code)
    }
  }

  private static func makePipes(_ ends: inout [Int32]) -> Bool {
    ends.withUnsafeMutableBufferPointer { ends in
      guard let base = ends.baseAddress, pipe(base) == 0, pipe(base + 2) == 0,
        ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 })
      else { return false }
      // It must not wait for us to read its complaints: what does not fit is lost.
      return [ends[2], ends[3]].allSatisfy { fcntl($0, F_SETFL, O_NONBLOCK) == 0 }
    }
  }

  deinit {
    if !isGone {
      kill(child, SIGKILL)
      _ = wait()
    }
    close(output)
    close(complaints)
  }

  /// Starts the program with these as its standard input, output and error; answers an `errno`.
  private static func spawn(_ packing: Packing, _ streams: [Int32], _ child: inout pid_t) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, stream) in streams.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
    }
    // In a group of its own: control-C is for us, who then leave it in our own time. And a pipe
    // that we no longer read ends it, whatever we do with that signal ourselves.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var arguments: [UnsafeMutablePointer<CChar>?] = packing.arguments.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    return posix_spawnp(&child, packing.program, &actions, &attributes, &arguments, environ)
  }

  /// Reads up to `count` bytes; 0 at the end, a negative number for an error.
  func read(into base: UnsafeMutableRawPointer, _ count: Int) -> Int {
    Glibc.read(output, base, count)
  }

  /// Once all of its output was read: what was wrong with the file, `nil` if nothing was.
  func damage() -> String? {
    guard !isGone else { return nil }
    let status = wait()
    guard status != 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(complaints, &buffer, buffer.count)
    let words = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
      .split(whereSeparator: \.isNewline)
      .map { $0.filter { $0 >= " " } }
      .first { !$0.allSatisfy { $0 == " " } }
    if packing == .zstd,
      words?.contains("too much memory") == true || words?.contains("Window size") == true
    {
      return
        "the zstd file needs a larger window than zstd allows by itself; unpack it with zstd -d "
        + "--long=31 and import what comes out"
    }
    let reason = words ?? "\(packing.program) ended with status \(status)"
    return "the \(packing) file is damaged (\(reason)); what could be unpacked is imported, to here"
  }

  private func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    isGone = true
    return status
  }
}
