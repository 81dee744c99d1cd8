/// Writes the compact binary form of digests, states and sums.
///
/// Integers are LEB128, signed ones zigzag first; text is its length and its UTF-8. What is absent
/// takes one byte.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {
    bytes.reserveCapacity(2048)
  }

  package mutating func unsigned(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: value))
  }

  package mutating func signed(_ value: Int64) {
    unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  package mutating func flag(_ value: Bool) {
    bytes.append(value ? 1 : 0)
  }

  package mutating func byte(_ value: UInt8) {
    bytes.append(value)
  }

  package mutating func text(_ text: String) {
    var text = text
    text.withUTF8 { blob($0) }
  }

  package mutating func blob(_ content: some Collection<UInt8>) {
    unsigned(UInt64(content.count))
    bytes.append(contentsOf: content)
  }

  package mutating func optional<Value>(
    _ value: Value?,
    _ write: (inout ByteWriter, Value) -> Void
  ) {
    flag(value != nil)
    if let value { write(&self, value) }
  }

  package mutating func optional(_ value: String?) {
    optional(value) { $0.text($1) }
  }

  package mutating func optional(_ value: Int64?) {
    optional(value) { $0.signed($1) }
  }

  /// Writes a part that a reader can step over.
  package mutating func section(_ write: (inout ByteWriter) -> Void) {
    var part = ByteWriter()
    write(&part)
    blob(part.bytes)
  }
}
