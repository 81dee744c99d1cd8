import Events
import FoundationEssentials
import LogFormats
import TestSupport
import Testing

/// Real logs of Codex against a computation that knows nothing of events, turns or this store's
/// scanner.
///
/// Run it with `RUNDIGEST_CORPUS` set to the folder that holds `codex`, `codex-exec-json`,
/// `growth-series` and `oracles`.
@Suite(
  "Real logs of Codex",
  .enabled(if: TestFiles.corpus != nil, "RUNDIGEST_CORPUS is not set: no real log is read")
)
struct CodexCorpusTests {
  static func logs() throws -> [String] {
    try TestFiles.corpusFiles("codex")
      + TestFiles.corpusFiles("growth-series").filter { $0.contains("codex-") }
  }

  static func source(_ path: String) -> LogSource {
    let name = path.split(separator: "/").last ?? ""
    return LogSource(name: name.split(separator: ".").dropLast().joined(separator: "."))
  }

  @Test("The corpus is there")
  func isThere() throws {
    #expect(try Self.logs().count > 40)
  }

  @Test("Tokens per model are what the cumulative counts of the lines grow by")
  func totals() throws {
    var all = 0
    for path in try Self.logs() {
      let bytes = try TestFiles.bytes(path)
      var once = TestImport()
      try once.read(bytes, .codex, source: Self.source(path))
      for raw in RawCodex.threads(bytes) {
        let run = once.run(of: raw)
        #expect(once.only(run).totals == raw.totals, "\(path) \(run)")
        all += raw.totals.models.values.map { Int($0.reduce(0, +)) }.reduce(0, +)
      }
      for problem in once.problems { print("\(path): \(problem)") }
    }
    #expect(all > 100_000_000)
  }

  @Test("Calls and failed calls are those of the lines")
  func calls() throws {
    for path in try Self.logs() {
      let bytes = try TestFiles.bytes(path)
      var once = TestImport()
      try once.read(bytes, .codex, source: Self.source(path))
      for raw in RawCodex.threads(bytes) {
        let own = once.only(once.run(of: raw))
        #expect(raw.calls.subtracting(own.calls).isEmpty, "\(path)")
        #expect(own.calls.subtracting(raw.calls).count == raw.unnamed, "\(path)")
        #expect(own.failures.symmetricDifference(raw.failures).isEmpty, "\(path)")
        #expect(own.count("turn.start") == raw.turns, "\(path)")
      }
    }
  }

  @Test("A log that rests after each line, its reader killed each time, gives the same events")
  func resting() throws {
    for path in try Self.logs() {
      // The growth series are long and alike: the last of them will do.
      if path.contains("growth") && !path.hasSuffix("07.jsonl") { continue }
      let bytes = try TestFiles.bytes(path)
      var resting = TestImport()
      try resting.read(bytes, .codex, source: Self.source(path), rests: .afterEachLine, seals: true)
      for raw in RawCodex.threads(bytes) {
        #expect(resting.only(resting.run(of: raw)).totals == raw.totals, "\(path)")
      }
      var once = TestImport()
      try once.read(bytes, .codex, source: Self.source(path))
      #expect(resting.ids(.usage) == once.ids(.usage), "\(path)")
      #expect(resting.ids(.toolCall) == once.ids(.toolCall), "\(path)")
      #expect(resting.ids(.toolResult) == once.ids(.toolResult), "\(path)")
      #expect(resting.ids(.text) == once.ids(.text), "\(path)")
      let count = resting.entries.count
      try resting.read(bytes, .codex, source: Self.source(path), seals: true)
      #expect(resting.entries.count == count, "\(path)")
    }
  }

  @Test("Reading a log again, from its beginning or as another generation, adds nothing")
  func again() throws {
    for path in try Self.logs() {
      let bytes = try TestFiles.bytes(path)
      var twice = TestImport()
      var importer = try twice.read(bytes, .codex, source: Self.source(path))
      let first = twice.entries.count
      try twice.read(bytes, .codex, source: Self.source(path))
      #expect(twice.entries.count == first, "\(path)")
      importer.startOver()
      try twice.read(bytes, .codex, source: Self.source(path), continuing: importer)
      #expect(twice.entries.count == first, "\(path)")
    }
  }

