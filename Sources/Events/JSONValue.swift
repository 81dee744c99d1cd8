/// A look at one value of a JSON text that was found valid, without copying it.
///
/// It points into the text, which must stay where it is for as long as the value is used.
/// Nothing is built: each question reads the bytes again, so a big object that is asked for
/// many keys is better read once, as a ``JSONObject``.
package struct JSONValue {
  /// What a value is.
  package enum Kind: Sendable { case object, array, string, number, bool, null }

  /// The value as it stands, without space around it.
  package let raw: UnsafeRawBufferPointer

  /// Looks at bytes that are one valid value, with no space around it.
  init(validated raw: UnsafeRawBufferPointer) {
    self.raw = raw
  }

  /// Validates a whole text, which is one value and nothing but space around it.
  package static func parse(_ text: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
    let (value, end) = try parsePrefix(text)
    guard end == text.count else { throw JSONError(offset: end, isTruncated: false) }
    return value
  }

  /// Validates the value at the front of a text, and says where the next thing begins.
  ///
  /// `end` is behind the value and the space that follows it: the whole count where nothing
  /// else does.
  package static func parsePrefix(
    _ text: UnsafeRawBufferPointer
  ) throws(JSONError) -> (value: JSONValue, end: Int) {
    guard let start = text.baseAddress else { throw JSONError(offset: 0, isTruncated: true) }
    var scanner = JSONScanner(
      base: start.assumingMemoryBound(to: UInt8.self),
      count: text.count
    )
    let first = scanner.space(0)
    let end = scanner.value(first, level: 1)
    guard end >= 0 else { throw scanner.error(end) }
    let value = JSONValue(validated: UnsafeRawBufferPointer(rebasing: text[first..<end]))
    return (value, scanner.space(end))
  }

  /// What the value is.
  package var kind: Kind {
    switch raw[0] {
    case 0x7B: .object
    case 0x5B: .array
    case 0x22: .string
    case 0x74, 0x66: .bool
    case 0x6E: .null
    default: .number
    }
  }

  /// Whether it is an object.
  package var isObject: Bool { raw[0] == 0x7B }

  /// Whether it is an array.
  package var isArray: Bool { raw[0] == 0x5B }

  /// Whether it is `null`.
  package var isNull: Bool { raw[0] == 0x6E }

  /// A truth value.
  package var bool: Bool? {
    switch raw[0] {
    case 0x74: true
    case 0x66: false
    default: nil
    }
  }

  /// A string, an empty one too.
  package var string: String? {
    guard let body = stringBody else { return nil }
    return JSONString.string(body, hasEscape: body.contains(0x5C))
  }

  /// A string that is not empty.
  package var text: String? {
    raw.count > 2 ? string : nil
  }

  /// The bytes between the quotes of a string, escapes as they stand.
  package var stringBody: UnsafeRawBufferPointer? {
    guard raw[0] == 0x22 else { return nil }
    return UnsafeRawBufferPointer(rebasing: raw[1..<(raw.count - 1)])
  }

  /// Whether it is the string `text`, however it is escaped.
  package func equals(_ text: StaticString) -> Bool {
    guard let body = stringBody else { return false }
    return JSONValue.matches(body, text)
  }

  /// An integer of 64 bits, `1.0` and `1e3` too.
  package var int: Int64? { number.flatMap(JSONDecimal.integer) }

  /// A count from 0 to 2 to the 53rd; its fraction is cut off.
  package var count: Int64? { number.flatMap { JSONDecimal.count($0) } }

  /// A number of tokens: a count up to 10 to the 12th.
  package var tokens: Int64? {
    number.flatMap { JSONDecimal.count($0, atMost: CountLimit.tokens) }
  }

  /// Dollars, as whole nano-dollars rounded half away from zero.
  package var money: Int64? { number.flatMap(JSONDecimal.nanodollars) }

  /// A number times a power of ten as an integer, rounded half away from zero.
  package func rounded(timesTenTo power: Int) -> Int64? {
    number.flatMap { JSONDecimal.rounded($0, timesTenTo: power) }
  }

  /// The nearest double; `nil` where there is none.
  package var double: Double? {
    guard let number, let value = Double(String(decoding: number, as: UTF8.self)),
      value.isFinite
    else { return nil }
    return value
  }

  private var number: UnsafeRawBufferPointer? {
    raw[0] &- 0x30 <= 9 || raw[0] == 0x2D ? raw : nil
  }
}
