import Events
import Storage
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

@Suite("The checksums of events")
struct EventChecksumTests {
  let test: TestStore

  init() async throws {
    test = try await TestStore { $0.foldsInBackground = false }
  }

  private func change(_ sql: String) async throws {
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.maintain("test") { try context.connection.execute(sql) }
    }
  }

  private func complaints() throws -> [String] {
    try test.store.reader.diagnose(isDeep: true).findings.filter { !$0.isGood }.map(\.detail)
  }

  /// 70 events: two full blocks of 32 and an open one of 6.
  private func fill() async throws {
    let events = (1...70).map { number in
      Event(
        number % 2 == 0 ? "text" : "my.kind",
        payload: Payload(unchecked: Array(#"{"text":"\#(number)"}"#.utf8)),
        ts: Timestamp(microseconds: Int64(number)),
        session: "s",
        id: "e\(number)",
        traceparent: "00-\(number)"
      )
    }
    try await test.store.append(events, to: RunID("a"))
    try await test.store.append([.text(), .text(session: "other")], to: RunID("b"))
  }

  @Test(
    "find a change to any column of an event, and name the block",
    arguments: [
      ("payload = replace(payload, '33', '34')", 33, "seq 33 to 64"),
      ("payload = payload || ' '", 1, "seq 1 to 32"),
      ("ts = ts + 1", 70, "seq 65 to 70"),
      ("kind = 'my.kjnd'", 35, "seq 33 to 64"),
      ("kind = 1", 34, "seq 33 to 64"),
      ("producer = 1", 65, "seq 65 to 70"),
      ("event_id = 'e0'", 32, "seq 1 to 32"),
      ("event_id = NULL", 32, "seq 1 to 32"),
      ("traceparent = '00-66'", 65, "seq 65 to 70"),
      ("session = 2", 64, "seq 33 to 64"),
      ("session = NULL", 64, "seq 33 to 64"),
      ("ordinal = 99", 64, "seq 33 to 64"),
    ]
  )
  func columns(_ change: String, _ seq: Int, _ block: String) async throws {
    try await fill()
    #expect(try complaints() == [])
    try await self.change("UPDATE events SET \(change) WHERE run = 1 AND seq = \(seq)")
    #expect(
      try complaints() == [
        "events are not as they were appended, in a (\(block)); restore a backup"
      ]
    )
    let differences = try test.store.verify(RunID("a")).differences
    #expect(differences.first?.field == "events of \(block)")
    #expect(try test.store.verify(RunID("b")).isClean)
    #expect(await failure { try test.store.reader.checkExported([]) } == .corrupt)
    #expect(await failure { try test.store.reader.checkExported([RunID("a")]) } == .corrupt)
    #expect(await failure { try test.store.reader.checkExported([RunID("b")]) } == nil)
  }

  @Test("find another name of a run or a session")
  func names() async throws {
    try await fill()
    try await change("UPDATE sessions SET name = 't' WHERE id = 1")
    #expect(try complaints().count == 1)
    try await change("UPDATE sessions SET name = 's' WHERE id = 1")
    #expect(try complaints() == [])
    try await change("UPDATE runs SET name = 'c' WHERE id = 2")
    #expect(
      try complaints() == [
        "events are not as they were appended, in c (seq 1 to 2); restore a backup"
      ]
    )
  }

  @Test("stay as they are when the index of another run is made again")
  func index() async throws {
    try await fill()
    try await change(
      """
      UPDATE events SET payload = '{}' WHERE run = 1 AND seq = 5;
      UPDATE run_heads SET positions = x'80' WHERE run = 2;
      """
    )
    try await test.store.rebuildIndex()
    #expect(
      try complaints() == [
        "events are not as they were appended, in a (seq 1 to 32); restore a backup"
      ]
    )
    #expect(try test.store.verify(RunID("b")).isClean)
  }

  @Test("are those of the events alone, whoever appended them and in how many calls")
  func calls() async throws {
    let other = try await test.another { $0.foldsInBackground = false }
    for number in 1...70 {
      let store = number % 3 == 0 ? other : test.store
      try await store.append([.text("\(number)")], to: RunID("one"))
    }
    try await test.store.append((1...70).map { .text("\($0)") }, to: RunID("all"))
    #expect(try complaints() == [])
    // The same seqs, and other names and positions: other checksums.
    #expect(try test.number("SELECT count(DISTINCT hash) FROM run_positions") == 4)
    await other.close()
  }
}

@Suite("A log with a gap")
struct GapTests {
  private func filled() async throws -> TestStore {
    let test = try await TestStore()
    for run in ["a", "b", "c"] {
      try await test.store.append((1...10).map { .text("\($0)") }, to: RunID(run))
    }
    try await test.store.flush()
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.maintain("test") {
        try context.connection.execute("DELETE FROM events WHERE run = 2 AND seq = 4")
      }
    }
    return test
  }

  private static let advice =
    "restore a backup, or export the events and import them into a new store with --renumber"

  @Test("does not keep a rebuild from the other runs, and stalls its own where the gap is")
  func rebuild() async throws {
    let test = try await filled()
    try await test.store.queue.write(priority: .maintenance) {
      try $0.connection.execute("UPDATE digests SET body = x'00' WHERE run <> 2")
    }
    do {
      try await test.store.rebuild()
      Issue.record("the gap was not reported")
    } catch let error as StoreError {
      #expect(error.code == .corrupt)
      #expect(
        error.message
          == "all other runs are rebuilt, but b cannot be folded to the end (the log of a run goes "
          + "on with seq 5 where 4 is due); \(Self.advice)"
      )
    }
    #expect(try test.store.insight("a").digest.watermark == 10)
    #expect(try test.store.insight("b").digest.watermark == 3)
    #expect(try test.store.insight("c").digest.watermark == 10)
    #expect(try test.store.reader.state().stalled.map(\.run) == ["b"])
    #expect(try test.store.verify(RunID("c")).isClean)
    await test.store.close()
  }

  @Test("is told in a sentence by a rebuild of its run")
  func rebuildOfOne() async throws {
    let test = try await filled()
    do {
      try await test.store.rebuild(RunID("b"))
      Issue.record("the gap was not reported")
    } catch let error as StoreError {
      #expect(error.code == .corrupt)
      #expect(
        error.message == "the log of a run goes on with seq 5 where 4 is due; \(Self.advice)"
      )
    }
    await test.store.close()
  }

  @Test("leaves the index of its run as it is, while that of another is made again")
  func index() async throws {
    let test = try await filled()
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.maintain("test") {
        try context.connection.execute("UPDATE run_heads SET positions = x'80' WHERE run = 3")
      }
    }
    #expect(await failure { try await test.store.rebuildIndex() } == .corrupt)
    #expect(try test.events(of: "c").map(\.seq) == Array(1...10))
    #expect(try test.store.verify(RunID("c")).isClean)
    #expect(try test.number("SELECT head FROM run_heads WHERE run = 2") == 10)
    await test.store.close()
  }
}