  @Test("A growing log gives, step by step, what its last step gives at once")
  func growth() throws {
    let steps = try Self.logs().filter { $0.contains("growth-series") }
    var growing = TestImport()
    for step in steps {
      // Each step as if the one before had been replaced by it.
      try growing.read(TestFiles.bytes(step), .codex, source: Self.source(steps[0]))
      let raw = RawCodex.threads(try TestFiles.bytes(step))[0]
      #expect(growing.totals == raw.totals, "\(step)")
    }
    var once = TestImport()
    let last = try #require(steps.last)
    try once.read(TestFiles.bytes(last), .codex, source: Self.source(steps[0]))
    #expect(Set(growing.allIDs) == Set(once.allIDs))
    #expect(growing.entries.count == once.entries.count)
  }

  @Test("Every payload is an object, every event has an id and a time, and formats are known")
  func wellFormed() throws {
    for path in try Self.logs() {
      var once = TestImport()
      try once.read(TestFiles.bytes(path), .codex, source: Self.source(path))
      for entry in once.entries {
        #expect(entry.event.id != nil)
        #expect(entry.event.ts != nil, "\(path) \(entry.event.kind)")
        var fields = PayloadFields()
        entry.event.payload.bytes.withUnsafeBytes { bytes in
          fields.scan(bytes)
          #expect(fields.shape == .object, "\(path) \(entry.event.kind)")
        }
      }
      let format = try TestFiles.bytes(path).withUnsafeBytes { LogFormat.detect($0)?.name }
      #expect(format == "codex", "\(path)")
    }
    for folder in ["claude-code", "codex-exec-json"] {
      for path in try TestFiles.corpusFiles(folder) {
        let format = try TestFiles.bytes(path).withUnsafeBytes { LogFormat.detect($0)?.name }
        if folder == "claude-code" {
          #expect(format == "claude-code" || path.contains("019f0000"), "\(path)")
        } else {
          #expect(format == "codex-exec", "\(path)")
        }
      }
    }
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
        try store.read(log, .codex)
        events += store.entries.count
      }
    }
    let megabytes = Double(logs.map(\.count).reduce(0, +)) / 1e6
    let seconds = time / .seconds(1)
    print("\(Int(megabytes / seconds)) MB/s, \(Int(Double(events) / seconds)) events/s")
  }

  /// The parent of a family whose figures were worked out by hand; its child, where it is there.
  @Test("The fork of the oracle has 1,911,065 tokens of its own, its parent 13,398,113")
  func oracle() throws {
    let family = try TestFiles.corpusFiles("codex").filter { $0.contains("archived-fork-33ce") }
    let parent = try #require(family.first { $0.hasSuffix("parent.jsonl") })
    let parentBytes = try TestFiles.bytes(parent)
    // The log of the child is not in every corpus: without it, one is made of the parent's lines,
    // written again a day later, and of own ones that come to the same.
    let child: [UInt8]
    if let path = family.first(where: { $0.hasSuffix("child.jsonl") }) {
      child = try TestFiles.bytes(path)
    } else {
      print("NOT THERE: the child of the oracle's fork; one is made of its parent instead")
      child = Self.madeChild(of: parentBytes)
    }
    for parentIsFirst in [true, false] {
      var store = TestImport()
      if parentIsFirst { try store.read(parentBytes, .codex) }
      let waiting = try store.read(child, .codex)
      if !parentIsFirst { try store.read(parentBytes, .codex) }
      try store.read([], .codex, continuing: waiting)
      #expect(store.tokens(of: "codex:parent-session") == 13_398_113)
      #expect(store.tokens(of: "codex:child-session") == 1_911_065)
    }
  }

  private static func madeChild(of parent: [UInt8]) -> [UInt8] {
    let head =
      #"{"timestamp":"2030-01-01T12:30:00Z","type":"session_meta","payload":"#
      + #"{"id":"child-session","forked_from_id":"parent-session"}}"#
    var lines = [head]
    for line in String(decoding: parent, as: UTF8.self).split(separator: "\n") {
      lines.append(String(line).replacing("2030-01-01T12:0", with: "2030-01-01T12:3"))
    }
    // Twenty-three requests of input alone, behind the parent's last counts.
    func counts(_ input: Int64, _ cached: Int64, _ output: Int64, _ reasoning: Int64) -> String {
      #"{"input_tokens":\#(input),"cached_input_tokens":\#(cached),"output_tokens":\#(output),"#
        + #""reasoning_output_tokens":\#(reasoning),"total_tokens":\#(input + output)}"#
    }
    var input: Int64 = 13_359_699
    for i in 0..<23 {
      let used: Int64 = i < 22 ? 80_000 : 1_911_065 - 22 * 80_000
      input += used
      lines.append(
        #"{"timestamp":"2030-01-02T12:00:\#(i + 10)Z","type":"event_msg","payload":"#
          + #"{"type":"token_count","info":{"#
          + #""total_token_usage":\#(counts(input, 12_149_120, 38_414, 14_160)),"#
          + #""last_token_usage":\#(counts(used, 0, 0, 0))}}}"#
      )
    }
    return Array(lines.joined(separator: "\n").utf8)
  }

  @Test("What codex exec prints has the tokens of its turns, and ends its run")
  func exec() throws {
    for path in try TestFiles.corpusFiles("codex-exec-json") {
      let bytes = try TestFiles.bytes(path)
      var once = TestImport()
      try once.read(bytes, .codexExec, source: Self.source(path))
      #expect(once.problems.isEmpty)
      let raw = RawCodexExec(bytes)
      #expect(once.totals == raw.totals, "\(path)")
      let ends = once.entries.count { $0.event.kind == "run.ended" }
      #expect(ends == (raw.hasEnded ? 1 : 0), "\(path)")
      let first = once.entries.count
      try once.read(bytes, .codexExec, source: Self.source(path))
      #expect(once.entries.count == first, "\(path)")
    }
  }
}

