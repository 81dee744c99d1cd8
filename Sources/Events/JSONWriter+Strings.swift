extension JSONWriter {
  /// Writes a string value.
  package mutating func string(_ text: String) {
    value { _ in }
    quote(text)
  }

  /// Writes a string value from its UTF-8, which must be valid.
  package mutating func string(utf8 text: UnsafeRawBufferPointer) {
    value { Self.quote(text, to: &$0) }
  }

  /// Writes a time.
  package mutating func time(_ time: Timestamp, _ precision: Timestamp.Precision) {
    value { bytes in
      bytes.append(0x22)
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Timestamp.utf8CountMax) { buffer in
        guard let target = buffer.baseAddress else { return }
        let count = time.write(precision, to: target)
        bytes.append(contentsOf: UnsafeBufferPointer(start: target, count: count))
      }
      bytes.append(0x22)
    }
  }

  /// Writes a member that is a time.
  package mutating func time(_ key: String, _ time: Timestamp, _ precision: Timestamp.Precision) {
    self.key(key)
    self.time(time, precision)
  }

  /// Writes quotes and what is between them, without making room for a value.
  mutating func quote(_ text: String) {
    var text = text
    text.withUTF8 { appendQuoted(UnsafeRawBufferPointer($0)) }
  }

  static func quote(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    bytes.append(0x22)
    var from = 0
    var i = 0
    while i < text.count {
      if i + 8 <= text.count {
        let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: i, as: UInt64.self))
        // Bytes above ASCII stand as they are, so only those below are looked for.
        if JSONScanner.special(word) & ~word == 0 {
          i += 8
          continue
        }
      }
      let byte = text[i]
      if byte == 0x22 || byte == 0x5C || byte < 0x20 {
        bytes.append(contentsOf: text[from..<i])
        escape(byte, to: &bytes)
        from = i + 1
      }
      i += 1
    }
    bytes.append(contentsOf: text[from...])
    bytes.append(0x22)
  }

  private static func escape(_ byte: UInt8, to bytes: inout [UInt8]) {
    bytes.append(0x5C)
    switch byte {
    case 0x22, 0x5C: bytes.append(byte)
    case 0x08: bytes.append(0x62)
    case 0x09: bytes.append(0x74)
    case 0x0A: bytes.append(0x6E)
    case 0x0C: bytes.append(0x66)
    case 0x0D: bytes.append(0x72)
    default:
      let digits: StaticString = "0123456789abcdef"
      bytes.append(contentsOf: [0x75, 0x30, 0x30, 0x30 + byte >> 4])
      bytes.append(digits.utf8Start[Int(byte & 0xF)])
    }
  }
}
