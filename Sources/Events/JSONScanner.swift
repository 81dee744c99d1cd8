/// The one pass over JSON bytes that everything else here is built on.
///
/// It validates whole texts by RFC 8259: structure, literals, numbers, escapes, and UTF-8
/// without overlong forms, surrogates or code points out of range. It builds nothing and
/// does not recurse, so a text of a million levels costs a bit per level.
///
/// Each function takes the offset to start from and answers the offset after what it read,
/// or the complement (`~`) of the offset at which the text is wrong. The complement of
/// `count` means that the text breaks off. A plain `Int` stays in a register, where a thrown
/// error or an optional would cost a branch and a word per value.
struct JSONScanner {
  let base: UnsafePointer<UInt8>
  let count: Int

  /// Whether the string read last holds an escape.
  var sawEscape = false
  /// The deepest level met so far; a text that is one scalar has depth 0.
  var deepest = 0

  init(base: UnsafePointer<UInt8>, count: Int) {
    self.base = base
    self.count = count
  }

  /// Skips white space.
  @inline(__always)
  func space(_ start: Int) -> Int {
    var i = start
    while i < count {
      let byte = base[i]
      // Compact JSON has no space at all: one comparison settles the common case.
      if byte > 0x20 { break }
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
      i &+= 1
    }
    return i
  }

  /// Reads one value; `start` must be at its first byte, `level` is that of a container there.
  @inline(__always)
  mutating func value(_ start: Int, level: Int) -> Int {
    guard start < count else { return ~count }
    switch base[start] {
    case 0x22: return string(start &+ 1)
    case 0x7B, 0x5B: return container(start, level: level)
    default: return scalar(start)
    }
  }

  /// Reads a number, `true`, `false` or `null`.
  @inline(__always)
  func scalar(_ start: Int) -> Int {
    switch base[start] {
    case 0x74: literal(start, "true")
    case 0x66: literal(start, "false")
    case 0x6E: literal(start, "null")
    default: number(start)
    }
  }

  @inline(__always)
  private func literal(_ start: Int, _ word: StaticString) -> Int {
    let length = word.utf8CodeUnitCount
    let letters = word.utf8Start
    var i = 1
    while i < length {
      guard start &+ i < count else { return ~count }
      guard base[start &+ i] == letters[i] else { return ~(start &+ i) }
      i &+= 1
    }
    return start &+ length
  }

  /// Reads the object or array whose opening bracket is at `start`, with all that is in it.
  mutating func container(_ start: Int, level: Int) -> Int {
    var inObject = base[start] == 0x7B
    var stack = BracketStack(inObject)
    var depth = level
    if depth > deepest { deepest = depth }
    var i = start &+ 1
    var isFresh = true

    while true {
      i = space(i)
      guard i < count else { return ~count }
      var byte = base[i]

      if isFresh && byte == (inObject ? 0x7D : 0x5D) {
        i &+= 1
      } else {
        if inObject {
          guard byte == 0x22 else { return ~i }
          i = string(i &+ 1)
          if i < 0 { return i }
          i = colon(i)
          if i < 0 { return i }
          guard i < count else { return ~count }
          byte = base[i]
        }
        switch byte {
        case 0x22:
          i = string(i &+ 1)
        case 0x7B, 0x5B:
          inObject = byte == 0x7B
          stack.push(inObject)
          depth &+= 1
          if depth > deepest { deepest = depth }
          i &+= 1
          isFresh = true
          continue
        default:
          i = scalar(i)
        }
        if i < 0 { return i }
        // A comma brings the next member; else brackets close until one does not.
        i = space(i)
        guard i < count else { return ~count }
        if base[i] == 0x2C {
          i &+= 1
          isFresh = false
          continue
        }
        guard base[i] == (inObject ? 0x7D : 0x5D) else { return ~i }
        i &+= 1
      }

      // A bracket has just closed.
      while true {
        guard let outer = stack.pop() else { return i }
        inObject = outer
        depth &-= 1
        i = space(i)
        guard i < count else { return ~count }
        if base[i] == 0x2C { break }
        guard base[i] == (inObject ? 0x7D : 0x5D) else { return ~i }
        i &+= 1
      }
      i &+= 1
      isFresh = false
    }
  }

  /// Skips to the value after a key.
  @inline(__always)
  func colon(_ start: Int) -> Int {
    let i = space(start)
    guard i < count else { return ~count }
    guard base[i] == 0x3A else { return ~i }
    return space(i &+ 1)
  }

  /// The error that a negative answer stands for.
  func error(_ answer: Int) -> JSONError {
    JSONError(offset: ~answer, isTruncated: ~answer >= count)
  }
}

/// Which kind of bracket is open at each level: a bit per level, and memory only past 64.
private struct BracketStack {
  private var bits: UInt64
  private var size = 1
  private var spilled: [UInt64] = []

  init(_ isObject: Bool) {
    bits = isObject ? 1 : 0
  }

  @inline(__always)
  mutating func push(_ isObject: Bool) {
    if size == 64 {
      spilled.append(bits)
      size = 0
    }
    bits = bits &<< 1 | (isObject ? 1 : 0)
    size &+= 1
  }

  /// Closes the innermost bracket; answers whether the one around it is an object's.
  @inline(__always)
  mutating func pop() -> Bool? {
    bits &>>= 1
    size &-= 1
    if size == 0 {
      guard let word = spilled.popLast() else { return nil }
      bits = word
      size = 64
    }
    return bits & 1 == 1
  }
}
