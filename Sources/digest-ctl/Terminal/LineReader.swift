import Glibc

/// Standard input, line by line.
struct LineReader {
  struct Line {
    var number: Int
    var bytes: [UInt8]

    /// Whether there is nothing on it.
    var isBlank: Bool {
      bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }
  }

  private static let chunkBytes = 1 << 16
  private var buffer: [UInt8] = []
  private var start = 0
  private var number = 0
  private var isAtEnd = false

  /// Whether a whole line is here already, so that the next one need not be waited for.
  var hasMore: Bool { buffer[start...].contains(0x0A) }

  /// The next line, without its end; `nil` after the last one.
  mutating func next() throws -> Line? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { start = end + 1 }
        return line(buffer[start..<end])
      }
      searched = buffer.count
      if isAtEnd {
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        return line(buffer[start...])
      }
      searched -= start
      buffer.removeFirst(start)
      start = 0
      try fill()
    }
  }

  private mutating func line(_ bytes: ArraySlice<UInt8>) -> Line {
    number += 1
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let isMarked = number == 1 && bytes.starts(with: mark)
    return Line(number: number, bytes: Array(isMarked ? bytes.dropFirst(3) : bytes))
  }

  private mutating func fill() throws {
    let old = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: Self.chunkBytes))
    let count = buffer.withUnsafeMutableBytes { buffer in
      while true {
        let count = read(
          STDIN_FILENO,
          buffer.baseAddress.map { $0 + old },
          Self.chunkBytes
        )
        if count >= 0 || errno != EINTR { return count }
      }
    }
    buffer.removeLast(Self.chunkBytes - max(0, count))
    guard count >= 0 else {
      throw Failure.Problem(
        code: Failure.refused,
        sentence: "cannot read standard input (\(String(cString: strerror(errno)))); give it a "
          + "file or a pipe"
      )
    }
    isAtEnd = count == 0
  }
}
