/// Reads what ``ByteWriter`` wrote, and says so where it does not read back.
package struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0
  /// The format of what is read: bodies that a fold of the first version made are read still.
  private(set) var format: UInt8 = ByteReader.currentFormat

  /// The format that ``ByteWriter`` writes.
  static let currentFormat: UInt8 = 2

  /// The form could not be read.
  package struct Damaged: Error {
    package let offset: Int
  }

  package init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  package var isAtEnd: Bool { offset == bytes.count }

  /// The error for what stands here.
  var damaged: Damaged { Damaged(offset: offset) }

  @inline(__always)
  package mutating func byte() throws(Damaged) -> UInt8 {
    guard offset < bytes.count else { throw damaged }
    offset += 1
    return bytes[offset - 1]
  }

  // Most integers of a digest are below 64: their one byte is read where it is asked for.
  @inline(__always)
  package mutating func unsigned() throws(Damaged) -> UInt64 {
    let first = try byte()
    return first < 0x80 ? UInt64(first) : try unsigned(after: first)
  }

  // Up to eight bytes are taken with one load: the lowest byte without its top bit ends the number,
  // and three shifts push its groups of seven bits together.
  @inline(never)
  private mutating func unsigned(after first: UInt8) throws(Damaged) -> UInt64 {
    guard bytes.count - offset >= 7 else { return try unsignedByBytes(after: first) }
    let word = UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: offset - 1, as: UInt64.self)
    )
    let ends = ~word & 0x8080_8080_8080_8080
    guard ends != 0 else { return try unsignedByBytes(after: first) }
    offset += ends.trailingZeroBitCount / 8
    var value = word & (ends ^ (ends &- 1)) & 0x7F7F_7F7F_7F7F_7F7F
    value = (value & 0x7F00_7F00_7F00_7F00) >> 1 | value & 0x007F_007F_007F_007F
    value = (value & 0x3FFF_0000_3FFF_0000) >> 2 | value & 0x0000_3FFF_0000_3FFF
    return (value & 0x0FFF_FFFF_0000_0000) >> 4 | value & 0x0000_0000_0FFF_FFFF
  }

  private mutating func unsignedByBytes(after first: UInt8) throws(Damaged) -> UInt64 {
    var value = UInt64(first & 0x7F)
    var shift: UInt64 = 7
    while true {
      let byte = try byte()
      guard shift < 63 || byte <= 1 else { throw damaged }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  @inline(__always)
  package mutating func signed() throws(Damaged) -> Int64 {
    let value = try unsigned()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  @inline(__always)
  package mutating func flag() throws(Damaged) -> Bool {
    switch try byte() {
    case 0: false
    case 1: true
    default: throw damaged
    }
  }

  /// A count of things that take at least a byte each, so that a damaged one cannot ask for more
  /// memory than there are bytes.
  @inline(__always)
  package mutating func count() throws(Damaged) -> Int {
    let value = try unsigned()
    guard value <= UInt64(bytes.count - offset) else { throw damaged }
    return Int(value)
  }

  @inline(__always)
  package mutating func blob() throws(Damaged) -> UnsafeRawBufferPointer {
    let count = try count()
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }

  package mutating func text() throws(Damaged) -> String {
    String(decoding: try blob(), as: UTF8.self)
  }

  package mutating func optional<Value>(
    _ read: (inout ByteReader) throws(Damaged) -> Value
  ) throws(Damaged) -> Value? {
    try flag() ? try read(&self) : nil
  }

  @inline(__always)
  package mutating func optionalText() throws(Damaged) -> String? {
    try flag() ? try text() : nil
  }

  @inline(__always)
  package mutating func optionalSigned() throws(Damaged) -> Int64? {
    try flag() ? try signed() : nil
  }

  /// Steps over integers.
  package mutating func skipIntegers(_ count: Int) throws(Damaged) {
    for _ in 0..<count { _ = try unsigned() }
  }

  /// Reads a part that holds one value.
  mutating func part<Value: BinaryCodable>(_: Value.Type) throws(Damaged) -> Value {
    var part = try section()
    return try Value(from: &part)
  }

  /// Steps over a part that holds one value.
  mutating func skipPart<Value: BinaryCodable>(_: Value.Type) throws(Damaged) {
    var part = try section()
    try Value.skip(in: &part)
  }

  /// The reader of a part.
  @inline(__always)
  package mutating func section() throws(Damaged) -> ByteReader {
    var part = ByteReader(try blob())
    part.format = format
    return part
  }

  /// Reads the byte that says in which format the rest is.
  mutating func readFormat(upTo latest: UInt8) throws(Damaged) {
    format = try byte()
    guard 1...latest ~= format else { throw Damaged(offset: 0) }
  }
}
