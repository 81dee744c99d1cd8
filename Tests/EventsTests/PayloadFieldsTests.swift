import Events
import Testing

@Suite("The fields of a payload")
struct PayloadFieldsTests {
  @Test(
    "Counts are cut, bounded and exact",
    arguments: [
      ("0", 0), ("7", 7), ("-0", 0), ("-0.0", 0), ("-0e5", 0), ("1.9", 1), ("1e3", 1000),
      ("1.2345e3", 1234), ("12e-1", 1), ("0.00001e5", 1),
      ("9007199254740992", 9_007_199_254_740_992),
      ("9007199254740992.0", 9_007_199_254_740_992), ("9007199254740991.9", 9_007_199_254_740_991),
      ("9007199254740993", nil), ("9007199254740992.1", nil), ("1e16", nil), ("1e400", nil),
      ("1e99999999999999999999", nil), ("1e-99999999999999999999", 0),
      ("0e99999999999999999999", 0),
      ("-1", nil), ("-0.5", nil), ("-1e-400", nil), ("18446744073709551616", nil),
      ("123456789012345", 123_456_789_012_345), ("1234567890123456", 1_234_567_890_123_456),
      ("0000", nil), ("\"7\"", nil), ("true", nil), ("null", nil), ("[7]", nil), ("{}", nil),
    ] as [(String, Int64?)]
  )
  func counts(_ number: String, _ expected: Int64?) {
    #expect(scanned("{\"input_tokens\":\(number)}") { $0.count(.inputTokens) } == expected)
  }

  @Test(
    "An exit code keeps its sign",
    arguments: [
      ("-1", -1), ("137", 137), ("-9007199254740992", -9_007_199_254_740_992), ("-0", 0),
      ("-1.9", -1), ("-9007199254740993", nil), ("1e300", nil), ("\"1\"", nil),
    ] as [(String, Int64?)]
  )
  func signed(_ number: String, _ expected: Int64?) {
    #expect(scanned("{\"exit_code\":\(number)}") { $0.signed(.exitCode) } == expected)
  }

  @Test(
    "Money is read to whole nano-dollars, half away from zero",
    arguments: [
      ("0", 0), ("1", 1_000_000_000), ("0.03", 30_000_000), ("-0.03", -30_000_000),
      ("0.1", 100_000_000), ("0.30000000000000004", 300_000_000), ("1e-9", 1), ("1e-10", 0),
      ("5e-10", 1), ("-5e-10", -1), ("4.9999999999999999999e-10", 0), ("5.00000000000001e-10", 1),
      ("0.0000000005", 1), ("0.00000000049999", 0), ("1.0000000005", 1_000_000_001),
      ("0.0000000014999", 1), ("0.0000000015", 2), ("2.5e-9", 3), ("-2.5e-9", -3),
      ("9223372036.854775807", .max), ("9223372036.8547758074", .max),
      ("9223372036.8547758075", nil),
      ("9223372036.854775808", nil), ("-9223372036.854775808", .min),
      ("-9223372036.8547758085", nil),
      ("1e10", nil), ("1e400", nil), ("0e400", 0), ("1e-400", 0), ("1234567e-3", 1_234_567_000_000),
      ("0.00012345e2", 12_345_000), ("\"0.03\"", nil), ("null", nil), ("false", nil),
    ] as [(String, Int64?)]
  )
  func money(_ number: String, _ expected: Int64?) {
    #expect(scanned("{\"cost_usd\":\(number)}") { $0.money(.costUSD) } == expected)
  }

  @Test("A key is found wherever it stands, however it is spelt, and the last one counts")
  func finds() {
    #expect(
      scanned(#"{"x":{"model":"no"},"y":["model"],"model":"yes","z":1}"#) { $0.text(.model) }
        == "yes"
    )
    #expect(scanned(#"{"mod\u0065l":"a","\u006dodel":"b"}"#) { $0.text(.model) } == "b")
    #expect(scanned(#"{"model":"a","model":5}"#) { $0.text(.model) } == nil)
    #expect(scanned(#"{"model":"a","model":null}"#) { $0.raw(.model) == nil })
    #expect(scanned(#"{"model":"a\n","model":"b"}"#) { $0.text(.model) } == "b")
    #expect(scanned(#"{"model":"b","model":"a\n"}"#) { $0.text(.model) } == "a\n")
    #expect(scanned(#"{"Model":"a","models":"b","mode":"c"}"#) { $0.raw(.model) == nil })
  }

