import ArgumentParser
import Glibc

/// Standard output, in large writes, and standard error.
enum Output {
  private static let bufferBytes = 1 << 16
  // The program prints from one task at a time.
  nonisolated(unsafe) private static var buffer: [UInt8] = []

  // What was stored before anything about it is printed; set by that one task.
  nonisolated(unsafe) private static var stored: String?

  /// Says that what the verb does is stored: from here on a closed or full standard output is told on
  /// standard error, and is not a failure of the verb.
  static func isStored(_ sentence: String) {
    stored = sentence
    signal(SIGPIPE, SIG_IGN)
  }

  static func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
  }

  /// Prints bytes; written out when enough have come together.
  static func write(_ bytes: [UInt8]) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= bufferBytes { try flush() }
  }

  /// Prints a line; what would not be seen of it is escaped, but for line ends in it.
  static func line(_ text: String = "") {
    let isPage = text.utf8.contains(0x0A)
    let lines = isPage ? text.split(separator: "\n", omittingEmptySubsequences: false) : [text[...]]
    for (number, line) in lines.enumerated() {
      if number > 0 { buffer.append(0x0A) }
      buffer.append(contentsOf: Text.escaped(String(line), keepsStyle: true).utf8)
    }
    buffer.append(0x0A)
  }

  /// Writes out what was printed.
  static func flush() throws {
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    let code = writeAll(bytes, to: STDOUT_FILENO)
    guard code != 0 else { return }
    if let stored {
      let reason = String(cString: strerror(code))
      return Failure.say(
        "\(stored), but the report could not be written to standard output (\(reason))"
      )
    }
    // Nobody reads any more, where SIGPIPE did not end us: that is nobody's fault.
    if code == EPIPE { throw ExitCode(141) }
    throw Failure.Problem(
      code: code == ENOSPC ? Failure.busy : Failure.refused,
      sentence: "cannot write to standard output (\(String(cString: strerror(code)))); free some "
        + "space or print elsewhere"
    )
  }

  static func error(_ text: String) {
    _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let count = Glibc.write(descriptor, part.baseAddress, part.count)
        if count < 0 {
          if errno == EINTR || errno == EAGAIN { continue }
          return errno
        }
        rest = rest.dropFirst(count)
      }
      return 0
    }
  }
}
