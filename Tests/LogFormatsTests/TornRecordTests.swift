import Events
import LogFormats
import Testing

@Suite("Records torn in the middle of a line")
struct TornRecordTests {
  /// The objects that are read of a line, and how often something is reported.
  static func read(_ line: String) -> (objects: [String], problems: [String]) {
    var objects: [String] = []
    var sink = ImportedEvents()
    Array(line.utf8).withUnsafeBytes { bytes in
      LogLines.forEachObject(on: bytes, number: 7, into: &sink) { object, _ in
        objects.append(String(decoding: object.raw, as: UTF8.self))
      }
    }
    return (objects, sink.problems.map(\.reason))
  }

  static let first = #"{"ts":"t1","kind":"note","body":{"text":"a \"b\" ü","n":[12,{"x":true}]}}"#
  static let second = #"{"ts":"t2","kind":"note","body":{"text":"c","n":[{"ts":1}]}}"#

  @Test("Wherever a record is torn, the whole one behind it is read and the tear reported once")
  func everyTear() {
    let bytes = Array(Self.first.utf8)
    for cut in 1..<bytes.count {
      let line = bytes[..<cut] + Array(Self.second.utf8)
      let text = String(decoding: line, as: UTF8.self)
      // A torn character is no text: it must be read as bytes.
      var objects: [String] = []
      var sink = ImportedEvents()
      Array(line).withUnsafeBytes { bytes in
        LogLines.forEachObject(on: bytes, number: 1, into: &sink) { object, _ in
          objects.append(String(decoding: object.raw, as: UTF8.self))
        }
      }
      #expect(sink.problems.count == 1, "\(text)")
      // Behind the first colon nothing says whether it is a member or a record.
      if bytes[..<cut].filter({ $0 == 0x3A }).count > 1 || bytes[cut - 1] != 0x3A {
        #expect(objects == [Self.second], "\(text)")
      } else {
        #expect(objects.isEmpty, "\(text)")
      }
    }
  }

  @Test("Of several whole records behind a torn one all are read")
  func several() {
    let torn = #"{"ts":"t1","kind":"note","body":"#
    let result = Self.read(torn + Self.second + Self.second)
    #expect(result.objects == [Self.second, Self.second])
    #expect(
      result.problems == [
        "the JSON breaks off at byte \(torn.utf8.count); what begins there is read"
      ]
    )
    let twice = Self.read(#"{"ts":"to"# + #"{"ts":"tor"# + Self.second)
    #expect(twice.objects == [Self.second] && twice.problems.count == 2)
  }

  @Test(
    "A record that merely breaks off behind an inner object is no record",
    arguments: [
      #"{"type":"assistant","message":{"content":[{"type":"text","text":"hi"}"#,
      #"{"type":"progress","data":{"type":"agent","message":{"type":"user"}"#,
      #"{"a":1,"b":{"a":2}"#, #"{"a":{"a":1}"#, #"{"a":1,"b":[{"a":1,"b":2}]"#,
      #"{"type":"user","x":{"type":"b" {"c":1}}}"#, #"not JSON {"a":1}"#, #"[{"a":1},{"a":"#,
    ]
  )
  func inner(_ line: String) {
    let result = Self.read(line)
    #expect(result.objects.isEmpty)
    #expect(result.problems.count == 1)
  }

  @Test("A last line waits for the end of the record behind a torn one")
  func waits() {
    func split(_ text: String) -> Int {
      Array(text.utf8).withUnsafeBytes { LogLines.split($0) { _, _ in } }
    }
    let torn = #"{"ts":"t1","kind":"no"#
    #expect(split(torn + Self.second.dropLast(9)) == 0)
    #expect(split(torn + Self.second) == (torn + Self.second).utf8.count)
  }
}
