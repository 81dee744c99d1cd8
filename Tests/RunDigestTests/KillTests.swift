import Events
import Folding
import Glibc
import Storage
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

/// Processes that append, fold, end runs and checkpoint, and are killed at any moment.
///
/// `RUNDIGEST_KILLS=10000 swift test --filter KillTests` kills more of them, `RUNDIGEST_KILL_SEED=n`
/// takes other victims. A failure says what each process complained of, and leaves the store, all
/// complaints and the order of events in a folder that it names.
///
/// Half of them are of a hub alone, half among a hub, two workers and three who give commands. The
/// figures of the last long campaign are in Figures.md.
@Suite("Processes that are killed", .serialized)
struct KillTests {
  static let kills = setting("RUNDIGEST_KILLS", default: 300)
  static let seed = setting("RUNDIGEST_KILL_SEED", default: Int(getpid()))
  /// A store is looked through more and more slowly, so none gets old.
  static let killsPerStore = 25

  @Test("A hub killed at any moment loses nothing that it acknowledged")
  func oneProcess() async throws {
    let count = Self.kills / 2
    let summary = try await BlockingWork.run {
      try Self.stores(count) { evidence, random, kills, summary in
        let path = evidence.folder.file()
        for number in 0..<kills {
          let child = try Self.start("hub", number, evidence)
          try child.waitUntilReady()
          let isPatient = number % 5 == 4
          usleep(UInt32.random(in: 1000...40_000, using: &random))
          if isPatient { Self.waitForEnd(of: child, number, path + ".acks") }
          try child.kill()
          evidence.note("killed \(child.name)")
          summary.kills += 1
          if isPatient { try KillCheck(path, evidence).look([:], &summary) }
        }
        try KillCheck(path, evidence).look([:], &summary)
      }
    }
    report("one process", summary)
  }

  /// On a machine that is busy enough no run would come to its end in the time that most hubs have.
  private static func waitForEnd(of child: ChildProcess, _ number: Int, _ acks: String) {
    func hasEnded() -> Bool {
      String(decoding: contents(of: acks), as: UTF8.self).contains("\ne h\(number)-")
    }
    while child.poll() == nil, !hasEnded() { usleep(2000) }
  }

  @Test("A hub, two workers and three who give commands, each killed again and again")
  func manyProcesses() async throws {
    let count = Self.kills - Self.kills / 2
    let summary = try await BlockingWork.run {
      try Self.stores(count) { evidence, random, kills, summary in
        var crowd = try Crowd(evidence, &random)
        while crowd.kills < kills { try crowd.round(&random) }
        try crowd.end()
        summary.kills += crowd.kills
        for (verb, count) in crowd.done { summary.verbs[verb, default: 0] += count }
        try KillCheck(evidence.folder.file(), evidence).look(crowd.promises, &summary)
      }
    }
    report("hub, workers and commands", summary)
    #expect(summary.verbs.values.reduce(0, +) > 0)
  }

  /// Does something to one store after the other, each with so many kills at most.
  private static func stores(
    _ count: Int,
    _ body: (Evidence, inout SeededNumbers, Int, inout Summary) throws -> Void
  ) throws -> Summary {
    var summary = Summary()
    while summary.kills < count, summary.problems.isEmpty {
      let seed = UInt64(Self.seed &+ summary.kills)
      var random = SeededNumbers(scattering: seed)
      let evidence = try Evidence(seed: seed)
      let kills = min(Self.killsPerStore, count - summary.kills)
      evidence.watching { try body(evidence, &random, kills, &summary) }
      summary.problems += evidence.problems
    }
    return summary
  }

  static func start(_ role: String, _ number: Int, _ evidence: Evidence) throws -> ChildProcess {
    evidence.note("starting \(role) \(number)")
    return try ChildProcess(
      "CrashChild",
      [role, evidence.folder.file(), "\(number)"],
      files: .init(errors: evidence.newComplaints(of: role))
    )
  }

  private func report(_ name: String, _ summary: Summary) {
    let verbs = summary.verbs.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print(
      """
      MEASURE \(name): \(summary.kills) kills, \(summary.appends) acknowledged events or appends and \
      \(summary.ends) ends checked; commands that came to their end: \
      \(verbs.isEmpty ? "none" : verbs.joined(separator: ", "))
      """
    )
    #expect(summary.problems.isEmpty, "\(summary.problems.joined(separator: "\n"))")
    #expect(summary.appends > 0 && summary.ends > 0)
  }

  struct Summary: Sendable {
    var kills = 0
    var appends = 0
    var ends = 0
    var verbs: [String: Int] = [:]
    var problems: [String] = []
  }
}

/// A hub, two workers, and three who give `digest-ctl` commands, all on one store.
private struct Crowd {
  private static let roles = ["hub", "worker", "worker"]
  private let evidence: Evidence
  private var started = 0
  private var children: [ChildProcess] = []
  private var commanders: [Commander] = []
  private(set) var kills = 0

