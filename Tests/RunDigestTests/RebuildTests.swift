import Events
import Folding
import Storage
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import RunDigest
@testable import SQLiteEngine

@Suite struct RebuildTests {
  private func filled(_ folder: TemporaryFolder) async throws -> RunStore {
    let store = try await RunStore.open(at: folder.file())
    for run in ["a", "b", "c"] {
      try await store.append(
        [
          Event("run.started", payload: try Payload(json: #"{"agent":"x","parent_run":"a"}"#)),
          Event("input"),
          Event("tool_call", payload: try Payload(json: #"{"id":"c1","name":"bash"}"#)),
          Event("tool_result", payload: try Payload(json: #"{"id":"c1","is_error":true}"#)),
          Event(
            "usage",
            payload: try Payload(json: #"{"model":"m","input_tokens":5,"cost_usd":0.5}"#),
            session: "s-" + run
          ),
          Event("turn.result"),
        ],
        to: RunID(run)
      )
    }
    try await store.flush()
    return store
  }

  private func damage(_ store: RunStore, _ sql: String) async throws {
    try await store.queue.write(priority: .maintenance) { try $0.connection.execute(sql) }
  }

  @Test(
    "Verify finds every kind of damage to derived rows, and a rebuild puts it right",
    arguments: [
      "UPDATE digests SET body = (SELECT body FROM digests WHERE run = 2) WHERE run = 3",
      "UPDATE digests SET body = x'00' WHERE run = 1",
      "UPDATE digests SET watermark = 99 WHERE run = 1",
      "UPDATE turns SET tool_failed = 7 WHERE digest = 257",
      "DELETE FROM calls",
      "UPDATE findings SET class = 'other' WHERE digest = 513",
      "DELETE FROM rollups WHERE scope = 1",
      "UPDATE rollups SET body = (SELECT body FROM rollups LIMIT 1)",
      "INSERT INTO quarantine VALUES (257, 1, 'because')",
      "UPDATE turns SET models = NULL WHERE digest = 257",
      "UPDATE turns SET own_ms = 1 WHERE digest = 513",
      "UPDATE calls SET own_ms = 1 WHERE digest = 513",
      "UPDATE calls SET running = 1 WHERE digest = 513",
      "DELETE FROM session_runs WHERE run = 2",
      "UPDATE session_runs SET first_ordinal = 2",
      "UPDATE session_runs SET last_ts = last_ts + 1 WHERE run = 1",
      "INSERT INTO session_runs VALUES (1, 1, 2, 1, NULL, NULL)",
    ]
  )
  func damageIsFoundAndMended(sql: String) async throws {
    let folder = try TemporaryFolder()
    let store = try await filled(folder)
    #expect(try store.verify().differences == [])
    try await damage(store, sql)
    #expect(try !store.verify().isClean)
    try await store.rebuild()
    #expect(try store.verify().differences == [])
    #expect(try store.insight("b").digest.totals[.toolFailed] == 1)
    await store.close()
  }

  @Test("Rebuilding one run replaces its rows and leaves the sums as they are")
  func oneRun() async throws {
    let folder = try TemporaryFolder()
    let store = try await filled(folder)
    try await damage(store, "UPDATE turns SET tool_calls = 9 WHERE digest = 257")
    try await damage(store, "DELETE FROM findings WHERE digest = 257")
    #expect(try !store.verify(RunID("a")).isClean)
    try await store.rebuild("a")
    #expect(try store.verify().differences == [])
    await store.close()
  }

  @Test("Events that come in during a rebuild are in the rebuilt digests")
  func appendsMeanwhile() async throws {
    let folder = try TemporaryFolder()
    let store = try await filled(folder)
    let run = RunID("busy")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for _ in 0..<400 { try await store.append([Event("text"), Event("thought")], to: run) }
      }
      group.addTask {
        for _ in 0..<5 { try await store.rebuild() }
      }
      try await group.waitForAll()
    }
    try await store.flush()
    #expect(try store.insight("busy").digest.watermark == 800)
    #expect(try store.verify().differences == [])
    let generations = try store.readers.read { try $0.integer("SELECT count(*) FROM generations") }
    #expect(generations == 1)
    await store.close()
  }

  @Test("Digests of another version of the fold are read, never written to, and replaced beside")
  func migration() async throws {
    let folder = try TemporaryFolder()
    let store = try await filled(folder)
    // As if a newer program had made what is live.
    try await damage(store, "UPDATE generations SET fold_version = 99 WHERE live = 1")
    try await store.append([Event("text")], to: RunID("a"))
    await #expect(throws: StoreError.self) { try await store.flush(RunID("a")) }
    await #expect(throws: StoreError.self) { try await store.end(RunID("a"), RunEnd(.stop)) }
    #expect(try store.insight("a").lag == 1)

    #expect(try await store.migrateDigests())
    try await store.flush()
    #expect(try store.insight("a").lag == 0)
    #expect(try store.verify().differences == [])
    #expect(try await !store.migrateDigests())
    let generations = try store.readers.read { try $0.integer("SELECT count(*) FROM generations") }
    #expect(generations == 2)
    await store.close()
  }

  @Test("The way back is the generation that was kept, with what came in meanwhile folded into it")
  func wayBack() async throws {
    let folder = try TemporaryFolder()
    let store = try await filled(folder)
    try await damage(store, "UPDATE generations SET fold_version = 3 WHERE live = 1")
    #expect(try await store.migrateDigests())
    try await store.append([Event("text"), Event("thought")], to: RunID("a"))
    try await store.flush()
    // Now this program is the old one: its generation is kept, the newer one's is live.
    try await damage(
      store,
      "UPDATE generations SET fold_version = CASE live WHEN 1 THEN 3 ELSE 2 END"
    )
    #expect(try await store.migrateDigests())
    let live = try store.readers.read { try $0.tables.liveGeneration() }
    #expect(live == 1)
    #expect(try store.insight("a").digest.watermark == 8)
    #expect(try store.verify().differences == [])
    await store.close()
  }

  @Test("A run that cannot be folded is named by the doctor until it is put right")
  func doctor() async throws {
    let folder = try TemporaryFolder()
    let store = try await filled(folder)
    #expect(try store.reader.diagnose().isGood)
    try await damage(store, "UPDATE digests SET state = x'00', revision = 99 WHERE run = 1")
    try await store.append([Event("text")], to: RunID("a"))
    await #expect(throws: StoreError.self) { try await store.flush(RunID("a")) }
    // The worker tells those who wait first, and then leaves word in the store.
    while try store.reader.state().stalled.isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(
      try store.reader.diagnose().findings.filter { !$0.isGood }.map(\.check) == [
        "digests", "run a",
      ]
    )
    try await store.rebuild()
    try await store.flush()
    #expect(try store.reader.diagnose().isGood)
    await store.close()
  }
}
