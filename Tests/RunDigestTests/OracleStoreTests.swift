import Events
import Folding
import Foundation
import RunDigest
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import Pricing
@testable import RunDigest

/// The whole way, from lines through the log and the worker to the tables, against the oracle.
@Suite struct OracleStoreTests {
  @Test(
    "Digests, sessions, families and windows of random logs are what the oracle finds",
    .enabled(if: Oracle.isAvailable, "python3 is not installed: the oracle was NOT asked")
  )
  func randomLogs() async throws {
    let environment = ProcessInfo.processInfo.environment
    let folder = try Oracle.generateLogs(
      seed: environment["RUNDIGEST_ORACLE_SEED"] ?? "11",
      count: environment["RUNDIGEST_ORACLE_LOGS"].flatMap { Int($0) } ?? 25,
      eventsMax: 200
    )
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
      let log = folder.appendingPathComponent(name)
      try await compare(log, in: folder.appendingPathComponent(name + ".sqlite").path)
    }
  }

  private func compare(_ log: URL, in path: String) async throws {
    let expected = try Oracle.fold(log)
    let store = try await RunStore.open(at: path)
    try await append([UInt8](try Data(contentsOf: log)), to: store)
    try await store.flush()
    for (name, expected) in try #require(expected["runs"] as? [String: [String: Any]]) {
      var insight = try #require(expected["insight"] as? [String: Any])
      let found = try json { try store.insight(RunID(name)).write(to: &$0, cost: writeCost) }
      var cost = try #require(insight["cost"] as? [String: Any])
      // The oracle has no prices: it says where the cost is a minimum, and never that it is not.
      cost["is_minimum"] = cost["is_minimum"] as? Bool ?? false
      insight["cost"] = cost
      var family = try #require(insight["family"] as? [String: Any])
      family["cost"] = [
        "reported_usd": family.removeValue(forKey: "reported_usd") ?? NSNull(),
        "estimated_usd": NSNull(), "unpriced_models": [], "is_minimum": isInexact(family["models"]),
      ]
      family["models"] = withoutZeros(family["models"])
      insight["family"] = family
      var actual = try #require(found as? [String: Any])
      var actualFamily = try #require(actual["family"] as? [String: Any])
      actualFamily["models"] = withoutZeros(actualFamily["models"])
      actual["family"] = actualFamily
      report(insight, actual, "\(log.lastPathComponent) \(name)")
    }
    for (name, expected) in try #require(expected["sessions"] as? [String: [String: Any]]) {
      let sum = try store.session(name)
      report(
        additive(expected),
        additive(try json { json in sum.write(to: &json, cost: writeCost) }),
        "\(log.lastPathComponent) session \(name)"
      )
      let found = try #require(try json { sum.write(to: &$0, cost: writeCost) } as? [String: Any])
      for key in ["runs", "run_ids", "first_ts", "last_ts"] where expected[key] != nil {
        report(expected[key], found[key], "\(log.lastPathComponent) session \(name) \(key)")
      }
    }
    for rollup in try #require(expected["rollups"] as? [[String: Any]]) {
      try compare(rollup: rollup, store, log.lastPathComponent)
    }
    let verification = try store.verify()
    #expect(verification.differences == [], "\(log.lastPathComponent)")
    await store.close()
  }

  private func compare(rollup: [String: Any], _ store: RunStore, _ log: String) throws {
    let bucket = try #require(rollup["bucket"] as? String)
    let start = try #require(Timestamp(bucket))
    let end = Timestamp(microseconds: start.microseconds + 900_000_000)
    let dimensions: [String: StatsDimension] = [
      "total": .total, "agent": .agent, "project": .project, "host": .host, "model": .model,
      "tool": .tool, "outcome": .outcome,
    ]
    let name = try #require(rollup["dimension"] as? String)
    let dimension = try #require(dimensions[name])
    let key = try #require(rollup["key"] as? String)
    let rows = try store.stats(StatsWindow(from: start, to: end), by: dimension)
    let totals = rows.first { $0.key == key }?.totals ?? Totals()
    let found = try json { json in
      json.object { json in
        totals.writeMembers(to: &json) { $0.money("reported_usd", totals.cost.value) }
      }
    }
    let expected = try #require(rollup["sum"] as? [String: Any])
    let place = "\(log) \(bucket) by \(name) \(key)"
    switch dimension {
    case .outcome:
      report(expected["runs"], (found as? [String: Any])?["runs"], place)
    case .model:
      report(
        withoutZeros(expected["models"]),
        withoutZeros((found as? [String: Any])?["models"]),
        place
      )
    case .tool:
      report(expected["tools"], (found as? [String: Any])?["tools"], place)
    default:
      report(additive(expected), additive(found), place)
    }
  }

  private func append(_ bytes: [UInt8], to store: RunStore) async throws {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var heads: [String: Int64] = [:]
    for line in bytes[start...].split(separator: 0x0A) {
      guard let native = line.withUnsafeBytes({ try? NativeLine.parse($0) }) else { continue }
      let run = try RunID(native.run.rawValue)
      if let seq = native.seq, seq != heads[run.name, default: 0] + 1, native.event.id == nil {
        continue
      }
      let receipt = try? await store.append([native.event], to: run)
      if let receipt { heads[run.name] = receipt.head }
    }
  }

  /// The parts of a session's sum that both print.
  private func additive(_ value: Any) -> [String: Any] {
    guard let object = value as? [String: Any] else { return [:] }
    var result: [String: Any] = [:]
    for key in [
      "event_count", "kinds", "turn_latency", "ttft", "tool_calls", "tool_failed", "tools",
      "retries", "rate_limits", "permissions", "compactions", "late_events", "quarantined",
    ] {
      result[key] = object[key]
    }
    let cost = object["cost"] as? [String: Any]
    result["reported_usd"] = object["reported_usd"] ?? cost?["reported_usd"] ?? NSNull()
    result["models"] = withoutZeros(object["models"])
    result["turns"] = object["turns"]
    for key in ["errors", "issues"] {
      let classes = (object[key] as? [String: Any])?["classes"] as? [String: [String: Any]]
      result[key] = classes?.mapValues { $0["count"] ?? 0 } ?? object[key]
    }
    return result
  }

  private func withoutZeros(_ models: Any?) -> [String: Any] {
    ((models as? [String: Any]) ?? [:]).filter { !isZero($0.value) }
  }

  /// Whether a request of some model is known in part only.
  private func isInexact(_ models: Any?) -> Bool {
    let counts = ["partial_requests", "unknown_requests"]
    func isInexact(_ usage: [String: Any]) -> Bool {
      counts.contains { (usage[$0] as? Int ?? 0) > 0 }
        || (usage["subagent"] as? [String: Any]).map(isInexact) == true
    }
    return ((models as? [String: [String: Any]]) ?? [:]).values.contains(where: isInexact)
  }

  /// An estimate by a list that has no model, as far as it depends on the requests.
  private func writeCost(_ totals: Totals, _ json: inout JSONWriter) {
    let inexact = totals.models.entries.reduce(0) { $0 + max(0, $1.value.inexactRequests) }
    CostEstimate(nanoUSD: nil, unpricedModels: [], inexactRequests: inexact)
      .write(reported: totals.cost, to: &json)
  }

  private func isZero(_ value: Any) -> Bool {
    if let object = value as? [String: Any] { return object.values.allSatisfy(isZero) }
    return (value as? NSNumber) == 0
  }

  private func json(_ write: (inout JSONWriter) throws -> Void) throws -> Any {
    var json = JSONWriter()
    try write(&json)
    return try JSONSerialization.jsonObject(with: Data(json.bytes))
  }

  private func report(_ expected: Any?, _ found: Any?, _ place: String) {
    for difference in JSONDifference.between(expected, found, at: place).prefix(5) {
      Issue.record("\(difference)")
    }
  }
}
