import Events
import FoundationEssentials
import LogFormats
import TestSupport

/// Imports logs in tests, as a driver would.
struct TestImport {
  /// When the source is said to be at rest, and its memory written down and read back.
  enum Rests { case atEnd, afterEachLine }

  private(set) var entries: [ImportedEvents.Entry] = []
  private(set) var problems: [ImportedEvents.Problem] = []
  private(set) var runs: [RunID] = []
  private var ids: Set<String> = []
  private(set) var duplicates = 0
  /// What the sources read so far know of each other.
  private(set) var facts: [String: String] = [:]

  /// Reads a log into the same store as those before it.
  @discardableResult
  mutating func read(
    _ bytes: [UInt8],
    _ format: LogFormat = .claudeCode,
    source: LogSource = LogSource(),
    continuing earlier: (any LogImporter)? = nil,
    rests: Rests = .atEnd,
    seals: Bool = false
  ) throws -> any LogImporter {
    var importer = earlier ?? format.importer(for: source)
    var lines: [[UInt8]] = []
    bytes.withUnsafeBytes { text in
      _ = LogLines.split(text) { line, _ in lines.append(Array(line)) }
    }
    for (i, line) in lines.enumerated() {
      var sink = makeSink()
      line.withUnsafeBytes { importer.read(line: $0, number: i + 1, into: &sink) }
      if rests == .afterEachLine {
        importer.atRest(into: &sink)
        importer = try format.importer(for: source, decoding: importer.encodedState)
      }
      store(sink)
    }
    var sink = makeSink()
    importer.atRest(into: &sink)
    if seals { importer.beforeSeal(into: &sink) }
    store(sink)
    runs += importer.runs.filter { !runs.contains($0) }
    return importer
  }

  mutating func read(
    lines: [String],
    _ format: LogFormat = .claudeCode,
    source: LogSource = LogSource(),
    rests: Rests = .atEnd,
    seals: Bool = false
  ) throws {
    let bytes = Array(lines.joined(separator: "\n").utf8)
    try read(bytes, format, source: source, rests: rests, seals: seals)
  }

  private func makeSink() -> ImportedEvents {
    let (facts, ids) = (facts, ids)
    return ImportedEvents {
      facts[$0]
    } hasLine: { line, run in
      let id = "\(run) \(line)"
      return ids.contains { $0 == id || $0.hasPrefix(id + "/") }
    }
  }

  private mutating func store(_ sink: ImportedEvents) {
    problems += sink.problems
    for fact in sink.facts.all { facts[fact.key] = fact.after }
    for entry in sink.entries {
      if let id = entry.event.id, !ids.insert("\(entry.run) \(id)").inserted {
        duplicates += 1
        continue
      }
      entries.append(entry)
    }
  }

  /// The events of a run, each as its kind and the named members of its payload.
  func story(of run: String, showing keys: [StaticString] = []) -> [String] {
    entries.filter { $0.run.rawValue == run }.map { entry in
      ([entry.event.kind.rawValue]
        + keys.compactMap { key in
          entry.event.payload.bytes.withUnsafeBytes { bytes in
            guard let value = (try? JSONValue.parse(bytes))?[key] else { return nil }
            return "\(key)=" + (value.string ?? String(decoding: value.raw, as: UTF8.self))
          }
        }).joined(separator: " ")
    }
  }

  /// The events of one run alone.
  func only(_ run: RunID) -> TestImport {
    var part = self
    part.entries = entries.filter { $0.run == run }
    return part
  }

  func events(of run: String, _ kind: EventKind) -> [Event] {
    entries.filter { $0.run.rawValue == run && $0.event.kind == kind }.map(\.event)
  }
}

/// Token counts per model, as a digest would have them.
struct Totals: Equatable, CustomStringConvertible {
  var models: [String: [Int64]] = [:]

  mutating func add(_ model: String, _ counts: [Int64]) {
    let old = models[model] ?? [0, 0, 0, 0]
    models[model] = zip(old, counts).map(+)
  }

  var description: String {
    models.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
  }
}

extension TestImport {
  /// A little fold: usage adds up, a correction takes off what it replaces, and a turn's `by_model`
  /// replaces the turn's own tally.
  var totals: Totals {
    var totals = Totals()
    var turns: [RunID: [String: [Int64]]] = [:]
    var open: Set<RunID> = []
    struct Counted {
      var model: String
      var counts: [Int64]
      /// The turn that it lies in; -1 outside of turns.
      var turn: Int
    }
    var counted: [String: Counted] = [:]
    var ended: [RunID: Int] = [:]
    for entry in entries {
      let turn = ended[entry.run] ?? 0
      entry.event.payload.bytes.withUnsafeBytes { bytes in
        var fields = PayloadFields()
        fields.scan(bytes)
        switch entry.event.kind {
        case "input", "text", "thought", "tool_call", "turn.start":
          open.insert(entry.run)
        case "usage" where !fields.isTrue(.copied):
          let keys: [PayloadKey] = [
            .inputTokens, .outputTokens, .cacheReadTokens, .cacheWriteTokens,
          ]
          let counts = keys.map { fields.count($0) ?? 0 }
          let model = fields.string(.model).map { String(decoding: $0, as: UTF8.self) } ?? "-"
          let replaced = (try? JSONValue.parse(bytes))?["replaces"]?.string
            .flatMap { counted["\(entry.run) \($0)"] }
          totals.add(model, counts)
          if let replaced { totals.add(replaced.model, replaced.counts.map { -$0 }) }
          let isInTurn = open.contains(entry.run) && (replaced?.turn ?? turn) == turn
          counted["\(entry.run) \(entry.event.id ?? "")"] = Counted(
            model: model,
            counts: counts,
            turn: replaced?.turn ?? (isInTurn ? turn : -1)
          )
          guard isInTurn else { return }
          let old = turns[entry.run]?[model] ?? [0, 0, 0, 0]
          turns[entry.run, default: [:]][model] = zip(old, counts).map(+)
          guard let replaced else { return }
          let other = turns[entry.run]?[replaced.model] ?? [0, 0, 0, 0]
          turns[entry.run, default: [:]][replaced.model] = zip(other, replaced.counts).map(-)
        case "turn.result":
          var reported: [String: [Int64]] = [:]
          fields.forEachMember(of: .byModel) { name, value in
            let keys: [StaticString] = ["input", "output", "cache_read", "cache_create"]
            reported[String(decoding: name, as: UTF8.self)] = keys.map { value[$0]?.count ?? 0 }
          }
          if !reported.isEmpty {
            for (model, counts) in turns[entry.run] ?? [:] { totals.add(model, counts.map { -$0 }) }
            for (model, counts) in reported { totals.add(model, counts) }
          }
          turns[entry.run] = nil
          open.remove(entry.run)
          ended[entry.run] = turn + 1
        default:
          break
        }
      }
    }
    // A model whose requests were all corrected to another one is not left with zeros.
    totals.models = totals.models.filter { $0.value.contains { $0 != 0 } }
    return totals
  }
}

extension TestFiles {
  /// A fixture of Claude Code.
  static func fixture(_ name: String) throws -> [UInt8] {
    try bytes(fixtureFolder + "/claude-code/" + name)
  }
}
