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
    let end = piece.firstIndex(of: 0x0A)
    let part = UnsafeRawBufferPointer(rebasing: piece[..<(end ?? piece.count)])
    if !isGivenUp {
      for byte in part { take(byte) }
      if kept.count > Self.keptBytesMax {
        isGivenUp = true
        kept = Array(kept.prefix(Self.stringBytesMax))
      }
    }
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

  private mutating func take(_ byte: UInt8) {
    guard isInString else {
      // Not seen anyway; there may be no end of them where a file was never written.
      if byte == 0 { return }
      if byte == 0x22 {
        isInString = true
        stringBytes = 0
        leftOut = 0
      }
      return kept.append(byte)
    }
    if escapeLeft > 0 {
      escapeLeft = escapeLeft < 5 ? escapeLeft - 1 : byte == 0x75 ? 4 : 0
      return keep(byte)
    }
    switch byte {
    case 0x22:
      isInString = false
      if leftOut > 0 {
        isShortened = true
        kept += Array("… (\(leftOut) bytes left out)".utf8)
      }
      kept.append(byte)
    case 0x5C:
      escapeLeft = 5
      keep(byte)
    default:
      // Cut between two characters, and not between the two escapes that may be one.
      let isLong = stringBytes >= Self.stringBytesMax && byte & 0xC0 != 0x80
      keep(byte, leavingOut: isLong)
    }
  }

  private mutating func keep(_ byte: UInt8, leavingOut isLong: Bool = false) {
    if isLong || leftOut > 0 {
      leftOut += 1
    } else {
      stringBytes += 1
      kept.append(byte)
    }
  }
}
