import Events
import TestSupport
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
  static func written(
    _ style: JSONWriter.Style = .compact,
    _ body: (inout JSONWriter) -> Void
  ) -> String {
    var json = JSONWriter(style)
    body(&json)
    return json.text
  }

  static func sample(_ json: inout JSONWriter) {
    json.object { json in
      json.member("a", 1)
      json.member("b", "x")
      json.member("none", String?.none)
      json.member("left_out", ifPresent: Int?.none)
      json.object("empty") { _ in }
      json.array("none_either") { _ in }
      json.array("c") { json in
        json.element(true)
        json.element(-5)
        json.object { $0.member("d", [1, 2]) }
      }
      json.raw("r", "{\"k\": 1}".utf8)
      json.null("n")
    }
  }

  @Test("Compact text has commas where they belong and no space")
  func compact() {
    #expect(
      Self.written(.compact, Self.sample)
        == #"{"a":1,"b":"x","none":null,"empty":{},"none_either":[],"#
        + #""c":[true,-5,{"d":[1,2]}],"r":{"k": 1},"n":null}"#
    )
  }

  @Test("Pretty text is indented by two")
  func pretty() {
    #expect(
      Self.written(.pretty, Self.sample) == """
        {
          "a": 1,
          "b": "x",
          "none": null,
          "empty": {},
          "none_either": [],
          "c": [
            true,
            -5,
            {
              "d": [
                1,
                2
              ]
            }
          ],
          "r": {"k": 1},
          "n": null
        }
        """
    )
  }

  @Test("Several texts make JSON Lines")
  func lines() {
    let text = Self.written { json in
      for i in 0..<2 {
        json.object { $0.member("i", i) }
        json.newline()
      }
    }
    #expect(text == "{\"i\":0}\n{\"i\":1}\n")
  }

  @Test(
    "Strings are escaped as little as they must be",
    arguments: [
      ("", #""""#), ("plain", #""plain""#), ("\"\\/", #""\"\\/""#),
      ("\n\r\t\u{8}\u{C}", #""\n\r\t\b\f""#),
      ("\u{0}\u{1}\u{1F}", #""\u0000\u0001\u001f""#),
      ("é€𝄞\u{7F}\u{2028}", "\"é€𝄞\u{7F}\u{2028}\""),
      ("12345678\"12345678\n1234567\u{1}", #""12345678\"12345678\n1234567\u0001""#),
    ]
  )
  func strings(_ text: String, _ expected: String) {
    #expect(Self.written { $0.element(text) } == expected)
    #expect(tree(Array(expected.utf8)) == .string(text))
  }

  @Test(
    "Money is the shortest decimal and never has an exponent",
    arguments: [
      (0, "0"), (30_000_000, "0.03"), (-30_000_000, "-0.03"), (1, "0.000000001"),
      (1_000_000_000, "1"),
      (1_500_000_000, "1.5"), (123_456_789_012, "123.456789012"), (.max, "9223372036.854775807"),
      (.min, "-9223372036.854775808"), (10, "0.00000001"),
    ] as [(Int64, String)]
  )
  func money(_ nanodollars: Int64, _ expected: String) {
    #expect(Self.written { $0.money(nanodollars) } == expected)
    #expect(scanned("{\"cost_usd\":\(expected)}") { $0.money(.costUSD) } == nanodollars)
  }

  @Test("Numbers, times and truth are written plainly")
  func values() {
    #expect(Self.written { $0.element(Int64.min) } == "-9223372036854775808")
    #expect(Self.written { $0.element(Int64.max) } == "9223372036854775807")
    #expect(Self.written { $0.element(0.1) } == "0.1")
    #expect(Self.written { $0.element(2.0) } == "2")
    #expect(Self.written { $0.element(Double.nan) } == "null")
    #expect(Self.written { $0.element(false) } == "false")
    #expect(Self.written { $0.money(nil) } == "null")
    #expect(
      Self.written { $0.element(Timestamp(microseconds: 1)) } == "\"1970-01-01T00:00:00.000Z\""
    )
  }

  @Test("Text of any kind comes back as it was", arguments: 0..<4)
  func roundTrip(_ seed: UInt64) {
    var generator = SeededNumbers(seed: seed)
    for _ in 0..<300 {
      var text = ""
      for _ in 0..<Int.random(in: 0..<40, using: &generator) {
        let limit: UInt32 = [0x80, 0x100, 0x3000, 0x11_0000][
          Int.random(in: 0..<4, using: &generator)
        ]
        let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator))
        text.unicodeScalars.append(scalar ?? " ")
      }
      #expect(tree(Array(Self.written { $0.element(text) }.utf8)) == .string(text))
    }
  }
}
