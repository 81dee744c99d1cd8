import Events
import Testing

@Suite("Names of runs")
struct RunIDTests {
  @Test(
    "Any text of 1 to 200 bytes is a name",
    arguments: [
      "a", "claude-code:0e0e7814", "läuft 走る 🏃", " ", "../..", String(repeating: "x", count: 200),
      String(repeating: "é", count: 100), "\u{A0}", "\u{2028}",
    ]
  )
  func accepts(_ name: String) throws {
    #expect(try RunID(name).rawValue == name)
  }

  @Test(
    "What is none says why",
    arguments: [
      ("", RunID.Problem.empty), (String(repeating: "x", count: 201), .tooLong(bytes: 201)),
      (String(repeating: "é", count: 101), .tooLong(bytes: 202)),
      ("a\u{0}", .controlCharacter("\u{0}")),
      ("a\nb", .controlCharacter("\n")), ("\r\n", .controlCharacter("\r")),
      ("\u{1F}", .controlCharacter("\u{1F}")), ("\u{7F}", .controlCharacter("\u{7F}")),
      ("x\u{80}", .controlCharacter("\u{80}")), ("x\u{9F}", .controlCharacter("\u{9F}")),
    ]
  )
  func refuses(_ name: String, _ problem: RunID.Problem) {
    #expect(throws: problem) { try RunID(name) }
    #expect(RunID(rawValue: name) == nil)
    #expect(!problem.description.isEmpty)
  }

  @Test("The reason names the character")
  func describes() {
    #expect(RunID.Problem.controlCharacter("\u{9}").description.hasSuffix("has U+0009"))
  }
}
