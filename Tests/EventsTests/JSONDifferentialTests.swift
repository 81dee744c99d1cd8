import Events
import FoundationEssentials
import TestSupport
import Testing

/// Two readers that share no code must agree on what is JSON, and on what it says.
@Suite("The scanner against Foundation's decoder")
struct JSONDifferentialTests {
  @Test("Texts made by chance are read alike", arguments: 0..<8)
  func readsAlike(_ seed: UInt64) {
    var maker = TextMaker(seed: seed)
    for _ in 0..<150 {
      let text = maker.text()
      let theirs = try? JSONDecoder().decode(Tree.self, from: Data(text.utf8))
      #expect(tree(Array(text.utf8)) == theirs, "\(text)")
    }
  }

  @Test("Damaged texts are judged alike", arguments: 0..<8)
  func judgesAlike(_ seed: UInt64) {
    var maker = TextMaker(seed: seed &+ 1000)
    var refused = 0
    for _ in 0..<1_000 {
      var bytes = Array(maker.text().utf8)
      maker.damage(&bytes)
      guard Self.isComparable(bytes) else { continue }
      let theirs = try? JSONDecoder().decode(Tree.self, from: Data(bytes))
      let ours = tree(bytes)
      if theirs == nil { refused += 1 }
      #expect(ours == theirs, "\(String(decoding: bytes, as: UTF8.self)) \(bytes)")
    }
    #expect(refused > 300)
  }

  @Test("Fields of a payload are what the decoder finds", arguments: 0..<4)
  func findsFields(_ seed: UInt64) {
    var maker = TextMaker(seed: seed &+ 2000)
    var fields = PayloadFields()
    for _ in 0..<300 {
      let text = maker.payload()
      let theirs = try? JSONDecoder().decode(Tree.self, from: Data(text.utf8))
      guard case .object(let members)? = theirs else {
        Issue.record("the decoder refused \(text)")
        continue
      }
      Array(text.utf8).withUnsafeBytes { bytes in
        fields.scan(bytes)
        #expect(fields.shape == .object)
        for key in PayloadKey.allCases {
          let theirs = members["\(key.name)"]
          if case .string(let string)? = theirs, !string.isEmpty {
            #expect(fields.text(key) == string, "\(text)")
          } else {
            #expect(fields.text(key) == nil, "\(text)")
          }
          if case .bool(let bool)? = theirs {
            #expect(fields.bool(key) == bool)
          } else {
            #expect(fields.bool(key) == nil)
          }
          if case .number(let number)? = theirs, number >= 0, number <= 9_007_199_254_740_992 {
            // A double may round to the next integer what this store cuts off exactly.
            let distance = (fields.count(key) ?? .max) - Int64(number)
            #expect(abs(distance) <= 1, "\(text)")
          } else {
            #expect(fields.count(key) == nil, "\(text)")
          }
          #expect((fields.raw(key) == nil) == (theirs == nil || theirs == .null))
        }
      }
    }
  }

  /// Where the decoder is known to differ: it sniffs UTF-16 and UTF-32 by NUL bytes and byte
  /// order marks, and refuses escapes of half a surrogate pair, numbers out of range, and `0.5e1`.
  static func isComparable(_ bytes: [UInt8]) -> Bool {
    if bytes.contains(0) || bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return false }
    if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) { return false }
    if hasNumberOnlyWeTake(bytes) { return false }
    var backslash = false
    for (i, byte) in bytes.enumerated() {
      if backslash && byte == 0x75 && i + 1 < bytes.count && bytes[i + 1] | 0x20 == 0x64 {
        return false
      }
      backslash = byte == 0x5C && !backslash
    }
    return true
  }

  private static func hasNumberOnlyWeTake(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.contains(/[eE][+-]?[0-9]{3}/) || text.contains(/(^|[^0-9.])0(\.[0-9]+)?[eE]/)
  }
}

