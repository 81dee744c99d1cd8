/// A hash of the beginning of a file, fed piece by piece, whatever the pieces.
///
/// It tells a file that grew from one that was written anew; it is no protection against people
/// who want two files to look the same.
struct PrefixHash {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var word: UInt64 = 0
  private var wordBytes: UInt64 = 0
  private var count: UInt64 = 0

  init() {}

  /// The hash of the beginning of a source, which is read for it; `nil` where it is shorter.
  init?(of file: SourceFile, count: Int64) throws(SourceProblem) {
    var left = count
    var piece: [UInt8] = []
    while left > 0 {
      piece.removeAll(keepingCapacity: true)
      let count = try file.read(Int(min(left, 1 << 20)), into: &piece)
      guard count > 0 else { return nil }
      piece.withUnsafeBytes { update($0) }
      left -= Int64(count)
    }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    count &+= UInt64(bytes.count)
    var start = 0
    while start < bytes.count, wordBytes > 0 {
      push(bytes[start])
      start += 1
    }
    while start + 8 <= bytes.count {
      mix(bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self).littleEndian)
      start += 8
    }
    while start < bytes.count {
      push(bytes[start])
      start += 1
    }
  }

  /// The hash of what was fed so far.
  var value: [UInt8] {
    var last = self
    last.mix(word ^ (wordBytes << 56))
    last.mix(count)
    return withUnsafeBytes(of: last.state.littleEndian) { Array($0) }
  }

  private mutating func push(_ byte: UInt8) {
    word |= UInt64(byte) << (wordBytes * 8)
    wordBytes += 1
    guard wordBytes == 8 else { return }
    mix(word)
    word = 0
    wordBytes = 0
  }

  private mutating func mix(_ word: UInt64) {
    let (high, low) = (state ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    state = high ^ low ^ (state &<< 23 | state &>> 41)
  }
}
