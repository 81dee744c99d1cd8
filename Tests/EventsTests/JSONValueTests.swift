import Events
import Testing

@Suite("A look at a value")
struct JSONValueTests {
  static func look<R>(_ json: String, _ body: (JSONValue) throws -> R) throws -> R {
    try Array(json.utf8).withUnsafeBytes { try body(try JSONValue.parse($0)) }
  }

  @Test("Members are found by name, the last one, and null is absent")
  func members() throws {
    try Self.look(#" {"a":1,"b":{"c":"x\u00e9"},"a":2,"n":null,"\u0064":true} "#) { value in
      #expect(value.isObject)
      #expect(value["a"]?.int == 2)
      #expect(value["b"]?["c"]?.string == "xé")
      #expect(value["b"]?["c"]?.equals("xé") == true)
      #expect(value["n"] == nil)
      #expect(value["d"]?.bool == true)
      #expect(value["e"] == nil)
      #expect(value["a"]?["a"] == nil)
      let object = try #require(JSONObject(value))
      #expect(object.count("a") == 2)
      #expect(object.isTrue("d"))
      #expect(object["n"] == nil)
      #expect(object.object("b")?.text("c") == "xé")
      #expect(object.object("a") == nil)
      #expect(object.text("a") == nil)
    }
  }

  @Test(
    "Numbers are read as what they are asked for",
    arguments: [
      ("1", 1, 1.0), ("1.0", 1, 1.0), ("-1e2", -100, -100.0), ("1.5", nil, 1.5),
      ("9223372036854775807", .max, 9_223_372_036_854_775_807.0),
      ("-9223372036854775808", .min, -9_223_372_036_854_775_808.0),
      ("9223372036854775808", nil, 9_223_372_036_854_775_808.0), ("1e400", nil, nil),
      ("\"1\"", nil, nil),
      ("-0", 0, -0.0), ("1e-400", nil, 0),
    ] as [(String, Int64?, Double?)]
  )
  func numbers(_ json: String, _ int: Int64?, _ double: Double?) throws {
    try Self.look(json) { value in
      #expect(value.int == int)
      #expect(value.double == double)
    }
  }

  @Test("Elements are shown in order")
  func elements() throws {
    try Self.look(#"[1, "a]", [2,[3]], {"x":[4]}, null]"#) { value in
      var seen: [String] = []
      value.forEachElement { seen.append(String(decoding: $0.raw, as: UTF8.self)) }
      #expect(seen == ["1", "\"a]\"", "[2,[3]]", "{\"x\":[4]}", "null"])
    }
    try Self.look("[ ]") { $0.forEachElement { _ in Issue.record("nothing is in it") } }
    try Self.look("{}") { $0.forEachElement { _ in Issue.record("it is no array") } }
  }

  @Test("Glued values are read one after another")
  func glued() throws {
    let text = Array(" {\"a\":1}{\"b\":2} [3]\n{\"c\"".utf8)
    try text.withUnsafeBytes { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      var seen: [String] = []
      for _ in 0..<3 {
        let (value, end) = try JSONValue.parsePrefix(rest)
        seen.append(String(decoding: value.raw, as: UTF8.self))
        rest = UnsafeRawBufferPointer(rebasing: rest[end...])
      }
      #expect(seen == ["{\"a\":1}", "{\"b\":2}", "[3]"])
      #expect(throws: JSONError(offset: 4, isTruncated: true)) { try JSONValue.parsePrefix(rest) }
    }
  }
}