extension Tree: Decodable {
  init(from decoder: any Decoder) throws {
    if let box = try? decoder.container(keyedBy: AnyKey.self) {
      var members: [String: Tree] = [:]
      for key in box.allKeys { members[key.stringValue] = try box.decode(Tree.self, forKey: key) }
      self = .object(members)
    } else if var list = try? decoder.unkeyedContainer() {
      var elements: [Tree] = []
      while !list.isAtEnd { elements.append(try list.decode(Tree.self)) }
      self = .array(elements)
    } else {
      let one = try decoder.singleValueContainer()
      if one.decodeNil() {
        self = .null
      } else if let bool = try? one.decode(Bool.self) {
        self = .bool(bool)
      } else if let string = try? one.decode(String.self) {
        self = .string(string)
      } else {
        self = .number(try one.decode(Double.self))
      }
    }
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// Makes JSON texts and damages them.
private struct TextMaker {
  private var generator: SeededNumbers

  init(seed: UInt64) {
    generator = SeededNumbers(seed: seed)
  }

  mutating func text() -> String {
    space() + value(4) + space()
  }

  mutating func payload() -> String {
    var members: [String] = []
    for key in PayloadKey.allCases.shuffled(using: &generator).prefix(12) {
      members.append(quoted("\(key.name)", escaping: roll(6) == 0) + ":" + value(2))
    }
    members.append(string() + ":" + value(3))
    return "{" + members.joined(separator: space() + "," + space()) + "}"
  }

  mutating func damage(_ bytes: inout [UInt8]) {
    let pool =
      Array("{}[]\",:\\u0123-+.eE tfn\n\u{1}aé".utf8) + [0x80, 0xC0, 0xE0, 0xED, 0xF5, 0xFF]
    for _ in 0...roll(2) where !bytes.isEmpty {
      let place = roll(bytes.count)
      let byte = pool[roll(pool.count)]
      switch roll(5) {
      case 0: bytes[place] = byte
      case 1: bytes.insert(byte, at: place)
      case 2: bytes.remove(at: place)
      case 3: bytes.removeLast(roll(bytes.count))
      default: bytes.insert(contentsOf: bytes[place...].prefix(roll(6)), at: place)
      }
    }
  }

  private mutating func roll(_ n: Int) -> Int { Int.random(in: 0..<n, using: &generator) }

  private mutating func space() -> String {
    roll(3) == 0 ? [" ", "\n", "\t ", "\r\n"][roll(4)] : ""
  }

  private mutating func value(_ depth: Int) -> String {
    switch roll(depth > 0 ? 8 : 6) {
    case 0: return ["true", "false", "null"][roll(3)]
    case 1, 2: return number()
    case 3, 4, 5: return string()
    case 6:
      return "[" + (0..<roll(4)).map { _ in space() + value(depth - 1) }.joined(separator: ",")
        + "]"
    default:
      // Each key once: the decoder and this store differ on which of two counts.
      let members = (0..<roll(4)).map { i in
        quoted("\(i)" + word(), escaping: roll(4) == 0) + space() + ":" + value(depth - 1)
      }
      return "{" + members.joined(separator: "," + space()) + "}"
    }
  }

  private mutating func number() -> String {
    let sign = roll(4) == 0 ? "-" : ""
    let whole =
      roll(3) == 0 ? "0" : "\(1 + roll(9))" + (0..<roll(17)).map { _ in "\(roll(10))" }.joined()
    let fraction = roll(3) == 0 ? "." + (0...roll(12)).map { _ in "\(roll(10))" }.joined() : ""
    // The decoder refuses exponents on numbers that begin with a zero.
    let hasExponent = whole != "0" && roll(4) == 0
    let exponent = hasExponent ? ["e", "E+", "e-"][roll(3)] + "\(roll(20))" : ""
    return sign + whole + fraction + exponent
  }

  private mutating func word() -> String {
    let letters = Array("abcdefghijklmnop qrst\"\\/\n\t\u{1}é€𝄞日本語\u{7F}")
    return String((0..<roll([3, 12, 60][roll(3)])).map { _ in letters[roll(letters.count)] })
  }

  private mutating func string() -> String { quoted(word(), escaping: roll(3) == 0) }

  private mutating func quoted(_ text: String, escaping: Bool) -> String {
    var json = "\""
    for unit in text.utf16 {
      let mustEscape = unit < 0x20 || unit == 0x22 || unit == 0x5C
      if mustEscape || (escaping && roll(3) == 0) {
        let digits = String(unit, radix: 16, uppercase: roll(2) == 0)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else if Unicode.Scalar(unit) != nil {
        json.unicodeScalars.append(Unicode.Scalar(unit) ?? "?")
      } else {
        json += "\\u" + String(unit, radix: 16)
      }
    }
    return json + "\""
  }
}
