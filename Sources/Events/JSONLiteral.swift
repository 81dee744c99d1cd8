/// JSON written down as Swift literals, for payloads made by hand.
///
/// ```swift
/// let input: JSONLiteral = ["command": "swift build", "timeout": 120]
/// ```
/// The members of an object keep the order in which they are written.
public enum JSONLiteral: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// An integer.
  case integer(Int64)
  /// Any other number; one that is infinite or none at all is written as `null`.
  case number(Double)
  /// A string.
  case string(String)
  /// An array.
  case array([JSONLiteral])
  /// An object.
  case object([Member])

  /// One member of an object.
  public struct Member: Sendable, Hashable {
    /// The key.
    public var key: String
    /// The value.
    public var value: JSONLiteral

    /// Makes a member.
    public init(_ key: String, _ value: JSONLiteral) {
      self.key = key
      self.value = value
    }
  }
}

extension JSONLiteral: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// Makes `null`.
  public init(nilLiteral: ()) { self = .null }

  /// Makes `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }

  /// Makes an integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }

  /// Makes a number.
  public init(floatLiteral value: Double) { self = .number(value) }

  /// Makes a string.
  public init(stringLiteral value: String) { self = .string(value) }

  /// Makes an array.
  public init(arrayLiteral elements: JSONLiteral...) { self = .array(elements) }

  /// Makes an object.
  public init(dictionaryLiteral elements: (String, JSONLiteral)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}

extension JSONLiteral: JSONWritable {
  package func write(to json: inout JSONWriter) {
    switch self {
    case .null: json.null()
    case .bool(let value): json.element(value)
    case .integer(let value): json.element(value)
    case .number(let value): json.element(value)
    case .string(let value): json.element(value)
    case .array(let elements): json.element(elements)
    case .object(let members):
      json.object { json in
        for member in members { json.member(member.key, member.value) }
      }
    }
  }
}
