internal import Events

/// Writes the compact binary form of digests, states and sums.
///
/// Integers are LEB128, signed ones zigzag first; text is its length and its UTF-8. What is absent
/// takes one byte.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  init() {
    bytes.reserveCapacity(2048)
  }

  mutating func unsigned(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: value))
  }

  mutating func signed(_ value: Int64) {
    unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  mutating func flag(_ value: Bool) {
    bytes.append(value ? 1 : 0)
  }

  mutating func byte(_ value: UInt8) {
    bytes.append(value)
  }

  mutating func text(_ text: String) {
    var text = text
    text.withUTF8 { blob($0) }
  }

  mutating func blob(_ content: some Collection<UInt8>) {
    unsigned(UInt64(content.count))
    bytes.append(contentsOf: content)
  }

  mutating func optional<Value>(
    _ value: Value?,
    _ write: (inout ByteWriter, Value) -> Void
  ) {
    flag(value != nil)
    if let value { write(&self, value) }
  }

  mutating func optional(_ value: String?) {
    optional(value) { $0.text($1) }
  }

  mutating func optional(_ value: Int64?) {
    optional(value) { $0.signed($1) }
  }

  mutating func optional(_ value: Timestamp?) {
    optional(value?.microseconds)
  }

  /// Writes a number of eight bytes.
  mutating func fixed(_ value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Writes bytes without their count.
  mutating func append(_ content: [UInt8]) {
    bytes += content
  }
}
