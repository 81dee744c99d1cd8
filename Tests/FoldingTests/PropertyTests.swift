import Events
import Foundation
import TestSupport
import Testing

@testable import Folding

/// What has to hold for any log whatever, tried on logs made from seeds.
///
/// `RUNDIGEST_PROPERTY_LOGS` sets how many, and `RUNDIGEST_PROPERTY_SEED` the first seed: with the
/// seed of a failure and one log it comes back.
@Suite struct PropertyTests {
  static let logs = setting("RUNDIGEST_PROPERTY_LOGS") ?? 2_000
  static let firstSeed = setting("RUNDIGEST_PROPERTY_SEED") ?? 1

  private static func setting(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
  }

  @Test("However a log is cut, and wherever the process restarts, its fold is the fold at once")
  func chunking() throws {
    try forEachLog { log, numbers in
      let entries = log.entries
      let isSmall = entries.count <= 24
      // A restart costs far more than an event: most logs get few, small ones one at any place.
      let restartPercent = isSmall ? 50 : numbers.chance(10) ? 20 : 3
      var run = FoldedRun()
      for (index, entry) in entries.enumerated() {
        try run.step(entry)
        if numbers.chance(restartPercent) {
          try run.restart()
        } else if numbers.chance(20) {
          run.write()
          run.fold.fold.trim()
        }
        let isLast = index + 1 == entries.count
        guard isSmall || isLast || numbers.below(entries.count) < 3 else { continue }
        run.write()
        let atOnce = try FoldedRun.folding(Array(entries[...index]))
        for difference in run.differences(from: atOnce) {
          throw Violation("after event \(index + 1): \(difference)")
        }
      }
    }
  }

  @Test("Cells sum up to the digest, time states to the span, and events to the watermark")
  func sums() throws {
    try forEachLog { log, _ in
      let run = try FoldedRun.folding(log.entries)
      let digest = run.digest
      let span = (digest.lastTs?.microseconds ?? 0) - (digest.firstTs?.microseconds ?? 0)
      guard digest.totals.time.spanMicros == span else {
        throw Violation("time states sum to \(digest.totals.time.spanMicros), the span is \(span)")
      }
      let cut = digest.totals.time.milliseconds
      guard cut.model + cut.tool + cut.waiting + cut.idle == span / 1000 else {
        throw Violation("time states in ms do not sum to the span in ms")
      }
      let time = digest.totals.time
      let parts = [time.modelMicros, time.toolMicros, time.waitingMicros, time.idleMicros]
      guard run.fold.fold.timeExcess <= 0, parts.allSatisfy({ $0 >= 0 }) else {
        throw Violation("model, tool and waiting exceed the turns, or are negative: \(time)")
      }
      guard digest.isConsistent, digest.watermark == Int64(log.entries.count) else {
        throw Violation("\(digest.totals[.eventCount]) events at watermark \(digest.watermark)")
      }
      try compareCells(run, isWide: log.isWide)
      try compareRows(run)
      try compareSessions(run, log)
    }
  }

  /// The digest's totals are the sum of all cells; wide logs may name things differently, since
  /// the digest's maps are bounded and sums are not.
  private func compareCells(_ run: FoldedRun, isWide: Bool) throws {
    var sum = Totals()
    for cell in run.cells.values { sum.merge(cell) }
    if isWide {
      guard sum.withoutNames == run.digest.totals.withoutNames else {
        throw Violation("the cells of a wide log do not sum up to the digest")
      }
    } else if sum.text != run.digest.totals.text {
      throw Violation("the cells sum up to \(sum.text), not to \(run.digest.totals.text)")
    }
  }

  /// The times of sessions are those of their events that have a place in the run's time.
  private func compareSessions(_ run: FoldedRun, _ log: RandomLog) throws {
    let annotations = ["agent.cost", "run.tag", "run.note", "run.score"]
    var times: [String: [Int64]] = [:]
    var isSealed = false
    for event in log.entries.map(\.event) {
      let kind = event.kind.rawValue
      let isTimed = !annotations.contains(kind) && !(kind == "verdict" && isSealed)
      if let session = event.session {
        times[session, default: []] += isTimed ? [event.ts?.microseconds ?? 0] : []
      }
      if kind == "run.ended" { isSealed = true }
      if kind == "run.resumed" { isSealed = false }
    }
    guard Set(run.sessions.map(\.session)) == Set(times.keys),
      run.sessions.allSatisfy({ $0.firstTs?.microseconds == times[$0.session]?.min() }),
      run.sessions.allSatisfy({ $0.lastTs?.microseconds == times[$0.session]?.max() })
    else { throw Violation("the times of sessions differ from those of their events") }
  }

