internal import Events

/// A kind of log that can be imported.
///
/// It describes itself: ``about`` says whose logs it reads, where they are, and what they can tell.
package struct LogFormat: Sendable {
  /// What a line says about the format of its log.
  package enum Match: Sendable {
    /// The log is of another format, whatever its other lines look like.
    case excluded
    /// Nothing.
    case unknown
    /// The format has such lines, and so may others.
    case possible
    /// No other format has such lines.
    case certain
  }

  /// The name, as `--format` takes it and as the runs of this format begin.
  package let name: String

  /// What the format says of itself.
  package let about: FormatAbout

  /// Judges one line, which is an object.
  let recognizes: @Sendable (JSONObject) -> Match

  /// Takes what one of the first lines tells of the place of its log among others.
  let readingKey: @Sendable (JSONObject, inout ReadingKey) -> Void

  private let start: @Sendable (LogSource) -> any LogImporter
  private let resume:
    @Sendable (LogSource, _ state: [UInt8]) throws(ImportStateError) -> any LogImporter

  init<Importer: LogImporter>(
    name: String,
    about: FormatAbout,
    importer: Importer.Type,
    readingKey: @escaping @Sendable (JSONObject, inout ReadingKey) -> Void = Self.usualReadingKey,
    recognizes: @escaping @Sendable (JSONObject) -> Match
  ) {
    self.name = name
    self.about = about
    self.recognizes = recognizes
    self.readingKey = readingKey
    start = { Importer(source: $0) }
    resume = { (source, state) throws(ImportStateError) in
      try Importer(source: source, decoding: state)
    }
  }

  /// All formats, those whose lines could be taken for another's after that other.
  package static let all: [LogFormat] = [
    .events, .claudeStream, .gemini, .geminiStream, .agentEvents, .pi, .openHands, .kimi, .acp,
    .qwen, .claudeCode, .codex, .codexExec, .codexAppServer, .copilot, .antigravity, .entire,
  ]

  /// The format of a name.
  package static func named(_ name: String) -> LogFormat? {
    all.first { $0.name == name }
  }

  /// The format beside whose logs a file of this name lies, if it is a companion.
  static func companion(named path: String) -> (LogFormat, FormatAbout.Companion)? {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    for format in all {
      if let companion = format.about.companions.first(where: { $0.isNamed(name) }) {
        return (format, companion)
      }
    }
    return nil
  }

  /// Makes an importer at the beginning of a source.
  package func importer(for source: LogSource) -> any LogImporter {
    start(source)
  }

  /// Makes an importer that goes on where one with this state has stopped.
  package func importer(
    for source: LogSource,
    decoding state: [UInt8]
  ) throws(ImportStateError) -> any LogImporter {
    try resume(source, state)
  }

  /// The format of a log, by its first lines; `nil` where no format knows them.
  ///
  /// The first line that a format is certain of decides. Else the format that found the most
  /// lines possible does, so that a log may begin with lines that many formats have.
  package static func detect(_ head: UnsafeRawBufferPointer) -> LogFormat? {
    var votes = Array(repeating: 0, count: all.count)
    var isExcluded = Array(repeating: false, count: all.count)
    var certain: LogFormat?
    var isCompanion = false
    var number = 0
    func judge(_ value: JSONValue) {
      if value.isArray { return value.forEachElement(judge) }
      guard certain == nil, !isCompanion, let object = JSONObject(value) else { return }
      isCompanion = CompanionLines.contain(object)
      for (i, format) in all.enumerated() where !isExcluded[i] {
        switch format.recognizes(object) {
        case .excluded: isExcluded[i] = true
        case .unknown: break
        case .possible: votes[i] += 1
        case .certain: certain = certain ?? format
        }
      }
    }
    _ = LogLines.split(head) { line, _ in
      number += 1
      guard certain == nil, number <= linesMax else { return }
      var ignored = ImportedEvents()
      LogLines.forEachValue(on: line, number: number, into: &ignored) { value, _ in judge(value) }
    }
    if number == 0, let cut = LogLines.cutDocument(head) {
      cut.withUnsafeBytes { text in
        if let value = try? JSONValue.parse(text) { judge(value) }
      }
    }
    if isCompanion { return nil }
    if let certain { return certain }
    let candidates = all.indices.filter { votes[$0] > 0 && !isExcluded[$0] }
    guard let most = candidates.map({ votes[$0] }).max() else { return nil }
    return candidates.first { votes[$0] == most }.map { all[$0] }
  }

  /// How many lines are looked at.
  private static let linesMax = 100
}
