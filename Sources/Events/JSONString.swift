/// Undoes the escapes of JSON strings that the scanner has found valid.
enum JSONString {
  /// Writes what the bytes between two quotes stand for; the result is never longer than they.
  ///
  /// An escape that names half of a surrogate pair becomes U+FFFD: UTF-8 can't hold it.
  static func unescape(
    _ body: UnsafeRawBufferPointer,
    into target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var from = 0
    var to = 0
    while from < body.count {
      let byte = body[from]
      if byte != 0x5C {
        target[to] = byte
        from += 1
        to += 1
        continue
      }
      let letter = body[from + 1]
      from += 2
      guard letter == 0x75 else {
        target[to] = plain(letter)
        to += 1
        continue
      }
      var scalar = codeUnit(body, at: from)
      from += 4
      if scalar & 0xFC00 == 0xD800, from + 6 <= body.count, body[from] == 0x5C,
        body[from + 1] == 0x75, codeUnit(body, at: from + 2) & 0xFC00 == 0xDC00
      {
        let low = codeUnit(body, at: from + 2)
        scalar = 0x10000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
        from += 6
      } else if scalar & 0xF800 == 0xD800 {
        scalar = 0xFFFD
      }
      to += encode(scalar, at: target + to)
    }
    return to
  }

  /// The bytes between two quotes as a `String`.
  static func string(_ body: UnsafeRawBufferPointer, hasEscape: Bool) -> String {
    guard hasEscape else { return String(decoding: body, as: UTF8.self) }
    return String(unsafeUninitializedCapacity: body.count) { target in
      guard let start = target.baseAddress else { return 0 }
      return unescape(body, into: start)
    }
  }

  private static func plain(_ letter: UInt8) -> UInt8 {
    switch letter {
    case 0x62: 0x08
    case 0x66: 0x0C
    case 0x6E: 0x0A
    case 0x72: 0x0D
    case 0x74: 0x09
    default: letter
    }
  }

  private static func codeUnit(_ body: UnsafeRawBufferPointer, at start: Int) -> UInt32 {
    var unit: UInt32 = 0
    for i in start..<(start + 4) {
      unit = unit << 4 | (JSONScanner.hexDigit(body[i]) ?? 0)
    }
    return unit
  }

  private static func encode(_ scalar: UInt32, at target: UnsafeMutablePointer<UInt8>) -> Int {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (scalar >> shift & 0x3F)) }
    switch scalar {
    case 0..<0x80:
      target[0] = UInt8(scalar)
      return 1
    case 0x80..<0x800:
      target[0] = UInt8(0xC0 | scalar >> 6)
      target[1] = tail(0)
      return 2
    case 0x800..<0x10000:
      target[0] = UInt8(0xE0 | scalar >> 12)
      target[1] = tail(6)
      target[2] = tail(0)
      return 3
    default:
      target[0] = UInt8(0xF0 | scalar >> 18)
      target[1] = tail(12)
      target[2] = tail(6)
      target[3] = tail(0)
      return 4
    }
  }
}
