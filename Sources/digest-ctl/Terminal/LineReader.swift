import Glibc

/// Standard input, line by line, in bounded memory.
///
/// It holds one line of at most ``longest`` bytes and one chunk. Of a longer line it holds nothing and
/// reads on to its end.
struct LineReader {
  struct Line {
    var number: Int
    var bytes: [UInt8]
    /// Whether the line is longer than allowed; then it has no bytes here, and its end was not read yet.
    var isTooLong = false

    /// Whether there is nothing on it.
    var isBlank: Bool {
      !isTooLong && bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }
  }

  private static let chunkBytes = 1 << 16
  /// The most bytes of a line, without its end.
  private let longest: Int
  private var chunk: [UInt8] = []
  private var buffer: [UInt8] = []
  private var start = 0
  private var number = 0
  private var isAtEnd = false
  private var isSkipping = false

  /// Makes a reader of lines of at most `longest` bytes.
  init(longest: Int) {
    self.longest = longest
  }

  /// Whether a whole line is here already, so that the next one need not be waited for.
  var hasMore: Bool { lineEnd(from: start) != nil }

  /// The next line, without its end; `nil` after the last one.
  ///
  /// A line that is too long is returned as soon as that is known.
  mutating func next() throws -> Line? {
    try skip()
    var searched = start
    while true {
      if let end = lineEnd(from: searched) {
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
      if buffer.count > longest {
        isSkipping = true
        buffer = []
        return tooLong()
      }
      try fill()
    }
  }

  private func lineEnd(from first: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard first < bytes.count, let base = bytes.baseAddress,
        let end = memchr(base + first, 0x0A, bytes.count - first)
      else { return nil }
      return UnsafeRawPointer(end) - base
    }
  }

  /// Reads to the end of a line that is too long.
  private mutating func skip() throws {
    while isSkipping {
      if let end = lineEnd(from: start) {
        start = end + 1
        isSkipping = false
      } else if isAtEnd {
        start = buffer.count
        isSkipping = false
      } else {
        buffer.removeAll(keepingCapacity: true)
        start = 0
        try fill()
      }
    }
  }

  private mutating func tooLong() -> Line {
    number += 1
    return Line(number: number, bytes: [], isTooLong: true)
  }

  private mutating func line(_ bytes: ArraySlice<UInt8>) -> Line {
    if bytes.count > longest { return tooLong() }
    number += 1
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let isMarked = number == 1 && bytes.starts(with: mark)
    return Line(number: number, bytes: Array(isMarked ? bytes.dropFirst(3) : bytes))
  }

  private mutating func fill() throws {
    if chunk.isEmpty { chunk = [UInt8](repeating: 0, count: Self.chunkBytes) }
    let count = chunk.withUnsafeMutableBytes { chunk in
      while true {
        let count = read(STDIN_FILENO, chunk.baseAddress, chunk.count)
        if count >= 0 || errno != EINTR { return count }
      }
    }
    let code = errno
    guard count >= 0 else {
      throw Failure.Problem(
        code: Failure.refused,
        sentence: "cannot read standard input (\(String(cString: strerror(code)))); give it a "
          + "file or a pipe"
      )
    }
    chunk.withUnsafeBytes { buffer += UnsafeRawBufferPointer(rebasing: $0[..<count]) }
    isAtEnd = count == 0
  }
}