  init(_ evidence: Evidence, _ random: inout SeededNumbers) throws {
    self.evidence = evidence
    // One makes the store, and the others find it made.
    for role in Self.roles {
      let child = try start(role)
      try child.waitUntilReady()
      children.append(child)
    }
    commanders = (0..<3).map { Commander($0, evidence, seed: random.next()) }
  }

  private mutating func start(_ role: String) throws -> ChildProcess {
    started += 1
    return try KillTests.start(role, started, evidence)
  }

  /// Lets everybody do something for a while, and kills one.
  mutating func round(_ random: inout SeededNumbers) throws {
    for commander in commanders { try commander.step() }
    usleep(UInt32.random(in: 1000...40_000, using: &random))
    let victim = random.below(children.count + commanders.count)
    guard victim < children.count else {
      let commander = commanders[victim - children.count]
      if commander.isMortal, try commander.kill() { kills += 1 }
      return
    }
    try children[victim].kill()
    evidence.note("killed \(children[victim].name)")
    kills += 1
    children[victim] = try start(Self.roles[victim])
    try children[victim].waitUntilReady()
  }

  /// Lets the commands under way come to their end, and kills the others.
  func end() throws {
    for commander in commanders { try commander.finish() }
    for child in children { try child.kill() }
  }

  /// What the commands were told.
  var promises: [String: Promise] {
    commanders.reduce(into: [:]) { $0.merge($1.promises) { one, _ in one } }
  }

  /// How many commands came to their end, by verb.
  var done: [String: Int] {
    commanders.reduce(into: [:]) { $0.merge($1.done, uniquingKeysWith: +) }
  }
}

/// Opens a store after the kill, lets nobody fold, and looks at what is there.
struct KillCheck {
  private let connection: Connection
  private let path: String
  private let evidence: Evidence

  init(_ path: String, _ evidence: Evidence) throws {
    connection = try Connection(path: path, mode: .readWrite)
    self.path = path
    self.evidence = evidence
  }

  private func expect(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { evidence.problem(what()) }
  }

  func look(_ promises: [String: Promise], _ summary: inout KillTests.Summary) throws {
    let integrity = try connection.prepare("PRAGMA integrity_check").firstRow { $0.string(at: 0) }
    expect(integrity == "ok", "integrity: \(integrity ?? "-")")
    let gaps = try connection.integer(
      """
      SELECT count(*) FROM (SELECT 1 FROM events GROUP BY run
        HAVING max(seq) <> count(*) OR min(seq) <> 1)
      """
    )
    expect(gaps == 0, "\(gaps) runs have a gap")
    let sessions = try connection.integer(
      """
      SELECT count(*) FROM sessions s WHERE s.head <>
        (SELECT count(*) FROM events e WHERE e.session = s.id)
      """
    )
    expect(sessions == 0, "\(sessions) sessions count otherwise than their events")
    try lookAtAcknowledged(&summary)
    for (run, promise) in promises { try lookAt(promise, of: run, &summary) }
    var verifier = Verifier(try ReadSnapshot(connection.tables))
    try verifier.verifyAll()
    expect(verifier.result.isClean, "\(verifier.result.differences.prefix(3))")
  }

  /// The lines of those that were acknowledged one by one.
  private func lookAtAcknowledged(_ summary: inout KillTests.Summary) throws {
    let acks = String(decoding: contents(of: path + ".acks"), as: UTF8.self)
    for line in acks.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard let run = try connection.tables.run(named: words[1])?.row else {
        expect(false, "lost: \(line)")
        continue
      }
      if words[0] == "a" {
        summary.appends += 1
        expect(try seq(of: words[3], run) == Int64(words[2]), "lost: \(line)")
      } else {
        summary.ends += 1
        expect(try status(of: run) == words[2], "not sealed: \(line)")
      }
    }
  }

  private func lookAt(
    _ promise: Promise,
    of name: String,
    _ summary: inout KillTests.Summary
  ) throws {
    guard !promise.events.isEmpty else { return }
    guard let run = try connection.tables.run(named: name)?.row else {
      return expect(false, "lost: the run \(name)")
    }
    for id in promise.events.sorted() {
      summary.appends += 1
      expect(try seq(of: id, run) != nil, "lost: \(id) of \(name)")
    }
    guard let sealed = promise.sealed else { return }
    summary.ends += 1
    expect(try status(of: run) == sealed, "\(name) is not sealed as \(sealed)")
  }

  private func seq(of id: String, _ run: RunRowID) throws -> Int64? {
    let select = try connection.statement(
      "SELECT seq FROM events WHERE run = ?1 AND event_id = ?2"
    )
    try select.bind(run.rawValue, at: 1)
    try select.bind(id, at: 2)
    return try select.firstRow { $0.int64(at: 0) }
  }

  private func status(of run: RunRowID) throws -> String? {
    let select = try connection.statement(
      """
      SELECT status FROM digests WHERE run = ?1 AND sealed = 1
        AND generation = (SELECT generation FROM generations WHERE live = 1)
        AND watermark = (SELECT head FROM run_heads WHERE run = ?1)
      """
    )
    try select.bind(run.rawValue, at: 1)
    return try select.firstRow { $0.string(at: 0) }
  }
}
