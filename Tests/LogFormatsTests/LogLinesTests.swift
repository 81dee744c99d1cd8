import Events
import LogFormats
import Testing

@Suite("Cutting logs into lines")
struct LogLinesTests {
  static func split(_ text: String, isStart: Bool = true, isEnd: Bool = true) -> ([String], Int) {
    var lines: [String] = []
    let done = Array(text.utf8).withUnsafeBytes { bytes in
      LogLines.split(bytes, isStart: isStart, isEnd: isEnd) { line, _ in
        lines.append(String(decoding: line, as: UTF8.self))
      }
    }
    return (lines, done)
  }

  @Test(
    "Lines come without their ends, and marks, blanks and NULs around them",
    arguments: [
      ("{}\n[]\n", ["{}", "[]"], 6), ("\u{FEFF}{}\r\n", ["{}"], 7),
      ("{}\n\n[]\n", ["{}", "", "[]"], 7),
      ("{}", ["{}"], 2), ("{}\n{\"a\":", ["{}"], 3), ("{}\n\u{0}\u{0}\u{0}", ["{}"], 3),
      ("\u{0}\u{0}{}\n", ["{}"], 5), ("{}\n{\"a\":1}{\"b\"", ["{}"], 3),
      ("{}\nbroken", ["{}", "broken"], 9),
      ("", [], 0), ("\u{FEFF}", [], 3), ("\n", [""], 1), ("  {} \t\n", ["{}"], 7),
    ] as [(String, [String], Int)]
  )
  func splits(_ text: String, _ lines: [String], _ done: Int) {
    let result = Self.split(text)
    #expect(result.0 == lines)
    #expect(result.1 == done)
  }

  @Test("A part that is not the last leaves its last line to the next")
  func parts() {
    #expect(Self.split("{}\n{}", isEnd: false) == (["{}"], 3))
    #expect(Self.split("\u{FEFF}{}\n", isStart: false) == (["\u{FEFF}{}"], 6))
  }

  @Test("Native lines become events of their runs, and say where they stood")
  func native() throws {
    var store = TestImport()
    let source = LogSource(run: RunID("outside"))
    try store.read(
      lines: [
        #"{"run":"a","kind":"x","seq":1}{"run":"b","kind":"y"}"#, "junk", #"{"kind":"z"}"#, "",
        #"{"run":"a"}"#,
      ],
      .events,
      source: source
    )
    #expect(
      store.entries.map { "\($0.run) \($0.event.kind.rawValue) \($0.seq ?? 0)" } == [
        "a x 1", "b y 0", "outside z 0",
      ]
    )
    #expect(store.runs.map(\.rawValue) == ["a", "b", "outside"])
    #expect(store.problems.map(\.line) == [2, 5])
  }

  @Test(
    "The format of a log is known by its lines",
    arguments: [
      (#"{"run":"a","kind":"x"}"#, "events"), (#"{"kind":"x"}"#, nil),
      (#"{"type":"summary","summary":"x","leafUuid":"y"}"#, "claude-code"),
      (
        #"{"type":"user","sessionId":"s","uuid":"u","message":{"role":"user","content":"x"}}"#,
        "claude-code"
      ),
      (#"{"type":"mode","mode":"normal","sessionId":"s"}"#, "claude-code"),
      ("junk\n\n" + #"{"type":"file-history-snapshot"}"#, "claude-code"),
      (#"{"type":"user","sessionId":"s","uuid":"u","message":{"role":"user","parts":[]}}"#, nil),
      (#"{"type":"system","subtype":"init","session_id":"s"}"#, "claude-stream"),
      ("", nil), ("hello", nil),
      (#"{"timestamp":"t","type":"session_meta","payload":{}}"#, nil), ("[]", nil),
    ] as [(String, String?)]
  )
  func detects(_ text: String, _ format: String?) {
    let found = Array(text.utf8).withUnsafeBytes { LogFormat.detect($0)?.name }
    #expect(found == format)
  }

  @Test("Formats are found by name, each under its own")
  func names() {
    #expect(LogFormat.named("events")?.name == "events")
    #expect(LogFormat.named("nonsense") == nil)
    #expect(Set(LogFormat.all.map(\.name)).count == LogFormat.all.count)
  }
}
