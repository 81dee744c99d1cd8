import Events
import Foundation
import Testing

@testable import Folding

/// Compares the fold with a second implementation of the same rules, written from their text alone
/// by somebody who had not seen this one: `Tests/Oracle/fold_oracle.py`.
///
/// `RUNDIGEST_ORACLE_LOGS` sets how many random logs are compared.
@Suite struct OracleTests {
  static let logs = ProcessInfo.processInfo.environment["RUNDIGEST_ORACLE_LOGS"].flatMap { Int($0) }
  static let seed = ProcessInfo.processInfo.environment["RUNDIGEST_ORACLE_SEED"] ?? "7"

  static var hasPython: Bool {
    (try? Python.run(["-c", "pass"])) != nil
  }

  @Test(
    "Every figure of random logs is the one that an independent implementation finds",
    .enabled(if: hasPython, "python3 is not installed: the oracle was NOT asked")
  )
  func randomLogs() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("rundigest-oracle-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try Python.run(
      [Python.script("generate_logs.py"), Self.seed, "\(Self.logs ?? 60)", "200", folder.path])
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(!files.isEmpty)
    for file in files {
      try compare(folder.appendingPathComponent(file))
    }
  }

  private func compare(_ file: URL) throws {
    let expected = try object(Python.run([Python.script("fold_oracle.py"), file.path]))
    let log = MemoryLog(lines: [UInt8](try Data(contentsOf: file)))
    let runs = try #require(expected["runs"] as? [String: [String: Any]])
    #expect(Set(runs.keys) == Set(log.runs.keys), "\(file.lastPathComponent)")
    for (name, expected) in runs {
      let folded = try FoldedRun.folding(log.runs[name] ?? [])
      let place = "\(file.lastPathComponent) \(name)"
      var insight = try #require(expected["insight"] as? [String: Any])
      for key in ["family", "schema_version"] { insight[key] = nil }
      let cost = try #require(insight["cost"] as? [String: Any])
      insight["cost"] = ["reported_usd": cost["reported_usd"]]
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

/// The places where two JSON documents differ, money compared as decimals.
enum JSONDifference {
  static func between(_ expected: Any?, _ found: Any?, at path: String) -> [String] {
    switch (expected, found) {
    case (let expected as [String: Any], let found as [String: Any]):
      return Set(expected.keys).union(found.keys).sorted().flatMap {
        between(expected[$0], found[$0], at: path + "." + $0)
      }
    case (let expected as [Any], let found as [Any]):
      guard expected.count == found.count else {
        return ["\(path): expected \(expected.count) rows, found \(found.count)"]
      }
      return zip(expected, found).enumerated().flatMap {
        between($1.0, $1.1, at: "\(path)[\($0)]")
      }
    default:
      let isMoney = path.hasSuffix("_usd")
      // Money is kept in 64 bits of nano-dollars; the oracle's sums have no end.
      if isMoney, let sum = decimal(expected), abs(sum) > 9_000_000_000 { return [] }
      let same =
        isMoney
        ? decimal(expected) == decimal(found)
        : (expected as? NSObject) == (found as? NSObject)
      return same ? [] : ["\(path): expected \(expected ?? "-"), found \(found ?? "-")"]
    }
  }

  private static func decimal(_ value: Any?) -> Decimal? {
    switch value {
    case let text as String: Decimal(string: text)
    case let number as NSNumber: Decimal(string: "\(number)")
    default: nil
    }
  }
}

/// Runs the oracle's scripts.
enum Python {
  struct Failed: Error {
    var status: Int32
    var message: String
  }

  static func script(_ name: String, file: String = #filePath) -> String {
    URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Oracle/" + name).path
  }

  static func run(_ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.standardError
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(status: process.terminationStatus, message: arguments.joined(separator: " "))
    }
    return data
  }
}
