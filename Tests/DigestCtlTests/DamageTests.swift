internal import Foundation
internal import Glibc
import Storage
import TestSupport
import Testing

/// `RUNDIGEST_DAMAGES=10000 swift test --filter DamageTests` damages more copies.
@Suite("digest-ctl: a store that was damaged")
struct DamageTests {
  private static let damages = setting("RUNDIGEST_DAMAGES", default: 300)
  private static let seed = UInt64(setting("RUNDIGEST_DAMAGE_SEED", default: 20_261_129))
  private static let page = 4096

  /// What can happen to a file.
  private enum Damage: CaseIterable {
    case flip, flips, zero, zeroPage, swap, cut, foreignWAL, dropped
  }

  /// Reads that are compared with what the whole store answers.
  private static let reads = [
    ["runs"], ["insight", "run-3"], ["turns", "run-3"], ["calls", "run-3"], ["findings", "run-3"],
    ["events", "run-3"], ["session", "s1"],
    ["stats", "--since", "2026-06-01", "--until", "2026-07-01"],
  ]

  private static func log(_ runs: Int, _ name: String) -> String {
    let kinds = ["turn.start", "text", "tool_call", "tool_result", "usage", "turn.result"]
    var lines: [String] = []
    for run in 0..<runs {
      for index in 0..<24 {
        let time = String(format: "2026-06-%02dT00:%02d:00Z", 1 + run % 28, index)
        lines.append(
          #"{"run":"\#(name)-\#(run)","session":"s\#(run % 7)","kind":"\#(kinds[index % 6])","#
            + #""id":"e\#(index)","ts":"\#(time)","payload":{"id":"c\#(index / 6)","name":"bash","#
            + #""model":"m","input_tokens":5,"is_error":\#(run % 2 == 0),"#
            + #""text":"\#(String(repeating: "x", count: 200))"}}"#
        )
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func fill(_ tool: Tool, _ runs: Int, _ name: String) throws -> Data {
    try tool.write(log(runs, name), to: "log.jsonl")
    let result = try tool.run("import", "log.jsonl", "--seal-idle", "off")
    try #require(result.status == 0, "\(result.error)")
    return try Data(contentsOf: URL(fileURLWithPath: tool.store))
  }

  /// The WAL of a store that a process left in the middle of its work.
  private static func foreignWAL() throws -> Data {
    let tool = try Tool()
    _ = try fill(tool, 9, "other")
    let connection = try Connection(path: tool.store, mode: .readWrite)
    try connection.execute("UPDATE digests SET revision = revision + 1")
    return try Data(contentsOf: URL(fileURLWithPath: tool.store + "-wal"))
  }

  private static let tables = [
    "events", "runs", "sessions", "run_heads", "run_positions", "digests", "turns", "calls",
    "findings", "permissions", "quarantine", "rollups", "session_runs", "family_links",
    "generations", "stalled_runs", "digest_changes", "import_sources", "quarantined_lines", "meta",
  ]

  /// Damages a copy of the store, and says how.
  private static func damage(
    _ tool: Tool,
    _ whole: Data,
    wal: Data,
    _ random: inout SeededNumbers
  ) throws -> String {
    var file = whole
    let pages = file.count / page
    let kind = Damage.allCases[random.below(Damage.allCases.count)]
    var what = "\(kind)"
    for name in ["", "-wal", "-shm"] { remove(tool.store + name) }
    switch kind {
    case .flip, .flips:
      for _ in 0..<(kind == .flip ? 1 : 20) {
        let (at, bit) = (random.below(file.count), random.below(8))
        file[at] ^= 1 << bit
        what += " \(at).\(bit)"
      }
    case .zero:
      let (at, count) = (random.below(file.count), 1 + random.below(600))
      for index in at..<min(file.count, at + count) { file[index] = 0 }
      what += " \(at)+\(count)"
    case .zeroPage:
      let at = random.below(pages)
      for index in at * page..<(at + 1) * page { file[index] = 0 }
      what += " \(at)"
    case .swap:
      let (a, b) = (random.below(pages), random.below(pages))
      let bytes = file[a * page..<(a + 1) * page]
      file.replaceSubrange(a * page..<(a + 1) * page, with: file[b * page..<(b + 1) * page])
      file.replaceSubrange(b * page..<(b + 1) * page, with: bytes)
      what += " \(a) \(b)"
    case .cut:
      file = file.prefix(random.chance(50) ? random.below(pages) * page : random.below(file.count))
      what += " \(file.count)"
    case .foreignWAL:
      try tool.write(
        wal.prefix(random.chance(50) ? wal.count : random.below(wal.count)),
        to: "runs.sqlite-wal"
      )
    case .dropped: break
    }
    try tool.write(file, to: "runs.sqlite")
    if kind == .dropped {
      let table = tables[random.below(tables.count)]
      try Connection(path: tool.store, mode: .readWrite).execute("DROP TABLE \(table)")
      what += " \(table)"
    }
    return what
  }

  private static let steps = [
    "restore", "rebuild", "export", "doctor", "choose another", "digest-ctl runs", "try again",
    "import or append", "use the newer", "there is no ",
  ]

  /// What is wrong with an answer by itself; `nil` if nothing.
  private static func problem(_ result: Tool.Result, _ whole: Tool.Result) -> String? {
    guard (0...4).contains(result.status), result.status != 2 else {
      return "exit \(result.status): \(result.error)"
    }
    guard result.output.utf8.count <= 4 * whole.output.utf8.count + 100_000 else {
      return "endless"
    }
    guard result.status >= 3 else { return nil }
    let lines = result.error.split(separator: "\n")
    guard lines.count == 1, lines[0].hasPrefix("digest-ctl: ") else {
      return "not one sentence: \(result.error)"
    }
    return steps.contains { lines[0].contains($0) } ? nil : "no next step: \(lines[0])"
  }

  @Test("gives each verb's whole answer, or one sentence with the next step")
  func campaign() throws {
    let tool = try Tool()
    let whole = try Self.fill(tool, 30, "run")
    let wal = try Self.foreignWAL()
    let checks = [["verify"], ["doctor"], ["export", "events"]]
    let expected = try (checks + Self.reads).map { try tool.run(arguments: $0) }
    #expect(expected.map(\.status).allSatisfy { $0 == 0 })
    for number in 0..<Self.damages {
      let seed = Self.seed &+ UInt64(number)
      var random = SeededNumbers(scattering: seed)
      let what = try Self.damage(tool, whole, wal: wal, &random)
      func note(_ verb: [String], _ problem: String) {
        Issue.record(
          """
          \(verb.joined(separator: " ")) after \(what): \(problem) (RUNDIGEST_DAMAGE_SEED=\(seed) \
          RUNDIGEST_DAMAGES=1)
          """
        )
      }
      func answer(_ verb: [String]) throws -> Tool.Result {
        try tool.run(arguments: verb, through: ["/usr/bin/timeout", "60"])
      }
      let found = try checks.map(answer)
      for (index, verb) in checks.enumerated() {
        if let problem = Self.problem(found[index], expected[index]) { note(verb, problem) }
        if found[index].status == 0, found[index].output != expected[index].output {
          note(verb, "another answer with exit 0")
        }
      }
      let (verify, doctor, export) = (found[0], found[1], found[2])
      if doctor.status == 0, export.status != 0 || verify.status == 4 {
        note(["doctor"], "ok, but: \(export.error)\(verify.error)")
      }
      for _ in 0..<2 {
        let index = random.below(Self.reads.count)
        let (verb, whole) = (Self.reads[index], expected[checks.count + index])
        let result = try answer(verb)
        if let problem = Self.problem(result, whole) { note(verb, problem) }
        if result.status == 0, result.output != whole.output, verify.status == 0 {
          note(verb, "another answer, and verify finds nothing")
        }
        if result.status >= 3, doctor.status == 0 { note(["doctor"], "ok, but: \(result.error)") }
      }
      let rebuild = try answer(["rebuild"])
      if let problem = Self.problem(rebuild, rebuild) { note(["rebuild"], problem) }
    }
  }

  @Test("is exported as far as it goes, and imported whole with new seqs")
  func renumber() throws {
    let tool = try Tool()
    let lines = (1...10).map { #"{"run":"r","seq":\#($0),"kind":"text","id":"e\#($0)"}"# }
    let torn = lines[..<3] + lines[4...]
    try tool.write(torn.joined(separator: "\n") + "\n", to: "export.jsonl")
    let refused = try tool.run("import", "export.jsonl", "--store", "plain.sqlite")
    #expect(refused.status == 1)
    let whole = try tool.run("import", "export.jsonl", "--renumber", "--seal-idle", "off")
    #expect(whole.status == 0)
    let events = try tool.run("export", "events").rows()
    #expect(events.map { $0["seq"] as? Int } == Array(1...9))
    #expect(events.map { $0["id"] as? String } == [1, 2, 3, 5, 6, 7, 8, 9, 10].map { "e\($0)" })
    #expect(try tool.run("import", "export.jsonl", "--renumber", "--follow").status == 2)
  }
}
