import Events
import Testing

@Suite("The number of a kind")
struct KindCodeTests {
  /// Written down once more, by hand: the logs of all stores are full of these numbers.
  private static let codes: [(String, Int64)] = [
    ("text", 0), ("tool_result", 1), ("tool_call", 2), ("tool_call_update", 3), ("thought", 4),
    ("usage", 5), ("input", 6), ("turn.start", 7), ("turn.result", 8), ("run.started", 9),
    ("run.ended", 10), ("run.resumed", 11), ("verdict", 12), ("permission.request", 13),
    ("permission.decision", 14), ("error", 15), ("checkpoint", 16), ("span", 17),
    ("compaction", 18), ("retry", 19), ("rate_limit", 20), ("agent.cost", 21), ("run.tag", 22),
    ("run.note", 23), ("run.score", 24),
  ]

  @Test("is what it always was, and leads back to the kind and to the bytes of its name")
  func stable() throws {
    #expect(Self.codes.count == KnownKind.allCases.count)
    for (name, code) in Self.codes {
      let kind = try #require(KnownKind(code: code))
      #expect(kind.rawValue == name)
      #expect(kind.code == code)
      #expect(kind.nameBytes.elementsEqual(name.utf8))
      #expect(EventKind(rawValue: name).known == kind)
    }
  }

  @Test("is not there for other numbers", arguments: [-1, 25, 1 << 40, .min, .max] as [Int64])
  func noKind(code: Int64) {
    #expect(KnownKind(code: code) == nil)
  }

  @Test(
    "is not there for other names, however alike",
    arguments: ["", "0", "Text", "text ", "tool_cal", "tool_calls", "run.ended\0", "tëxt"]
  )
  func foreign(name: String) {
    #expect(EventKind(rawValue: name).known == nil)
  }
}
