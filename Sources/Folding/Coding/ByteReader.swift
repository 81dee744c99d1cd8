internal import Events

/// Reads what ``ByteWriter`` wrote, and says so where it does not read back.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  /// The form could not be read.
  struct Damaged: Error {
    let offset: Int
  }

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { offset == bytes.count }

  /// The error for what stands here.
  var damaged: Damaged { Damaged(offset: offset) }

  @inline(__always)
  mutating func byte() throws(Damaged) -> UInt8 {
    guard offset < bytes.count else { throw damaged }
    offset += 1
    return bytes[offset - 1]
  }

  // Most integers of a digest are below 64: their one byte is read where it is asked for.
  @inline(__always)
  mutating func unsigned() throws(Damaged) -> UInt64 {
    let first = try byte()
    return first < 0x80 ? UInt64(first) : try unsigned(after: first)
  }

  @inline(never)
  private mutating func unsigned(after first: UInt8) throws(Damaged) -> UInt64 {
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
  mutating func signed() throws(Damaged) -> Int64 {
    let value = try unsigned()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  @inline(__always)
  mutating func flag() throws(Damaged) -> Bool {
    switch try byte() {
    case 0: false
    case 1: true
    default: throw damaged
    }
  }

  /// A count of things that take at least a byte each, so that a damaged one cannot ask for more
  /// memory than there are bytes.
  @inline(__always)
  mutating func count() throws(Damaged) -> Int {
    let value = try unsigned()
    guard value <= UInt64(bytes.count - offset) else { throw damaged }
    return Int(value)
  }

  @inline(__always)
  mutating func blob() throws(Damaged) -> UnsafeRawBufferPointer {
    let count = try count()
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }

  mutating func text() throws(Damaged) -> String {
    String(decoding: try blob(), as: UTF8.self)
  }

  mutating func optional<Value>(
    _ read: (inout ByteReader) throws(Damaged) -> Value
  ) throws(Damaged) -> Value? {
    try flag() ? try read(&self) : nil
  }

  @inline(__always)
  mutating func optionalText() throws(Damaged) -> String? {
    try flag() ? try text() : nil
  }

  @inline(__always)
  mutating func optionalSigned() throws(Damaged) -> Int64? {
    try flag() ? try signed() : nil
  }

  mutating func time() throws(Damaged) -> Timestamp {
    Timestamp(microseconds: try signed())
  }

  mutating func optionalTime() throws(Damaged) -> Timestamp? {
    try flag() ? try time() : nil
  }

  /// A number of eight bytes.
  mutating func fixed() throws(Damaged) -> UInt64 {
    guard bytes.count - offset >= 8 else { throw damaged }
    defer { offset += 8 }
    return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// What was not read yet.
  var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[offset...]) }

  /// Reads the byte that says in which format the rest is.
  mutating func readFormat(_ format: UInt8) throws(Damaged) {
    guard try byte() == format else { throw Damaged(offset: 0) }
  }
}
