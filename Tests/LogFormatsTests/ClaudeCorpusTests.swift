import Events
import FoundationEssentials
import LogFormats
import TestSupport
import Testing

/// Real logs against a computation that knows nothing of events, turns or this store's scanner.
///
/// Run it with `RUNDIGEST_CORPUS` set to the folder that holds `claude-code` and
/// `growth-series`.
@Suite(
  "Real logs of Claude Code",
  .enabled(if: TestFiles.corpus != nil, "RUNDIGEST_CORPUS is not set: no real log is read")
)
struct ClaudeCorpusTests {
  static func logs() throws -> [String] {
    try TestFiles.corpusFiles("claude-code")
      + TestFiles.corpusFiles("growth-series").filter { $0.contains("claude-") }
  }

  @Test("The corpus is there")
  func isThere() throws {
    #expect(try Self.logs().count > 30)
  }

  /// Measured by hand, in a release build.
  @Test(
    "Reading keeps up with a disk",
    .enabled(if: ProcessInfo.processInfo.environment["RUNDIGEST_MEASURE"] != nil)
  )
  func speed() throws {
    let logs = try Self.logs().map { try TestFiles.bytes($0) }
    var events = 0
    let time = try ContinuousClock().measure {
      for log in logs {
        var store = TestImport()
        try store.read(log)
        events += store.entries.count
      }
    }
    let megabytes = Double(logs.map(\.count).reduce(0, +)) / 1e6
    let seconds = time / .seconds(1)
    print("\(Int(megabytes / seconds)) MB/s, \(Int(Double(events) / seconds)) events/s")
  }

  @Test("Tokens per model are those of the last line of each message")
  func totals() throws {
    for path in try Self.logs() {
      let bytes = try TestFiles.bytes(path)
      var once = TestImport()
      try once.read(bytes)
      #expect(once.totals == RawTotals(bytes).totals, "\(path)")
      for problem in once.problems { print("\(path): \(problem)") }
    }
  }

  @Test("A log that rests after each line, its reader killed each time, gives the same tokens")
  func resting() throws {
    for path in try Self.logs() {
      let bytes = try TestFiles.bytes(path)
      // The growth series are long and alike: the last of each will do.
      if path.contains("growth") && !path.hasSuffix("06.jsonl") { continue }
      var resting = TestImport()
      try resting.read(bytes, rests: .afterEachLine, seals: true)
      #expect(resting.totals == RawTotals(bytes).totals, "\(path)")
      var once = TestImport()
      try once.read(bytes)
      #expect(resting.events(.toolCall) == once.events(.toolCall))
      #expect(resting.events(.toolResult) == once.events(.toolResult))
      #expect(resting.events(.input) == once.events(.input))
    }
  }

  @Test("Reading a log again adds nothing")
  func again() throws {
    for path in try Self.logs() {
      let bytes = try TestFiles.bytes(path)
      var twice = TestImport()
      try twice.read(bytes)
      let first = twice.entries.count
      try twice.read(bytes)
      #expect(twice.entries.count == first, "\(path)")
    }
  }

  /// The steps of this series are windows of a log, cut again each time: lines come and go.
  @Test("The generations of a log add up to all messages that any of them had")
  func generations() throws {
    let steps = try TestFiles.corpusFiles("growth-series").filter { $0.contains("claude-") }
    var growing = TestImport()
    var raw = RawTotals()
    var importer: (any LogImporter)?
    for step in steps {
      importer?.startOver()
      importer = try growing.read(TestFiles.bytes(step), continuing: importer)
      raw.add(try TestFiles.bytes(step))
      #expect(growing.totals == raw.totals, "\(step)")
    }
  }

  @Test("Every payload is an object, every event has an id and, in dated logs, a time")
  func wellFormed() throws {
    for path in try Self.logs() {
      var once = TestImport()
      try once.read(TestFiles.bytes(path))
      for entry in once.entries {
        #expect(entry.event.id != nil)
        #expect(entry.event.ts != nil, "\(path) \(entry.event.kind)")
        var fields = PayloadFields()
        entry.event.payload.bytes.withUnsafeBytes { bytes in
          fields.scan(bytes)
          #expect(fields.shape == .object)
        }
      }
      let format = try TestFiles.bytes(path).withUnsafeBytes { LogFormat.detect($0)?.name }
      // One of them is by another program, which has kept the name of the folder.
      #expect(format == (path.contains("019f0000") ? "qwen" : "claude-code"), "\(path)")
    }
  }
}

extension TestImport {
  fileprivate func events(_ kind: KnownKind) -> [String] {
    entries.filter { $0.event.kind.rawValue == kind.rawValue }
      .map { "\($0.run) \($0.event.id ?? "")" }.sorted()
  }
}

/// Tokens per model straight from the lines of a log, decoded by Foundation.
private struct RawTotals {
  private var last: [String: Message] = [:]

  init() {}

  init(_ bytes: [UInt8]) {
    add(bytes)
  }

  mutating func add(_ bytes: [UInt8]) {
    for line in bytes.split(separator: 0x0A) {
      for value in Self.values(line) {
        let inner = value.type == "progress" ? value.data?.message : value
        guard let inner, inner.type == "assistant", let message = inner.message,
          message.usage != nil, message.model != "<synthetic>"
        else { continue }
        last[message.id ?? inner.uuid ?? "?"] = message
      }
    }
  }

  var totals: Totals {
    var totals = Totals()
    for message in last.values {
      let usage = message.usage
      totals.add(
        message.model ?? "-",
        [
          usage?.input_tokens ?? 0, usage?.output_tokens ?? 0, usage?.cache_read_input_tokens ?? 0,
          usage?.cache_creation_input_tokens ?? 0,
        ]
      )
    }
    return totals
  }

  /// The values of a line, which are several where a line end was lost.
  private static func values(_ line: ArraySlice<UInt8>) -> [Line] {
    if let one = try? JSONDecoder().decode(Line.self, from: Data(line)) { return [one] }
    for i in line.indices.dropFirst() where line[i] == 0x7B && line[i - 1] == 0x7D {
      if let front = try? JSONDecoder().decode(Line.self, from: Data(line[..<i])) {
        return [front] + values(line[i...])
      }
    }
    return []
  }

  private struct Line: Decodable {
    var type: String?
    var uuid: String?
    var message: Message?
    var data: Inner?

    init(from decoder: any Decoder) throws {
      let box = try decoder.container(keyedBy: Key.self)
      type = try? box.decode(String.self, forKey: .type)
      uuid = try? box.decode(String.self, forKey: .uuid)
      message = try? box.decode(Message.self, forKey: .message)
      data = try? box.decode(Inner.self, forKey: .data)
    }

    enum Key: CodingKey { case type, uuid, message, data }
  }

  private final class Inner: Decodable {
    var message: Line?
  }

  private struct Message: Decodable {
    var id: String?
    var model: String?
    var usage: Usage?
  }

  private struct Usage: Decodable {
    var input_tokens: Int64?
    var output_tokens: Int64?
    var cache_read_input_tokens: Int64?
    var cache_creation_input_tokens: Int64?
  }
}
