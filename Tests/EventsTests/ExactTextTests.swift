import Events
import Testing

@Suite("Text that is compared byte by byte")
struct ExactTextTests {
  @Test("is the same only if every byte is, at any length", arguments: 0...20)
  func lengths(_ length: Int) {
    let bytes = (0..<length).map { UInt8(0x61 + $0) }
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.isExactly(String(decoding: bytes, as: UTF8.self)))
    #expect(!text.isExactly(text + "a") && !(text + "a").isExactly(text))
    for place in 0..<length {
      var other = bytes
      other[place] = 0x7A
      #expect(!text.isExactly(String(decoding: other, as: UTF8.self)))
    }
  }

  @Test("differs where Swift sees the same letters")
  func letters() {
    #expect("\u{E9}" == "e\u{301}")
    #expect(!"\u{E9}".isExactly("e\u{301}"))
    #expect(ExactText("caf\u{E9} au lait") != ExactText("cafe\u{301} au lait"))
    #expect(
      Set([ExactText("caf\u{E9}"), ExactText("cafe\u{301}"), ExactText("caf\u{E9}")]).count == 2
    )
  }
}
