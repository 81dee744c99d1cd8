import Events
import Storage
import TestSupport
import Testing

@testable import RunDigest

/// The index of the log as the appender keeps it, and how it is examined.
@Suite("The index of the log, kept by the appender")
struct LogIndexTests {
  let test: TestStore

  init() async throws {
    test = try await TestStore { $0.foldsInBackground = false }
  }

  private func append(_ count: Int, to run: String) async throws {
    try await test.store.append(Array(repeating: .text(), count: count), to: RunKey(run))
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
        try AppendCall(events, to: RunKey(name), expecting: .any, options: test.store.options)
      }
      let results = try await test.store.queue.write(priority: .finalize) {
        try $0.append(group: calls, isolated: true)
      }
      #expect(results.map { (try? $0.get())?.outcomes.count } == [3, nil, 1])
      // And one with which all is taken back.
      #expect(
        await failure { try await test.store.append(calls[1].events, to: RunKey(run)) } == .conflict
      )
      try await append(3, to: run)
      #expect(try test.events(of: run).map(\.seq) == Array(1...Int64(before + 3)))
    }
    #expect(try complaints() == [])
  }

  @Test("goes on where another process left it")
  func twoWriters() async throws {
    let other = try await test.another { $0.foldsInBackground = false }
    let run = try RunKey("r")
    for round in 0..<50 {
      try await append(1 + round % 3, to: "r")
      try await other.append([.text(), .text()], to: run)
    }
    let head = try test.number("SELECT head FROM heads")
    #expect(try test.events(of: "r").map(\.seq) == Array(1...head))
    #expect(try complaints() == [])
    await other.close()
  }

  @Test("is found damaged where it leads to no event, to another's, or not to all")
  func damage() async throws {
    try await append(40, to: "a")
    try await append(40, to: "b")
    #expect(try complaints() == [])
    try await change("UPDATE heads SET positions = x'2101010101010101' WHERE run = 2")
    #expect(try complaints() == ["events are missing in b; restore a backup"])
    #expect(try test.store.verify().differences.map(\.subject) == ["run b"])
  }

  @Test("is found damaged where it has lost its newest events")
  func headLost() async throws {
    try await append(3, to: "a")
    try await change("UPDATE heads SET head = 2, positions = x'0101'")
    #expect(
      try complaints() == [
        "events that no run's index leads to: 1; export the events and import them into a new store"
      ]
    )
    #expect(try test.store.verify().differences.map(\.field) == ["index"])
    // The export goes by position, and has all of them.
    var exported = 0
    try test.store.reader.forEachEvent { _, _ in exported += 1 }
    #expect(exported == 3)
  }

  @Test("is found damaged where its bytes are not what anybody writes, and nothing is folded by it")
  func badBytes() async throws {
    try await append(3, to: "a")
    try await change("UPDATE heads SET positions = x'80'")
    #expect(try complaints() == ["events are missing in a; restore a backup"])
    #expect(await failure { try await test.store.end(RunKey("a"), RunEnd(.stop)) } == .corrupt)
    #expect(await failure { try await test.store.append([.text()], to: RunKey("a")) } == .corrupt)
    #expect(try test.number("SELECT count(*) FROM digests") == 0)
  }
}
