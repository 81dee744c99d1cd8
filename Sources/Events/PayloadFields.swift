/// The fields of a payload that the fold reads, found in one validating pass over its bytes.
///
/// Made once and used for any number of payloads: a scan allocates nothing but, past 64 levels
/// of nesting, a bit per level. It keeps a pointer to the payload that it scanned last, whose
/// bytes must stay where they are for as long as fields are read.
package struct PayloadFields: ~Copyable {
  /// What a payload turned out to be.
  package enum Shape: Sendable, Hashable {
    /// An object; its fields can be read.
    case object
    /// Valid JSON of another kind.
    case notAnObject
    /// An object that is valid, but nested deeper than 128 levels, itself being the first.
    case tooDeep
    /// No JSON; wrong from this byte on.
    case malformed(offset: Int)
  }

  /// The deepest nesting that folds, the payload itself being the first level.
  package static let depthMax = 128

  /// What the payload scanned last is.
  ///
  /// Anything but `.object` has no fields.
  package private(set) var shape = Shape.notAnObject

  private let table = PayloadKeyTable()
  private let values: UnsafeMutablePointer<Range<Int>>
  private let scratch: UnsafeMutablePointer<Scratch>
  private var payload = UnsafeRawBufferPointer(start: nil, count: 0)
  /// A bit per key: whether the payload has it, and whether its value is a string with escapes.
  private var present: UInt64 = 0
  private var escaped: UInt64 = 0

  package init() {
    let count = PayloadKey.allCases.count
    precondition(count <= 64, "the keys of a payload are kept as bits of one word")
    values = .allocate(capacity: count)
    values.initialize(repeating: 0..<0, count: count)
    scratch = .allocate(capacity: 1)
    scratch.initialize(to: Scratch())
  }

  deinit {
    values.deallocate()
    scratch.pointee.free()
    scratch.deallocate()
  }

  /// Validates a payload and finds its fields; of a key that stands twice the last one counts.
  package mutating func scan(_ payload: UnsafeRawBufferPointer) {
    self.payload = payload
    present = 0
    escaped = 0
    scratch.pointee.used = 0
    guard let start = payload.baseAddress else {
      shape = .malformed(offset: 0)
      return
    }
    var scanner = JSONScanner(
      base: start.assumingMemoryBound(to: UInt8.self),
      count: payload.count
    )
    var i = scanner.space(0)
    let isObject = i < payload.count && payload[i] == 0x7B
    if isObject {
      i = object(&scanner, at: i)
    } else {
      i = scanner.value(i, level: 1)
    }
    if i >= 0 {
      i = scanner.space(i)
      if i < payload.count { i = ~i }
    }
    if i < 0 {
      shape = .malformed(offset: ~i)
    } else if !isObject {
      shape = .notAnObject
    } else {
      shape = scanner.deepest > Self.depthMax ? .tooDeep : .object
    }
    if shape != .object { present = 0 }
  }

  private mutating func object(_ scanner: inout JSONScanner, at start: Int) -> Int {
    let payload = payload
    var present: UInt64 = 0
    var escaped: UInt64 = 0
    let end = scanner.object(start, level: 1) { member in
      let bytes = UnsafeRawBufferPointer(rebasing: payload[member.key])
      let found = member.keyHasEscape ? table.find(escaped: bytes) : table.find(bytes)
      guard let key = found else { return }
      let bit: UInt64 = 1 &<< UInt64(key.rawValue)
      present |= bit
      escaped = member.valueHasEscape ? escaped | bit : escaped & ~bit
      values[Int(key.rawValue)] = member.value
    }
    self.present = present
    self.escaped = escaped
    return end
  }
}

extension PayloadFields {
  /// The bytes of a value as they stand; `nil` where it is absent or null.
  @inline(__always)
  package func raw(_ key: PayloadKey) -> UnsafeRawBufferPointer? {
    guard present & (1 &<< UInt64(key.rawValue)) != 0 else { return nil }
    let bytes = UnsafeRawBufferPointer(rebasing: payload[values[Int(key.rawValue)]])
    return bytes[0] == 0x6E ? nil : bytes
  }

