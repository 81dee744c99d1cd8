import Events
import LogFormats
import TestSupport
import Testing

@Suite("Logs that are one JSON document")
struct LogDocumentsTests {
  private func lines(_ text: String, isEnd: Bool = true) -> (lines: [String], done: Int) {
    var lines: [String] = []
    let done = Array(text.utf8).withUnsafeBytes { bytes in
      LogLines.split(bytes, isEnd: isEnd) { line, _ in
        lines.append(String(decoding: line, as: UTF8.self))
      }
    }
    return (lines, done)
  }

  @Test(
    "A document is one line, with all that is in it",
    arguments: [
      "{\n  \"a\": 1\n}", "[\n{},\n{}\n]", "{ \"a\": 1,\r\n  \"b\": [\r\n1]\r\n}", "{\n}",
    ]
  )
  func whole(_ text: String) {
    #expect(lines(text).lines == [text])
    #expect(lines(text + "\n").lines == [text])
    #expect(lines("\u{FEFF}" + text).lines == [text])
    #expect(lines(text + "\n{\"x\":1}\n").lines == [text, "{\"x\":1}"])
    #expect(lines(text).done == text.utf8.count)
  }

  @Test("No byte of a document is done with before all of it is there")
  func unfinished() {
    let text = "{\n  \"a\": \"x\\\"\",\n  \"b\": [\n    1,\n    {}\n  ]\n}"
    for count in 3..<text.utf8.count {
      let part = String(decoding: text.utf8.prefix(count), as: UTF8.self)
      for isEnd in [true, false] {
        let (found, done) = lines(part, isEnd: isEnd)
        #expect(found.isEmpty && done == 0, "\(part)")
      }
    }
  }

  @Test(
    "What only looks like the beginning of a document is a log of lines",
    arguments: [
      ("{\"a\":1}\n{\"b\":2}\n", 2), ("{\"a\":[\n{\"b\":2}\n{\"c\":3}\n", 3), ("{\n{\"b\":2}\n", 2),
      ("{\"a\":\"torn\n{\"b\":2}\n", 2), ("[1,2]\n[3]\n", 2),
    ]
  )
  func logs(_ text: String, _ count: Int) {
    #expect(lines(text).lines.count == count)
  }

  @Test("A format is known by what is complete of a document")
  func detects() throws {
    let log = try TestFiles.fixture(.gemini, "chat.json")
    for count in stride(from: 140, to: log.count, by: 37) {
      let name = log.prefix(count).withUnsafeBytes { LogFormat.detect($0)?.name }
      #expect(name == "gemini", "\(count) bytes")
    }
  }
}
