import Events
import Foundation
import TestSupport
import Testing

@testable import Folding

/// Compares the fold with a second implementation of the same rules, written from their text alone
/// by somebody who had not seen this one: `Tests/Oracle/fold_oracle.py`.
///
/// `RUNDIGEST_ORACLE_LOGS` sets how many random logs are compared.
@Suite struct OracleTests {
  static let logs = ProcessInfo.processInfo.environment["RUNDIGEST_ORACLE_LOGS"].flatMap { Int($0) }
  static let seed = ProcessInfo.processInfo.environment["RUNDIGEST_ORACLE_SEED"] ?? "7"

  @Test(
    "Every figure of random logs is the one that an independent implementation finds",
    .enabled(if: Oracle.isAvailable, "python3 is not installed: the oracle was NOT asked")
  )
  func randomLogs() throws {
    let folder = try Oracle.generateLogs(seed: Self.seed, count: Self.logs ?? 60, eventsMax: 200)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(!files.isEmpty)
    for file in files {
      try compare(folder.appendingPathComponent(file))
    }
  }

  private func compare(_ file: URL) throws {
    let expected = try Oracle.fold(file)
    let log = MemoryLog(lines: [UInt8](try Data(contentsOf: file)))
    let runs = try #require(expected["runs"] as? [String: [String: Any]])
    #expect(Set(runs.keys) == Set(log.runs.keys), "\(file.lastPathComponent)")
    for (name, expected) in runs {
      let folded = try FoldedRun.folding(log.runs[name] ?? [])
      let place = "\(file.lastPathComponent) \(name)"
      var insight = try #require(expected["insight"] as? [String: Any])
      for key in ["family", "schema_version"] { insight[key] = nil }
      let cost = try #require(insight["cost"] as? [String: Any])
      insight["cost"] = ["reported_usd": cost["reported_usd"], "agent_usd": cost["agent_usd"]]
      report(insight, try object(Data(folded.insightJSON(run: name))), place + " insight")
      report(
        expected["turns"],
        try rows(folded.turns.values.sorted { $0.idx < $1.idx }) {
          $0.write(run: name, to: &$1)
        },
        place + " turns"
      )
      report(
        expected["calls"],
        try rows(folded.calls.values.sorted { $0.seq < $1.seq }) {
          $0.write(run: name, to: &$1)
        },
        place + " calls"
      )
      report(
        expected["findings"],
        try rows(folded.findings) { $0.write(run: name, to: &$1) },
        place + " findings"
      )
      let quarantine = (expected["quarantine"] as? [[String: Any]])?.map { $0["seq"] as? Int }
      #expect(quarantine == folded.quarantined.map { Int($0.seq) }, "\(place) quarantine")
    }
  }

  private func object(_ data: Data) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func rows<Row>(
    _ rows: [Row],
    _ write: (Row, inout JSONWriter) -> Void
  ) throws -> Any {
    var json = JSONWriter()
    json.array { json in
      for row in rows { write(row, &json) }
    }
    return try JSONSerialization.jsonObject(with: Data(json.bytes))
  }

  private func report(_ expected: Any?, _ found: Any?, _ place: String) {
    for difference in JSONDifference.between(expected, found, at: place).prefix(5) {
      Issue.record("\(difference)")
    }
  }
}