  /// A string in UTF-8; `nil` where it is absent, empty or no string.
  ///
  /// Without escapes it is a part of the payload, with escapes it lies in this value's own
  /// memory until the next scan.
  package func string(_ key: PayloadKey) -> UnsafeRawBufferPointer? {
    guard let bytes = raw(key), bytes[0] == 0x22, bytes.count > 2 else { return nil }
    let body = UnsafeRawBufferPointer(rebasing: bytes[1..<(bytes.count - 1)])
    guard escaped & (1 &<< UInt64(key.rawValue)) != 0 else { return body }
    return scratch.pointee.unescape(body)
  }

  /// A count from 0 to 2 to the 53rd; its fraction is cut off.
  package func count(_ key: PayloadKey) -> Int64? {
    number(key).flatMap { JSONDecimal.count($0) }
  }

  /// A number of tokens: a count up to 10 to the 12th.
  package func tokens(_ key: PayloadKey) -> Int64? {
    number(key).flatMap { JSONDecimal.count($0, atMost: CountLimit.tokens) }
  }

  /// A duration in milliseconds: a count up to 10 to the 11th, which is three years.
  package func duration(_ key: PayloadKey) -> Int64? {
    number(key).flatMap { JSONDecimal.count($0, atMost: CountLimit.milliseconds) }
  }

  /// A whole number of either sign and the size of a count; its fraction is cut off.
  package func signed(_ key: PayloadKey) -> Int64? {
    number(key).flatMap { JSONDecimal.signed($0) }
  }

  /// Dollars, as whole nano-dollars rounded half away from zero; `nil` past 64 bits.
  package func money(_ key: PayloadKey) -> Int64? {
    number(key).flatMap(JSONDecimal.nanodollars)
  }

  /// A truth value; `nil` where it is absent or anything else.
  package func bool(_ key: PayloadKey) -> Bool? {
    switch raw(key)?[0] {
    case 0x74: true
    case 0x66: false
    default: nil
    }
  }

  /// Whether the value is `true`.
  package func isTrue(_ key: PayloadKey) -> Bool {
    raw(key)?[0] == 0x74
  }

  /// Any value, for a closer look; `nil` where it is absent or null.
  package func value(_ key: PayloadKey) -> JSONValue? {
    raw(key).map(JSONValue.init(validated:))
  }

  /// Shows the members of a value that is an object, in their order, those that stand twice too.
  ///
  /// The bytes of a key are valid until `body` returns.
  package func forEachMember(
    of key: PayloadKey,
    _ body: (_ name: UnsafeRawBufferPointer, _ value: JSONValue) -> Void
  ) {
    value(key)?.forEachMember(body)
  }

  @inline(__always)
  private func number(_ key: PayloadKey) -> UnsafeRawBufferPointer? {
    guard let bytes = raw(key), bytes[0] &- 0x30 <= 9 || bytes[0] == 0x2D else { return nil }
    return bytes
  }
}

/// Where strings with escapes are decoded to, until the next scan.
///
/// Pointers into a block stay valid when another one is needed, so blocks are kept apart
/// until they are freed together.
private struct Scratch {
  var used = 0
  private var block = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
  private var retired: [UnsafeMutableBufferPointer<UInt8>] = []

  mutating func unescape(_ body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    if used == 0 { freeRetired() }
    if block.count - used < body.count {
      if used > 0 { retired.append(block) } else { block.deallocate() }
      block = .allocate(capacity: max(body.count, block.count * 2, 1024))
      used = 0
    }
    guard let base = block.baseAddress else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let length = JSONString.unescape(body, into: base + used)
    let decoded = UnsafeRawBufferPointer(start: base + used, count: length)
    used += length
    return decoded
  }

  mutating func free() {
    freeRetired()
    block.deallocate()
  }

  private mutating func freeRetired() {
    for block in retired { block.deallocate() }
    retired = []
  }
}
