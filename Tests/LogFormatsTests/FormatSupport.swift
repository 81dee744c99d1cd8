import Events
import FoundationEssentials
import LogFormats
import TestSupport
import Testing

/// JSON as Foundation reads it, for computations that know nothing of this store's scanner.
enum RawJSON: Decodable {
  case object([String: RawJSON])
  case array([RawJSON])
  case string(String)
  case number(Double)
  case bool(Bool)
  case null

  init(from decoder: any Decoder) throws {
    let box = try decoder.singleValueContainer()
    if box.decodeNil() {
      self = .null
    } else if let bool = try? box.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? box.decode(Double.self) {
      self = .number(number)
    } else if let string = try? box.decode(String.self) {
      self = .string(string)
    } else if let array = try? box.decode([RawJSON].self) {
      self = .array(array)
    } else {
      self = .object(try box.decode([String: RawJSON].self))
    }
  }

  subscript(_ key: String) -> RawJSON? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  var string: String? {
    guard case .string(let string) = self else { return nil }
    return string
  }

  var int: Int64 {
    guard case .number(let number) = self else { return 0 }
    return Int64(number)
  }

  var elements: [RawJSON] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  /// A whole document, or its lines.
  static func values(_ bytes: [UInt8]) -> [RawJSON] {
    if let one = try? JSONDecoder().decode(RawJSON.self, from: Data(bytes)) { return [one] }
    return bytes.split(separator: 0x0A).compactMap {
      try? JSONDecoder().decode(RawJSON.self, from: Data($0))
    }
  }
}

extension RawJSON? {
  /// A count; 0 where there is none.
  var count: Int64 { self?.int ?? 0 }
}

extension TestFiles {
  static func fixture(_ format: LogFormat, _ name: String) throws -> [UInt8] {
    try bytes(fixtureFolder + "/" + format.name + "/" + name)
  }

  static func corpusFiles(_ folder: String, containing part: String) throws -> [String] {
    try corpusFiles(folder).filter { $0.contains(part) }
  }
}

/// What every importer owes, whatever its format.
struct FormatContract {
  let format: LogFormat

  /// Checks a log; answers what it has become.
  @discardableResult
  func check(_ bytes: [UInt8], name: String? = "log", _ label: String = "") throws -> TestImport {
    let source = LogSource(name: name)
    let found = bytes.withUnsafeBytes { LogFormat.detect($0)?.name }
    #expect(found == format.name, "\(label) is taken for \(found ?? "nothing")")
    var once = TestImport()
    try once.read(bytes, format, source: source, seals: true)
    #expect(!once.entries.isEmpty, "\(label)")
    #expect(once.duplicates == 0, "\(label): two events of one id")
    for entry in once.entries {
      #expect(entry.event.id != nil, "\(label)")
      let isObject = entry.event.payload.bytes.withUnsafeBytes { bytes in
        (try? JSONValue.parse(bytes))?.isObject == true
      }
      #expect(isObject, "\(label): \(entry.event.kind)")
    }

    var resting = TestImport()
    try resting.read(bytes, format, source: source, rests: .afterEachLine, seals: true)
    #expect(resting.totals == once.totals, "\(label), read line by line")
    #expect(resting.calls == once.calls, "\(label), read line by line")

    var again = TestImport()
    let importer = try again.read(bytes, format, source: source, seals: true)
    let first = again.entries.count
    try again.read(bytes, format, source: source, seals: true)
    #expect(again.entries.count == first, "\(label), read again")
    var restarted = importer
    restarted.startOver()
    try again.read(bytes, format, source: source, continuing: restarted, seals: true)
    #expect(again.entries.count == first, "\(label), read as a new generation")
    return once
  }
}

extension TestImport {
  /// The calls and their results, as a story.
  fileprivate var calls: [String] {
    entries.filter { ["tool_call", "tool_result"].contains($0.event.kind.rawValue) }
      .map { "\($0.run) \($0.event.kind) \($0.event.id ?? "")" }
  }

  /// The run's story in the kinds that the fold knows.
  func knownStory(
    of run: String,
    _ keys: [StaticString] = ["status", "stop_reason", "name", "denied", "cancelled", "is_error"]
  ) -> [String] {
    story(of: run, showing: keys).filter { line in
      KnownKind(rawValue: String(line.prefix { $0 != " " })) != nil
    }
  }
}