extension TestImport {
  /// The run of a thread: that of the file where the log does not name one.
  fileprivate func run(of raw: RawCodex) -> RunID {
    let named = raw.thread.flatMap { RunID(rawValue: "codex:" + $0) }
    return named.flatMap { runs.contains($0) ? $0 : nil } ?? runs[0]
  }

  /// All tokens of a run, but for copies.
  fileprivate func tokens(of run: String) -> Int64 {
    events(of: run, "usage").reduce(0) { sum, event in
      event.payload.bytes.withUnsafeBytes { bytes in
        var fields = PayloadFields()
        fields.scan(bytes)
        if fields.isTrue(.copied) { return sum }
        let keys: [PayloadKey] = [.inputTokens, .outputTokens, .cacheReadTokens, .cacheWriteTokens]
        return keys.reduce(sum) { $0 + (fields.count($1) ?? 0) }
      }
    }
  }

  fileprivate func ids(_ kind: KnownKind) -> [String] {
    entries.filter { $0.event.kind.rawValue == kind.rawValue }
      .map { "\($0.run) \($0.event.id ?? "")" }.sorted()
  }

  fileprivate var allIDs: [String] { entries.map { "\($0.run) \($0.event.id ?? "")" } }

  fileprivate func count(_ kind: EventKind) -> Int {
    entries.count { $0.event.kind == kind }
  }

  fileprivate var calls: Set<String> {
    Set(payloads("tool_call").compactMap { $0["id"].string })
  }

  fileprivate var failures: Set<String> {
    Set(
      payloads("tool_result").filter {
        $0["is_error"].bool == true && $0["denied"].bool == nil && $0["cancelled"].bool == nil
      }.compactMap { $0["tool_use_id"].string }
    )
  }

  private func payloads(_ kind: EventKind) -> [AnyJSON] {
    entries.filter { $0.event.kind == kind }
      .compactMap { try? JSONDecoder().decode(AnyJSON.self, from: Data($0.event.payload.bytes)) }
  }
}
