import Events
import Testing

@Suite("What is JSON and what is not")
struct JSONConformanceTests {
  static let accepted: [String] = [
    "{}", "[]", "0", "-0", "1", "-1", "12345678901234567890", "0.0", "-0.5", "1e3", "1E+3",
    "1e-3", "0e0", "0E+0", "1.5e400", "123.456e-789", "\"\"", "\"a\"", "true", "false", "null",
    " {} ", "\t[\n]\r\n", "[1]", "[1,2]", "[ 1 , 2 ]", "[[]]", "[[],[]]", "[{}]", "{\"a\":1}",
    "{ \"a\" : 1 }", "{\"a\":1,\"b\":2}", "{\"a\":1,\"a\":2}", "{\"\":0}", "{\"a\":{}}",
    "{\"a\":[]}", "{\"a\":{\"b\":[{\"c\":null}]}}", "[null,true,false]", "[\"\",\"x\"]",
    #""\"""#, #""\\""#, #""\/""#, #""\b\f\n\r\t""#, #""\u0000""#, #""\u0041""#, #""\uABCD""#,
    #""\uabcd""#, #""\uD834\uDD1E""#, #""\uD800""#, #""\uDC00""#, #""\uDC00\uD800""#,
    #""\uD800\uD800\uDC00""#, #""\\u0041""#, #"{"\u0061":1}"#, "\"\u{7F}\"", "\"\u{80}\"",
    "\"é\"", "\"€\"", "\"𝄞\"", "\"\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"",
    "\"\u{D7FF}\u{E000}\"", "\"\u{2028}\u{2029}\"", "\"\u{FEFF}\"",
    "\"12345678\"", "\"1234567\"", "\"123456789012345678901234567890123456789\"",
    "\"1234567é\"", "\"12345678é\"", #""1234567\n""#, #""12345678\n""#, "[1,[2,[3,[4,[5]]]]]",
    "{\"a\":\"b\",\"c\":[1,{\"d\":\"e\"}],\"f\":{}}",
  ]

  static let refused: [String] = [
    "", " ", "\n", "{", "}", "[", "]", "\"", "-", "+", ".", "e", ",", ":", "{]", "[}", "{}}",
    "[]]", "{}{}", "[][]", "1 2", "{},", "[,]", "[1,]", "[,1]", "[1 2]", "[1,,2]", "[1:2]",
    "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\" 1}", "{\"a\"::1}", "{:1}", "{1:1}",
    "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}", "{\"a\":1;\"b\":2}", "{null:1}", "{[]:1}",
    "{\"a\":1]", "[{\"a\":1]}", "[1}", "01", "-01", "00", "1.", ".5", "-.5", "1.e3", "1e", "1e+",
    "1e-", "1E", "1e3.5", "1.2.3", "--1", "+1", "0x10", "1_000", "1,000", "Infinity", "-Infinity",
    "NaN", "tru", "truee", "True", "TRUE", "fals", "falsee", "nul", "nulll", "nil", "undefined",
    "t", "f", "n", "\"a", "a\"", "'a'", "\"\\\"", "\"\\", "\"\\x41\"", "\"\\a\"", "\"\\0\"",
    "\"\\'\"", "\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\u12",
    "\"\\U0041\"", "\"\u{0}\"", "\"\u{1}\"", "\"\u{1F}\"", "\"a\nb\"", "\"a\tb\"",
    "\"12345678\u{1F}\"", "\"1234567\n\"", "\u{FEFF}{}", "{}\u{0}", "\u{0}", "\u{B}1", "\u{C}1",
    "\u{A0}1", "1\u{2028}", "// x\n1", "/* x */1", "1//", "[1]x", "#1", "{\"a\":/**/1}", "[a]",
    "[\"a\"", "[1", "[1,", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,\"b",
    "[true", "[tru]", "*", "<null>", "\\u000A\"\"", "[\u{0}]", "é",
  ]

  /// Bytes that are no UTF-8, inside a string and also behind eight plain ones.
  static let brokenUTF8: [[UInt8]] = [
    [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xC2, 0xC2],
    [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x20], [0xE1, 0x20, 0x80],
    [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
    [0xF0, 0x8F, 0xBF, 0xBF], [0xF1, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x20], [0xF1, 0x80, 0x20],
    [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE],
    [0xFF],
  ]

  @Test("Texts that RFC 8259 allows are read", arguments: accepted)
  func accepts(_ text: String) {
    #expect(jsonProblem(Array(text.utf8)) == nil)
  }

  @Test("Texts that it does not allow are refused", arguments: refused)
  func refuses(_ text: String) {
    #expect(jsonProblem(Array(text.utf8)) != nil)
  }

  @Test("Bytes that are no UTF-8 are refused wherever they stand", arguments: brokenUTF8)
  func refusesBrokenUTF8(_ bytes: [UInt8]) {
    let quote = Array("\"".utf8)
    #expect(jsonProblem(quote + bytes + quote) != nil)
    #expect(jsonProblem(quote + Array("12345678é".utf8) + bytes + quote) != nil)
    #expect(jsonProblem(Array("{\"".utf8) + bytes + Array("\":1}".utf8)) != nil)
  }

  @Test("A payload is judged as the same text is", arguments: accepted + refused)
  func payloadsAgree(_ text: String) {
    let shape = scanned(text) { $0.shape }
    if let problem = jsonProblem(Array(text.utf8)) {
      #expect(shape == .malformed(offset: problem.offset))
    } else {
      let isObject = text.drop { $0.isWhitespace }.first == "{"
      #expect(shape == (isObject ? .object : .notAnObject))
    }
  }

  @Test("A text that only breaks off is told from one that is wrong")
  func tellsTornFromWrong() {
    let whole = Array(#"{"a":[1,"x\u00e9é",true,null,{"b":-1.5e+3}],"c":"𝄞"}"#.utf8)
    #expect(jsonProblem(whole) == nil)
    for length in 0..<whole.count {
      let torn = Array(whole[..<length])
      #expect(jsonProblem(torn) == JSONError(offset: length, isTruncated: true), "\(length)")
    }
    #expect(jsonProblem(Array("[1,x]".utf8)) == JSONError(offset: 3, isTruncated: false))
  }

  @Test(
    "A character that is escaped by the kilobyte is read",
    arguments: [1, 7, 8, 31, 32, 33, 999]
  )
  func readsAcrossWordBounds(_ length: Int) {
    for filler in ["a", "é", #"\n"#, "𝄞"] {
      let body = String(repeating: "x", count: length) + filler
      let json = "\"" + body + body + "\""
      #expect(jsonProblem(Array(json.utf8)) == nil)
    }
  }

  @Test("A control character is refused in every place of a string", arguments: UInt8(0)..<0x20)
  func controls(_ control: UInt8) {
    for place in 0..<48 {
      var text = [0x22] + Array(repeating: UInt8(0x20), count: 48) + [0x22]
      text[1 + place] = control
      #expect(jsonProblem(text) == JSONError(offset: 1 + place, isTruncated: false))
    }
  }
}
