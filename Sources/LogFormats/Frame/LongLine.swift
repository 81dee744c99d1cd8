internal import Glibc

/// A line too long to be held, taken in piece by piece and made shorter.
///
/// What makes a line so long is the text in it: a file that a tool printed, a picture. So of each
/// long string the beginning is kept and the rest left out, with a note of how much; ids, counts and
/// everything else stay, and the line is read as any other. It costs the same memory whatever the
/// length. A line that is still too long then, being none of that kind, is given up.
struct LongLine {
  /// What is kept of the line.
  private(set) var kept: [UInt8] = []
  /// Bytes of the line so far, with its end.
  private(set) var bytes: Int64 = 0
  /// Whether its end was read.
  private(set) var isComplete = false
  /// Whether what would have to be kept is too much.
  private(set) var isGivenUp = false

  private var isInString = false
  /// Bytes of an escape that are still to come: 5 behind its backslash, which `u` makes 4.
  private var escapeLeft = 0
  private var stringBytes = 0
  private var leftOut: Int64 = 0

  /// Lines are held whole up to this length, and shortened to it beyond.
  static let keptBytesMax = 16 << 20
  /// Of a string this much is kept, and a few bytes more up to where it can be cut.
  static let stringBytesMax = 64 << 10

  /// Takes in what there is of the line; answers how many bytes of the piece are of it.
  mutating func take(_ piece: UnsafeRawBufferPointer) -> Int {
    let end = LogLines.lineEnd(in: piece)
    let part = UnsafeRawBufferPointer(rebasing: piece[..<(end ?? piece.count)])
    var start = 0
    while start < part.count, !isGivenUp {
      let rest = UnsafeRawBufferPointer(rebasing: part[start...])
      if !isInString {
        start += takeValues(rest)
      } else if escapeLeft > 0 {
        escapeLeft = escapeLeft < 5 ? escapeLeft - 1 : rest[0] == 0x75 ? 4 : 0
        start += keep(rest[..<1])
      } else {
        start += takeText(rest)
      }
      isGivenUp = kept.count > Self.keptBytesMax
    }
    if isGivenUp, kept.count > Self.stringBytesMax { kept = Array(kept[..<Self.stringBytesMax]) }
    isComplete = end != nil
    let count = part.count + (isComplete ? 1 : 0)
    bytes += Int64(count)
    return count
  }

  /// Whether something was left out.
  private(set) var isShortened = false

  /// Why the line is not what it was, as one sentence.
  var problem: String {
    isGivenUp
      ? "the line of \(bytes) bytes is too long to be read (\(Self.keptBytesMax) are the most)"
      : "the line of \(bytes) bytes is read without the ends of its longest strings"
  }

  /// Takes what is between strings, to the quote of the next.
  private mutating func takeValues(_ part: UnsafeRawBufferPointer) -> Int {
    let end = Self.first(0x22, in: part)
    let values = part[..<(end ?? part.count)]
    // NULs are not seen anyway; there may be no end of them where a file was never written.
    if Self.first(0, in: UnsafeRawBufferPointer(rebasing: values)) == nil {
      kept += values
    } else {
      kept += values.lazy.filter { $0 != 0 }
    }
    guard let end else { return part.count }
    kept.append(0x22)
    isInString = true
    stringBytes = 0
    leftOut = 0
    return end + 1
  }

  /// Takes what is plain of a string, and what ends that.
  private mutating func takeText(_ part: UnsafeRawBufferPointer) -> Int {
    let end = Self.plainEnd(of: part)
    _ = keep(part[..<end], cutting: true)
    guard end < part.count else { return end }
    if part[end] == 0x5C {
      escapeLeft = 5
      return end + keep(part[end...end])
    }
    if leftOut > 0 {
      isShortened = true
      kept += Array("… (\(leftOut) bytes left out)".utf8)
    }
    kept.append(0x22)
    isInString = false
    return end + 1
  }

  /// Keeps a part of a string, unless the string is long.
  ///
  /// It is cut between two characters, and before neither of two escapes that may be one.
  private mutating func keep(_ part: Slice<UnsafeRawBufferPointer>, cutting: Bool = false) -> Int {
    var cut = part.endIndex
    if leftOut > 0 {
      cut = part.startIndex
    } else if cutting {
      cut = min(cut, part.startIndex + max(0, Self.stringBytesMax - stringBytes))
      while cut < part.endIndex, part[cut] & 0xC0 == 0x80 { cut += 1 }
    }
    kept += part[..<cut]
    stringBytes += cut - part.startIndex
    leftOut += Int64(part.endIndex - cut)
    return part.count
  }

  /// Where a quote or a backslash is, else the count.
  private static func plainEnd(of part: UnsafeRawBufferPointer) -> Int {
    var start = 0
    // In steps: a quote that is far away must not be looked for from each of many backslashes.
    var step = 64
    while start < part.count {
      let end = min(part.count, start + step)
      let quote =
        first(0x22, in: UnsafeRawBufferPointer(rebasing: part[start..<end])).map { start + $0 }
      let limit = quote ?? end
      if let slash = first(0x5C, in: UnsafeRawBufferPointer(rebasing: part[start..<limit])) {
        return start + slash
      }
      if let quote { return quote }
      start = end
      step *= 2
    }
    return part.count
  }

  private static func first(_ byte: Int32, in part: UnsafeRawBufferPointer) -> Int? {
    guard let base = part.baseAddress, let found = memchr(base, byte, part.count) else {
      return nil
    }
    return UnsafeRawPointer(found) - base
  }
}
