import Events
import Storage
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

/// The index of the log as the appender keeps it, and how it is examined.
@Suite("The index of the log, kept by the appender")
struct LogIndexTests {
  let test: TestStore

  init() async throws {
    test = try await TestStore { $0.foldsInBackground = false }
  }

  private func append(_ count: Int, to run: String) async throws {
    try await test.store.append(Array(repeating: .text(), count: count), to: RunID(run))
  }

  private func change(_ sql: String) async throws {
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.maintain("test") { try context.connection.execute(sql) }
    }
  }

  private func complaints() throws -> [String] {
    try test.store.reader.diagnose().findings.filter { !$0.isGood }.map(\.detail)
  }

  @Test("leads to every event of many runs in turns, appended in calls of all sizes")
  func inTurns() async throws {
    var heads = [0, 0, 0]
    for call in 0..<120 {
      let count = [1, 1, 2, 31, 32, 33, 1, 70][call % 8]
      try await append(count, to: "r\(call % 3)")
      heads[call % 3] += count
    }
    for (n, head) in heads.enumerated() {
      #expect(try test.events(of: "r\(n)").map(\.seq) == Array(1...Int64(head)))
    }
    #expect(try complaints() == [])
    #expect(try test.store.verify().isClean)
  }

  @Test("forgets with a call that fails what it had listed, also a block that it had filled")
  func failingCall() async throws {
    for (before, more) in [(1, 5), (30, 1), (30, 2), (31, 70), (32, 1), (32, 40)] {
      let run = "r\(before)-\(more)"
      try await append(before, to: run)
      // One that is taken back alone, between two that stay.
      let calls = try [
        ("other", Array(repeating: Event.text(), count: 3)),
        (
          run,
          [.text("first", id: "once")] + Array(repeating: .text(), count: more)
            + [.text("another", id: "once")]
        ), ("other", [.text()]),
      ].map { name, events in
        try AppendCall(events, to: RunID(name), expecting: .any, options: test.store.options)
      }
      let results = try await test.store.queue.write(priority: .finalize) {
        try ($0 as? SQLiteTransaction)?.append(group: calls, isolated: true) ?? []
      }
      #expect(results.map { (try? $0.get())?.outcomes.count } == [3, nil, 1])
      // And one with which all is taken back.
      #expect(
        await failure { try await test.store.append(calls[1].events, to: RunID(run)) } == .conflict
      )
      try await append(3, to: run)
      #expect(try test.events(of: run).map(\.seq) == Array(1...Int64(before + 3)))
    }
    #expect(try complaints() == [])
  }

  @Test("goes on where another process left it")
  func twoWriters() async throws {
    let other = try await test.another { $0.foldsInBackground = false }
    let run = RunID("r")
    for round in 0..<50 {
      try await append(1 + round % 3, to: "r")
      try await other.append([.text(), .text()], to: run)
    }
    let head = try test.number("SELECT head FROM run_heads")
    #expect(try test.events(of: "r").map(\.seq) == Array(1...head))
    #expect(try complaints() == [])
    await other.close()
  }

  private static let whole = "all events are there: run digest-ctl rebuild --index"

  /// Makes the index anew and expects that all is well after it, also for who appends.
  private func remake() async throws {
    let run = RunID("a")
    try await test.store.rebuildIndex()
    #expect(try complaints() == [])
    let head = try test.number("SELECT head FROM run_heads WHERE run = 1")
    let receipt = try await test.store.append([.text()], to: run)
    #expect(receipt.outcomes == [.appended(head + 1)])
    try await test.store.end(run, RunEnd(.stop))
    #expect(try test.store.verify().isClean)
    #expect(try test.events(of: "a").map(\.seq) == Array(1...(head + 2)))
  }

  @Test(
    "is found damaged where it leads to no event or to another's, and is made anew from the events"
  )
  func damage() async throws {
    try await append(40, to: "a")
    try await append(40, to: "b")
    #expect(try complaints() == [])
    try await change("UPDATE run_heads SET positions = x'2101010101010101' WHERE run = 2")
    #expect(
      try complaints() == [
        "the index that leads from a run to its events is damaged, of b; \(Self.whole)"
      ]
    )
    #expect(try test.store.verify().differences.map(\.subject) == ["run b"])
    try await change("DELETE FROM run_positions")
    #expect(
      try complaints() == [
        "the index that leads from a run to its events is damaged, of a, b; \(Self.whole)"
      ]
    )
    try await remake()
    #expect(try test.events(of: "b").map(\.seq) == Array(1...40))
  }

  @Test(
    "is found damaged where it has lost its newest events, and what it lost is folded after all"
  )
  func headLost() async throws {
    try await append(3, to: "a")
    try await change("UPDATE run_heads SET head = 2, positions = x'0101'")
    #expect(
      try complaints() == [
        "the index that leads from a run to its events is damaged; \(Self.whole)"
      ]
    )
    #expect(
      try test.store.verify().differences.map(\.field) == ["events of seq 1 to 2", "index"]
    )
    // The export goes by position, and has all of them.
    var exported = 0
    try test.store.reader.forEachEvent { _, _ in exported += 1 }
    #expect(exported == 3)
    try await remake()
    #expect(try test.store.insight("a").digest.watermark == 5)
  }

  @Test("is found damaged where its bytes are not what anybody writes, and nothing is folded by it")
  func badBytes() async throws {
    try await append(3, to: "a")
    try await change("UPDATE run_heads SET positions = x'80'")
    #expect(
      try complaints() == [
        "the index that leads from a run to its events is damaged, of a; \(Self.whole)"
      ]
    )
    #expect(await failure { try await test.store.end(RunID("a"), RunEnd(.stop)) } == .corrupt)
    #expect(await failure { try await test.store.append([.text()], to: RunID("a")) } == .corrupt)
    #expect(try test.number("SELECT count(*) FROM digests") == 0)
    try await remake()
  }

  @Test("is not made anew of a log with a gap, which stays as it is")
  func gap() async throws {
    try await append(3, to: "a")
    try await change("DELETE FROM events WHERE seq = 2")
    let advice =
      "restore a backup, or export the events and import them into a new store with --renumber"
    #expect(try complaints() == ["events are missing in a; \(advice)"])
    #expect(await failure { try await test.store.rebuildIndex() } == .corrupt)
    #expect(try complaints() == ["events are missing in a; \(advice)"])
    #expect(try test.number("SELECT head FROM run_heads") == 3)
  }

  @Test("is made anew of what retention left, heads of runs without events among it")
  func pruned() async throws {
    try await append(3, to: "a")
    try await append(40, to: "b")
    try await change(
      """
      DELETE FROM events WHERE run = 1 OR seq <= 35;
      UPDATE runs SET pruned_through = CASE id WHEN 1 THEN 3 ELSE 35 END;
      """
    )
    try await test.store.rebuildIndex()
    #expect(try complaints() == [])
    #expect(try test.events(of: "b").map(\.seq) == Array(36...40))
    #expect(try await test.store.append([.text()], to: RunID("a")).outcomes == [.appended(4)])
  }
}
