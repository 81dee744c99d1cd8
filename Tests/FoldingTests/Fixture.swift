import Events
import Foundation
import Testing

@testable import Folding

/// A log that was written by hand, with figures that were worked out by hand beside it.
struct Fixture: Sendable, CustomTestStringConvertible {
  var name: String
  var file: URL

  var testDescription: String { name }

  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  /// The fixtures of a folder by name; none where the folder cannot be read, which a test notices.
  static func all(in subfolder: String, suffix: String) -> [Fixture] {
    let folder = folder.appendingPathComponent(subfolder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(suffix) }.sorted().map {
      Fixture(name: String($0.dropLast(suffix.count)), file: folder.appendingPathComponent($0))
    }
  }

  /// One file per rule: the events and the figures stand in it together.
  static let rules = all(in: "fold", suffix: ".json")

  /// Whole logs, with the figures in a file beside each.
  static let runs = all(in: "runs", suffix: ".jsonl")

  func bytes() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: file))
  }

  /// A whole log.
  func log() throws -> MemoryLog {
    MemoryLog(lines: try bytes())
  }

  /// The events of a rule's file.
  ///
  /// `{"times": n, "event": …}` stands for n events, `%d` in them being 0, 1, 2 …, and `"%n"` with
  /// its quotes the same as a number.
  func events() throws -> MemoryLog {
    var lines: [[UInt8]] = []
    try bytes().withUnsafeBytes { text in
      try JSONValue.parse(text)["events"]?.forEachElement { element in
        guard let times = element["times"]?.int, let event = element["event"] else {
          lines.append(Array(element.raw))
          return
        }
        let template = String(decoding: event.raw, as: UTF8.self)
        for index in 0..<times {
          let line = template.replacingOccurrences(of: "\"%n\"", with: "\(index)")
          lines.append(Array(line.replacingOccurrences(of: "%d", with: "\(index)").utf8))
        }
      }
    }
    var log = MemoryLog()
    for line in lines {
      let parsed = try line.withUnsafeBytes { try NativeLine.parse($0) }
      log.append(parsed.event, to: parsed.run.rawValue, seq: parsed.seq)
    }
    return log
  }

  /// What stands in the rule's own file, or in the file beside a log.
  func expectation() throws -> [String: Any] {
    let beside = file.deletingPathExtension().appendingPathExtension("expected.json")
    let source = file.pathExtension == "jsonl" ? beside : file
    return try Self.object([UInt8](try Data(contentsOf: source)))
  }

  static func object(_ bytes: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }
}

extension FoldedRun {
  /// Everything that a fold leaves behind, as JSON: the digest, the rows, and the sums.
  func report(run: String) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.raw("insight", insightJSON(run: run))
      json.array("turns") { json in
        for turn in turns.values.sorted(by: { $0.idx < $1.idx }) { turn.write(run: run, to: &json) }
      }
      json.array("calls") { json in
        for call in calls.values.sorted(by: { $0.seq < $1.seq }) { call.write(run: run, to: &json) }
      }
      json.array("findings") { json in
        for finding in findings { finding.write(run: run, to: &json) }
      }
      json.array("quarantine") { json in
        for row in quarantined {
          json.object { json in
            json.member("seq", row.seq)
            json.member("reason", row.reason)
          }
        }
      }
      json.array("outcomes") { json in
        for move in outcomes {
          json.object { json in
            json.member("bucket", Self.name(ofBucket: move.bucket))
            json.member("status", move.status.rawValue)
            json.member("runs", move.runs)
          }
        }
      }
      writeSums("sessions", to: &json) { $0.session ?? "(none)" }
      writeSums("agents", to: &json) { $0.agent ?? "(none)" }
      writeSums("buckets", to: &json) { Self.name(ofBucket: $0.bucket) }
    }
    return json.bytes
  }

  private static func name(ofBucket bucket: Int64) -> String {
    Timestamp(microseconds: bucket * RollupCellKey.bucketMicros).description
  }

  private func writeSums(
    _ key: String,
    to json: inout JSONWriter,
    by name: (RollupCellKey) -> String
  ) {
    var sums: [String: Totals] = [:]
    for (key, totals) in cells { sums[name(key), default: Totals()].merge(totals) }
    json.object(key) { json in
      for (name, totals) in sums.sorted(by: { $0.key < $1.key }) {
        json.object(name) { json in
          totals.writeMembers(to: &json) { json in
            json.object("cost") { $0.money("reported_usd", totals.cost.value) }
          }
        }
      }
    }
  }
}
