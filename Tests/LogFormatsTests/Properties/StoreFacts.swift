import Events
import FoundationEssentials
import LogFormats
import RunDigest

/// What a store says of its runs, without what depends on the pieces in which a log came: the
/// numbers of events, and how many there are of each kind.
struct StoreFacts: Equatable {
  /// The facts of each run, by their paths in its JSON.
  var runs: [String: [String: String]] = [:]

  init(_ store: RunStore) async throws {
    try await store.flush()
    var all = RunListQuery()
    all.limit = 100_000
    for summary in try store.reader.runs(all) {
      let run = summary.run
      var facts: [String: String] = [:]
      var json = JSONWriter()
      try store.reader.insight(RunID(run)).write(to: &json) { _, _ in }
      Self.flatten(Self.parse(json), "insight", into: &facts)
      // How many issues there are in all counts late events too; by class they are compared.
      facts["insight.issues.count"] = nil
      facts["insight.issues.worst"] = nil
      for turn in try store.reader.turns(RunID(run), limit: 100_000) {
        var json = JSONWriter()
        turn.write(run: run, to: &json)
        Self.flatten(Self.parse(json), "turns.\(turn.idx)", into: &facts)
      }
      for call in try store.reader.calls(RunID(run), limit: 1_000_000) {
        var json = JSONWriter()
        call.write(run: run, to: &json)
        Self.flatten(Self.parse(json), "calls.\(call.callID)", into: &facts)
      }
      var findings: [String] = []
      for finding in try store.reader.findings(RunID(run), limit: 1_000_000)
      where finding.errorClass != "late_event" {
        let label = finding.anchor.label ?? "-"
        findings.append("\(finding.errorClass) \(label) turn \(finding.turn ?? -1)")
      }
      for (place, finding) in findings.sorted().enumerated() {
        facts["findings.\(place)"] = finding
      }
      runs[run] = facts
    }
  }

  private static func parse(_ json: JSONWriter) -> RawJSON {
    (try? JSONDecoder().decode(RawJSON.self, from: Data(json.bytes))) ?? .null
  }

  /// What the pieces decide: numbers of events, and places in the log.
  private static let dropped: Set<String> = [
    "seq", "ordinal", "start_seq", "end_seq", "start_ordinal", "end_ordinal", "event_count",
    "watermark", "head", "lag", "kinds", "late_events", "late_event", "schema_version", "n",
  ]

  private static func flatten(
    _ value: RawJSON,
    _ path: String,
    into facts: inout [String: String]
  ) {
    switch value {
    case .object(let members):
      for (key, member) in members where !dropped.contains(key) {
        flatten(member, path + "." + key, into: &facts)
      }
    case .array(let elements):
      for (place, element) in elements.enumerated() {
        flatten(element, path + ".\(place)", into: &facts)
      }
    case .string(let text): facts[path] = text
    case .number(let number): facts[path] = "\(number)"
    case .bool(let bool): facts[path] = "\(bool)"
    case .null: break
    }
  }

  /// The facts in which another store differs, at most `limit` of them.
  func differences(from other: StoreFacts, limit: Int = 12) -> [String] {
    var found: [String] = []
    for run in Set(runs.keys).union(other.runs.keys).sorted() {
      guard let mine = runs[run], let others = other.runs[run] else {
        found.append("\(run): only in one of them")
        continue
      }
      for path in Set(mine.keys).union(others.keys).sorted() where mine[path] != others[path] {
        let (one, other) = (mine[path] ?? "nothing", others[path] ?? "nothing")
        found.append("\(run) \(path): \(one) against \(other)")
      }
    }
    return Array(found.prefix(limit))
  }

  /// What adds up over all runs: turns, calls, failures, tokens and what was paid.
  var sums: [String: Double] {
    var sums: [String: Double] = [:]
    for facts in runs.values {
      for (path, value) in facts {
        guard let number = Double(value) else { continue }
        let isSum =
          path.hasPrefix("insight.turns.") && !path.hasSuffix(".open")
          || path == "insight.tool_calls" || path == "insight.tool_failed"
          || path == "insight.cost.reported_usd"
          || path.hasPrefix("insight.models.") && !path.contains("long_context")
        if isSum { sums[path, default: 0] += number }
      }
    }
    // Money adds up to nano-dollars, in whatever order it is added.
    return sums.mapValues { ($0 * 1e9).rounded() / 1e9 }.filter { $0.value != 0 }
  }
}
