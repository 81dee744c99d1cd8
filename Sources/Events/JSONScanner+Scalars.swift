extension JSONScanner {
  /// Reads a string; `start` is after its opening quote, the answer after its closing one.
  @inline(__always)
  mutating func string(_ start: Int) -> Int {
    // Most strings are short keys or values, without anything to look at twice.
    var i = start
    if i &+ 8 <= count {
      let hits = Self.special(load(i))
      if hits != 0 {
        i &+= hits.trailingZeroBitCount &>> 3
        if base[i] == 0x22 {
          sawEscape = false
          return i &+ 1
        }
      } else {
        i &+= 8
      }
    }
    return longString(i)
  }

  @inline(never)
  private mutating func longString(_ start: Int) -> Int {
    var i = start
    var escaped = false
    defer { sawEscape = escaped }
    while true {
      i = plain(i)
      guard i < count else { return ~count }
      let byte = base[i]
      if byte == 0x22 { return i &+ 1 }
      if byte == 0x5C {
        escaped = true
        i = escape(i)
        if i < 0 { return i }
      } else if byte >= 0x80 {
        i = multibyte(i)
        if i < 0 { return i }
      } else {
        return ~i  // a control character
      }
    }
  }

  /// Skips bytes that need no second look; stops at a quote, a backslash, a control
  /// character or a byte above ASCII.
  @inline(__always)
  private func plain(_ start: Int) -> Int {
    var i = start
    while i &+ 32 <= count {
      let first = Self.special(load(i))
      let second = Self.special(load(i &+ 8))
      let third = Self.special(load(i &+ 16))
      let fourth = Self.special(load(i &+ 24))
      guard first | second | third | fourth == 0 else { break }
      i &+= 32
    }
    while i &+ 8 <= count {
      let hits = Self.special(load(i))
      if hits != 0 { return i &+ hits.trailingZeroBitCount &>> 3 }
      i &+= 8
    }
    while i < count {
      let byte = base[i]
      if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { break }
      i &+= 1
    }
    return i
  }

  /// Eight bytes, the first in the lowest place.
  @inline(__always)
  private func load(_ i: Int) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(base + i).loadUnaligned(as: UInt64.self))
  }

  /// Marks, by the top bit of each byte, quotes, backslashes, controls and non-ASCII.
  ///
  /// A borrow can mark a byte above a true hit by mistake, never below it: the lowest mark
  /// is always true, and no mark at all means that there is nothing.
  @inline(__always)
  static func special(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = (word ^ (ones &* 0x22)) &- ones
    let backslashes = (word ^ (ones &* 0x5C)) &- ones
    let controls = word &- (ones &* 0x20)
    return (quotes | backslashes | controls | word) & (ones &* 0x80)
  }

  /// Reads an escape, from its backslash on.
  private func escape(_ start: Int) -> Int {
    guard start &+ 1 < count else { return ~count }
    switch base[start &+ 1] {
    case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74:
      return start &+ 2
    case 0x75:
      for i in (start &+ 2)..<(start &+ 6) {
        guard i < count else { return ~count }
        guard Self.hexDigit(base[i]) != nil else { return ~i }
      }
      return start &+ 6
    default:
      return ~(start &+ 1)
    }
  }

  /// Reads a run of characters above ASCII, checking each by table 3-7 of the Unicode Standard.
  private func multibyte(_ start: Int) -> Int {
    var i = start
    while i < count {
      let lead = base[i]
      if lead < 0x80 { break }
      let length: Int
      var low: UInt8 = 0x80
      var high: UInt8 = 0xBF
      switch lead {
      case 0xC2...0xDF: length = 2
      case 0xE1...0xEC, 0xEE, 0xEF: length = 3
      case 0xF1...0xF3: length = 4
      case 0xE0: (length, low) = (3, 0xA0)
      case 0xED: (length, high) = (3, 0x9F)
      case 0xF0: (length, low) = (4, 0x90)
      case 0xF4: (length, high) = (4, 0x8F)
      default: return ~i
      }
      guard i &+ 1 < count else { return ~count }
      guard base[i &+ 1] >= low && base[i &+ 1] <= high else { return ~(i &+ 1) }
      var k = 2
      while k < length {
        guard i &+ k < count else { return ~count }
        guard base[i &+ k] & 0xC0 == 0x80 else { return ~(i &+ k) }
        k &+= 1
      }
      i &+= length
    }
    return i
  }

  /// Reads a number.
  @inline(__always)
  func number(_ start: Int) -> Int {
    var i = start
    if base[i] == 0x2D {
      i &+= 1
      guard i < count else { return ~count }
    }
    if base[i] == 0x30 {
      i &+= 1
    } else {
      let end = digits(i)
      if end < 0 { return end }
      i = end
    }
    if i < count && base[i] == 0x2E {
      i = digits(i &+ 1)
      if i < 0 { return i }
    }
    if i < count && base[i] | 0x20 == 0x65 {
      i &+= 1
      if i < count && (base[i] == 0x2B || base[i] == 0x2D) { i &+= 1 }
      i = digits(i)
    }
    return i
  }

  /// Reads at least one digit.
  @inline(__always)
  private func digits(_ start: Int) -> Int {
    var i = start
    while i < count && base[i] &- 0x30 <= 9 { i &+= 1 }
    if i == start { return ~i }
    return i
  }

  /// What a hexadecimal digit of either case stands for.
  @inline(__always)
  static func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte) - 0x30
    case 0x41...0x46: UInt32(byte) - 0x37
    case 0x61...0x66: UInt32(byte) - 0x57
    default: nil
    }
  }
}