  /// Rows and digest say the same.
  private func compareRows(_ run: FoldedRun) throws {
    let totals = run.digest.totals
    let turns = run.turns.values
    guard Int64(turns.count) == run.digest.turnCount,
      Set(turns.map(\.idx)) == Set(0..<Int64(turns.count)),
      turns.filter({ $0.status == nil }).count == (run.digest.isTurnOpen ? 1 : 0),
      turns.reduce(0, { $0 + ($1.durationMicros ?? 0) }) == totals[.activeMicros],
      Int64(turns.filter { $0.ttftMicros != nil }.count) == totals.ttft.count
    else { throw Violation("turn rows and digest differ") }
    let errors = run.findings.filter { $0.type == .error }.count
    guard run.findings.map(\.n) == Array(0..<Int64(run.findings.count)),
      run.digest.errors.values.reduce(0, { $0 + $1.count }) == errors,
      run.digest.issues.values.reduce(0, { $0 + $1.count }) == run.findings.count - errors,
      totals[.quarantined] == run.quarantined.count
    else { throw Violation("finding rows and digest differ") }
    guard run.outcomes.reduce(0, { $0 + $1.runs }) == (run.digest.isSealed ? 1 : 0) else {
      throw Violation("the run counts more or less than once among the outcomes")
    }
    guard turns.reduce(0, { $0 + $1.toolFailed }) <= totals[.toolFailed],
      turns.reduce(0, { $0 + $1.errors }) <= Int64(errors)
    else { throw Violation("turn rows exceed the digest") }
    let missing = run.calls.values.filter { $0.status == .missing }.count
    guard totals.tools.values.reduce(0, { $0 + $1.missing }) == missing else {
      throw Violation("call rows and digest differ")
    }
  }

  @Test("A step refuses every event but the next, and changes nothing then")
  func order() throws {
    try forEachLog(atMost: 200) { log, numbers in
      var run = FoldedRun()
      for (index, entry) in log.entries.enumerated() {
        if numbers.chance(20) {
          run.write()
          let before = run.fold.fold.digest.encodedBody() + run.fold.fold.encodedState()
          for seq in [entry.seq + 1, entry.seq - 1, 0, -1, .max] {
            var wrong = entry
            wrong.seq = seq
            #expect(throws: FoldError.gap(expected: entry.seq, found: seq)) { try run.step(wrong) }
          }
          run.write()
          let after = run.fold.fold.digest.encodedBody() + run.fold.fold.encodedState()
          guard before == after else { throw Violation("a refused event changed the fold") }
        }
        try run.step(entry)
        guard run.fold.fold.watermark == Int64(index) + 1 else { throw Violation("no step") }
      }
    }
  }

  /// Tries a property on every log; a failure says the seed that brings it back.
  private func forEachLog(
    atMost limit: Int = .max,
    _ body: (RandomLog, inout SeededNumbers) throws -> Void
  ) throws {
    var failures = 0
    for seed in Self.firstSeed..<(Self.firstSeed + min(Self.logs, limit)) where failures < 5 {
      var numbers = SeededNumbers(seed: UInt64(seed) &* 7919)
      do {
        try body(RandomLog(seed: UInt64(seed)), &numbers)
      } catch {
        failures += 1
        Issue.record(
          "\(error); again with RUNDIGEST_PROPERTY_SEED=\(seed) RUNDIGEST_PROPERTY_LOGS=1"
        )
      }
    }
  }
}

/// A property that does not hold.
struct Violation: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}

extension FoldedRun {
  /// In which tables two folds of the same events differ.
  func differences(from other: FoldedRun) -> [String] {
    var names: [String] = []
    if digest != other.digest { names.append("the digest differs") }
    if digest.encodedBody() != other.digest.encodedBody() { names.append("its bytes differ") }
    if fold.fold.encodedState() != other.fold.fold.encodedState() {
      names.append("the state differs")
    }
    if turns != other.turns { names.append("the turns differ") }
    if calls != other.calls { names.append("the calls differ") }
    if permissions != other.permissions { names.append("the permissions differ") }
    if findings != other.findings { names.append("the findings differ") }
    if cells != other.cells { names.append("the cells differ") }
    if sessions != other.sessions { names.append("the sessions differ") }
    if outcomes != other.outcomes { names.append("the outcomes differ") }
    if quarantined.map(\.seq) != other.quarantined.map(\.seq) {
      names.append("the quarantine differs")
    }
    return names
  }
}

extension Totals {
  /// All figures as JSON, names in order.
  fileprivate var text: String {
    var json = JSONWriter()
    json.object { json in
      writeMembers(to: &json) { json in
        json.object("cost") { $0.money("reported_usd", counters.cost.value) }
      }
    }
    return json.text
  }

  /// The same with all names of a map summed up under one.
  fileprivate var withoutNames: Totals {
    var sum = self
    sum.kinds = NameMap()
    sum.models = NameMap()
    sum.tools = NameMap()
    sum.errors = NameMap()
    sum.issues = NameMap()
    sum.kinds.add(kinds, bound: 0, &+=)
    sum.models.add(models, bound: 0, initial: ModelUsage(), +=)
    sum.tools.add(tools, bound: 0, initial: ToolUsage(), +=)
    sum.errors.add(errors, bound: 0, &+=)
    sum.issues.add(issues, bound: 0, &+=)
    return sum
  }
}