  @Test("Each key is told from all others", arguments: PayloadKey.allCases)
  func everyKey(_ key: PayloadKey) {
    let others = PayloadKey.allCases.filter { $0 != key }
    scanned("{\"\(key.name)\":\"v\"}") { fields in
      #expect(fields.text(key) == "v")
      for other in others { #expect(fields.raw(other) == nil) }
    }
  }

  @Test("Strings are decoded, half a pair is replaced, and an empty one is absent")
  func strings() {
    #expect(
      scanned(#"{"title":"a\"\\\/\b\f\n\r\té\u00e9\uD834\uDD1E"}"#) { $0.text(.title) }
        == "a\"\\/\u{8}\u{C}\n\r\téé𝄞"
    )
    #expect(
      scanned(#"{"title":"\uD834x\uDD1E\uD834\uD834\uDD1E\u0000"}"#) { $0.text(.title) }
        == "\u{FFFD}x\u{FFFD}\u{FFFD}𝄞\u{0}"
    )
    #expect(scanned(#"{"title":""}"#) { $0.string(.title) == nil })
    #expect(scanned(#"{"title":true}"#) { $0.string(.title) == nil })
  }

  @Test("Many strings with escapes stay readable together, and a scan starts afresh")
  func scratch() {
    var fields = PayloadFields()
    for round in 0..<3 {
      let long = String(repeating: "\\u00e9", count: 700 * (round + 1))
      let text =
        "{\"title\":\"\(long)\",\"model\":\"\\t\(long)\",\"host\":\"\\n\",\"name\":\"\(round)\"}"
      Array(text.utf8).withUnsafeBytes { bytes in
        fields.scan(bytes)
        let all = [PayloadKey.title, .model, .host, .title].map { fields.string($0) }
        let texts = all.map { $0.map { String(decoding: $0, as: UTF8.self) } }
        let decoded = String(repeating: "é", count: 700 * (round + 1))
        #expect(texts == [decoded, "\t" + decoded, "\n", decoded])
        #expect(fields.text(.name) == "\(round)")
      }
    }
  }

  @Test("Truth is true, nothing else is")
  func bools() {
    scanned(#"{"partial":true,"copied":false,"denied":1,"cancelled":"true","subagent":null}"#) {
      #expect($0.isTrue(.partial) && $0.bool(.partial) == true)
      #expect(!$0.isTrue(.copied) && $0.bool(.copied) == false)
      for key in [PayloadKey.denied, .cancelled, .subagent, .isError] {
        #expect(!$0.isTrue(key) && $0.bool(key) == nil)
      }
    }
  }

  @Test("A value can be had as it stands")
  func raw() {
    scanned(#"{"input": {"a" : [1, 2]} ,"title":"a\n","name": 1.50}"#) { fields in
      let texts = [PayloadKey.input, .title, .name].map { key in
        fields.raw(key).map { String(decoding: $0, as: UTF8.self) }
      }
      #expect(texts == [#"{"a" : [1, 2]}"#, #""a\n""#, "1.50"])
    }
  }

  @Test("The members of an object value are shown in order")
  func members() {
    scanned(#"{"by_model":{"a\u0062":{"input":1e3,"cost_usd":0.5},"c":7,"d":{}},"model":{}}"#) {
      fields in
      var seen: [String] = []
      fields.forEachMember(of: .byModel) { name, value in
        let input = value["input"]?.count.map(String.init) ?? "-"
        let cost = value["cost_usd"]?.money.map(String.init) ?? "-"
        seen.append("\(String(decoding: name, as: UTF8.self)) \(input) \(cost)")
      }
      #expect(seen == ["ab 1000 500000000", "c - -", "d - -"])
      fields.forEachMember(of: .model) { _, _ in Issue.record("nothing is in it") }
      fields.forEachMember(of: .name) { _, _ in Issue.record("it is absent") }
    }
  }

  @Test(
    "What is no object has no fields, and the next payload is not harmed by it",
    arguments: [
      "[{\"model\":\"m\"}]", "\"model\"", "5", "null", "", "{\"model\":\"m\"", "{\"model\":\"m\"}}",
    ]
  )
  func others(_ text: String) {
    var fields = PayloadFields()
    for payload in ["{\"model\":\"before\"}", text, "{\"model\":\"after\"}"] {
      Array(payload.utf8).withUnsafeBytes { bytes in
        fields.scan(bytes)
        guard payload == text else { return }
        #expect(fields.shape != .object)
        for key in PayloadKey.allCases { #expect(fields.raw(key) == nil) }
        #expect(fields.string(.model) == nil && fields.count(.inputTokens) == nil)
      }
    }
    #expect(fields.shape == .object)
  }
}
