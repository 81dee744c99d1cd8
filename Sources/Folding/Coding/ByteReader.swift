/// Reads what ``ByteWriter`` wrote, and says so where it does not read back.
package struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  /// The form could not be read.
  package struct Damaged: Error {
    package let offset: Int
  }

  package init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  package var isAtEnd: Bool { offset == bytes.count }

  private var damaged: Damaged { Damaged(offset: offset) }

  package mutating func byte() throws(Damaged) -> UInt8 {
    guard offset < bytes.count else { throw damaged }
    offset += 1
    return bytes[offset - 1]
  }

  package mutating func unsigned() throws(Damaged) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      guard shift < 63 || byte <= 1 else { throw damaged }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  package mutating func signed() throws(Damaged) -> Int64 {
    let value = try unsigned()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  package mutating func flag() throws(Damaged) -> Bool {
    switch try byte() {
    case 0: false
    case 1: true
    default: throw damaged
    }
  }

  /// A count of things that take at least a byte each, so that a damaged one cannot ask for more
  /// memory than there are bytes.
  package mutating func count() throws(Damaged) -> Int {
    let value = try unsigned()
    guard value <= UInt64(bytes.count - offset) else { throw damaged }
    return Int(value)
  }

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

  package mutating func optionalText() throws(Damaged) -> String? {
    try flag() ? try text() : nil
  }

  package mutating func optionalSigned() throws(Damaged) -> Int64? {
    try flag() ? try signed() : nil
  }

  /// The reader of a part.
  package mutating func section() throws(Damaged) -> ByteReader {
    ByteReader(try blob())
  }
}
