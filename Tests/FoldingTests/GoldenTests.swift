import Events
import Foundation
import Testing

@testable import Folding

/// Notices that the fold gives another result than it gave before.
///
/// A store keeps digests beside the version of the fold that made them, and refolds the others. A
/// change of the fold that leaves the version as it is would mix old and new results for ever.
///
/// `Fixtures/fold/golden.txt` has a line for every log: its name, a hash of its events, and a hash
/// of all that the fold made of them. `RUNDIGEST_GOLDEN=write` writes it anew.
@Suite struct GoldenTests {
  static let file = Fixture.folder.appendingPathComponent("fold/golden.txt")

  @Test("The fold's results only change together with the version of the digest")
  func golden() throws {
    let stored = try Golden(text: String(contentsOf: Self.file, encoding: .utf8))
    let found = try Golden.now()
    if ProcessInfo.processInfo.environment["RUNDIGEST_GOLDEN"] == "write" {
      let changed = stored.version == found.version ? stored.changed(in: found) : []
      try #require(
        changed.isEmpty,
        "not written: raise Digest.version first, \(changed) changed"
      )
      try Data(found.text.utf8).write(to: Self.file)
      return
    }
    #expect(
      stored.version == found.version,
      "Digest.version is \(found.version): run this test once with RUNDIGEST_GOLDEN=write"
    )
    guard stored.version == found.version else { return }
    let changed = stored.changed(in: found)
    #expect(
      changed.isEmpty,
      """
      the fold's result changed while Digest.version stayed \(found.version): revert the change, \
      or raise Digest.version and run this test once with RUNDIGEST_GOLDEN=write; \
      \(changed.count) logs, for example \(changed.prefix(5))
      """
    )
    let unknown = Set(
      found.lines.keys.filter { stored.lines[$0]?.events != found.lines[$0]?.events }
    )
    .union(Set(stored.lines.keys).subtracting(found.lines.keys))
    #expect(
      unknown.isEmpty,
      "logs are new, changed or gone: run this test once with RUNDIGEST_GOLDEN=write; \(unknown)"
    )
  }
}

/// What the fold makes of many logs, a hash each.
private struct Golden {
  struct Line: Equatable {
    var events: String
    var result: String
  }

  var version: Int64
  var lines: [String: Line] = [:]

  /// Reads the stored lines.
  init(text: String) throws {
    let rows = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    version = try #require(rows.first?.last.flatMap { Int64($0) })
    for row in rows.dropFirst() where row.count == 3 {
      lines[row[0]] = Line(events: row[1], result: row[2])
    }
  }

  private init(version: Int64) {
    self.version = version
  }

  /// Folds all fixtures and 200 logs made from seeds.
  static func now() throws -> Golden {
    var golden = Golden(version: Digest.version)
    for fixture in Fixture.rules { try golden.add("fold/" + fixture.name, fixture.events()) }
    for fixture in Fixture.runs { try golden.add("runs/" + fixture.name, fixture.log()) }
    for batch in 0..<20 {
      var log = MemoryLog()
      for seed in (batch * 10)..<(batch * 10 + 10) {
        for entry in RandomLog(seed: UInt64(seed)).entries {
          log.append(entry.event, to: "seed-\(seed)")
        }
      }
      try golden.add("seeds/\(batch * 10)-\(batch * 10 + 9)", log)
    }
    return golden
  }

  private mutating func add(_ name: String, _ log: MemoryLog) throws {
    var events = Fingerprint()
    var result = Fingerprint()
    for run in log.runOrder {
      let entries = log.runs[run] ?? []
      for entry in entries {
        events.add("\(run) \(entry.seq) \(entry.ordinal ?? 0) \(entry.event.ts?.microseconds ?? 0)")
        events.add(entry.event.kind.rawValue + (entry.event.traceparent ?? ""))
        events.add(entry.event.payload.bytes)
      }
      let folded = try FoldedRun.folding(entries)
      result.add(folded.digest.encodedBody())
      result.add(folded.fold.fold.encodedState())
      result.add(folded.report(run: run))
    }
    lines[name] = Line(events: events.text, result: result.text)
  }

  /// The logs whose events are the same and whose results are not.
  func changed(in other: Golden) -> [String] {
    lines.keys.sorted().filter { name in
      guard let mine = lines[name], let now = other.lines[name] else { return false }
      return mine.events == now.events && mine.result != now.result
    }
  }

  var text: String {
    "version \(version)\n"
      + lines.sorted { $0.key < $1.key }
      .map { "\($0.key) \($0.value.events) \($0.value.result)\n" }.joined()
  }
}

/// A hash that is the same on every machine: FNV-1a in 64 bits, lengths included.
private struct Fingerprint {
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ bytes: some Collection<UInt8>) {
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { for byte in $0 { add(byte) } }
    for byte in bytes { add(byte) }
  }

  mutating func add(_ text: String) { add(Array(text.utf8)) }

  private mutating func add(_ byte: UInt8) {
    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
  }

  var text: String { String(hash, radix: 16) }
}
