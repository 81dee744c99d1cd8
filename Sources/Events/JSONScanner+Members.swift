/// A member of an object, as offsets into the text.
struct JSONMember {
  /// The key without its quotes.
  var key: Range<Int>
  var keyHasEscape: Bool
  /// The value as it stands, quotes and all.
  var value: Range<Int>
  /// Whether the value is a string with an escape.
  var valueHasEscape: Bool
}

extension JSONScanner {
  /// Reads the object whose bracket is at `start`, showing each of its own members.
  @inline(__always)
  mutating func object(_ start: Int, level: Int, _ visit: (JSONMember) -> Void) -> Int {
    if level > deepest { deepest = level }
    var i = space(start &+ 1)
    guard i < count else { return ~count }
    if base[i] == 0x7D { return i &+ 1 }
    while true {
      guard i < count else { return ~count }
      guard base[i] == 0x22 else { return ~i }
      let keyStart = i &+ 1
      i = string(keyStart)
      if i < 0 { return i }
      let key = Range(uncheckedBounds: (keyStart, i &- 1))
      let keyHasEscape = sawEscape
      let valueStart = colon(i)
      if valueStart < 0 { return valueStart }
      sawEscape = false
      i = value(valueStart, level: level &+ 1)
      if i < 0 { return i }
      // Only a string's own escapes count, not those of strings inside a container.
      let isString = base[valueStart] == 0x22
      visit(
        JSONMember(
          key: key,
          keyHasEscape: keyHasEscape,
          value: Range(uncheckedBounds: (valueStart, i)),
          valueHasEscape: isString && sawEscape
        )
      )
      i = space(i)
      guard i < count else { return ~count }
      if base[i] == 0x7D { return i &+ 1 }
      guard base[i] == 0x2C else { return ~i }
      i = space(i &+ 1)
    }
  }

  /// Reads the array whose bracket is at `start`, showing where each of its elements stands.
  @inline(__always)
  mutating func array(_ start: Int, level: Int, _ visit: (Range<Int>) -> Void) -> Int {
    if level > deepest { deepest = level }
    var i = space(start &+ 1)
    guard i < count else { return ~count }
    if base[i] == 0x5D { return i &+ 1 }
    while true {
      let elementStart = i
      i = value(elementStart, level: level &+ 1)
      if i < 0 { return i }
      visit(Range(uncheckedBounds: (elementStart, i)))
      i = space(i)
      guard i < count else { return ~count }
      if base[i] == 0x5D { return i &+ 1 }
      guard base[i] == 0x2C else { return ~i }
      i = space(i &+ 1)
    }
  }
}
