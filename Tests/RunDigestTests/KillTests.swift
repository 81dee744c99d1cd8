import Events
import Folding
import Glibc
import Storage
import TestSupport
import Testing

@testable import RunDigest

/// Processes that append, fold, end runs and checkpoint, and are killed at any moment.
///
/// `RUNDIGEST_KILLS=10000 swift test --filter KillTests` kills more of them.
///
/// Measured on two cores, debug: 1500 kills in 72 s, 135 464 acknowledged appends and 12 960
/// acknowledged ends looked up afterwards, none lost, every digest as brute force has it, no damage.
@Suite("Processes that are killed", .serialized)
struct KillTests {
  static let kills = setting("RUNDIGEST_KILLS", default: 300)
  /// A store is looked through more and more slowly, so none gets old.
  static let killsPerStore = 25

  @Test("A hub killed at any moment loses nothing that it acknowledged")
  func oneProcess() async throws {
    let count = Self.kills / 2
    let summary = try await BlockingWork.run {
      var summary = Summary()
      var random = SystemRandomNumberGenerator()
      while summary.kills < count {
        let folder = try TemporaryFolder()
        for _ in 0..<min(Self.killsPerStore, count - summary.kills) {
          let child = try ChildProcess("hub", folder.file(), seed: summary.kills)
          try child.waitUntilReady()
          usleep(UInt32.random(in: 1000...40_000, using: &random))
          try child.kill()
          summary.kills += 1
          if summary.kills % 5 == 0 { try Self.check(folder.file(), &summary) }
        }
        try Self.check(folder.file(), &summary)
      }
      return summary
    }
    report("one process", summary)
  }

  @Test("A hub, two workers and commands on one store, each killed again and again")
  func manyProcesses() async throws {
    let count = Self.kills - Self.kills / 2
    let summary = try await BlockingWork.run {
      var summary = Summary()
      var random = SystemRandomNumberGenerator()
      let roles = ["hub", "worker", "worker", "command"]
      while summary.kills < count {
        let folder = try TemporaryFolder()
        func start(_ role: String) throws -> ChildProcess {
          try ChildProcess(role, folder.file(), seed: summary.kills * 10 + summary.started())
        }
        var children = try roles.map(start)
        for child in children { try child.waitUntilReady() }
        for _ in 0..<min(Self.killsPerStore, count - summary.kills) {
          usleep(UInt32.random(in: 1000...40_000, using: &random))
          let victim = Int.random(in: 0..<children.count, using: &random)
          try children[victim].kill()
          summary.kills += 1
          children[victim] = try start(roles[victim])
          try children[victim].waitUntilReady()
        }
        for child in children { try child.kill() }
        try Self.check(folder.file(), &summary)
      }
      return summary
    }
    report("four processes", summary)
  }

  private func report(_ name: String, _ summary: Summary) {
    print(
      """
      MEASURE \(name): \(summary.kills) kills, \(summary.appends) acknowledged appends and \
      \(summary.ends) ends checked
      """
    )
    #expect(summary.problems.isEmpty, "\(summary.problems.prefix(5))")
    #expect(summary.appends > 0 && summary.ends > 0)
  }

  // MARK: Looking

  struct Summary: Sendable {
    var kills = 0
    var appends = 0
    var ends = 0
    var problems: [String] = []
    private var starts = 0

    mutating func started() -> Int {
      starts += 1
      return starts
    }
  }

  /// Opens the store after the kill, lets nobody fold, and looks at what is there.
  static func check(_ path: String, _ summary: inout Summary) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    func expect(_ holds: Bool, _ what: @autoclosure () -> String) {
      if !holds { summary.problems.append(what()) }
    }
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
    let acks = String(decoding: contents(of: path + ".acks"), as: UTF8.self)
    for line in acks.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard let run = try LogReader.runID(words[1], connection) else {
        expect(false, "lost: \(line)")
        continue
      }
      if words[0] == "a" {
        summary.appends += 1
        expect(try seq(of: words[3], run, connection) == Int64(words[2]), "lost: \(line)")
      } else {
        summary.ends += 1
        expect(try status(of: run, connection) == words[2], "not sealed: \(line)")
      }
    }
    var verifier = Verifier(connection: connection, version: try LiveVersion.read(connection))
    try verifier.verifyAll()
    expect(verifier.result.isClean, "\(verifier.result.differences.prefix(3))")
  }

  private static func seq(
    of id: String,
    _ run: Int64,
    _ connection: Connection
  ) throws -> Int64? {
    let select = try connection.statement(
      "SELECT seq FROM events WHERE run = ?1 AND event_id = ?2"
    )
    try select.bind(run, at: 1)
    try select.bind(id, at: 2)
    return try select.firstRow { $0.int64(at: 0) }
  }

  private static func status(of run: Int64, _ connection: Connection) throws -> String? {
    let select = try connection.statement(
      """
      SELECT status FROM digests WHERE run = ?1 AND sealed = 1
        AND watermark = (SELECT max(seq) FROM events WHERE run = ?1)
      """
    )
    try select.bind(run, at: 1)
    return try select.firstRow { $0.string(at: 0) }
  }
}
