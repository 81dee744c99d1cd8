import Events
import Folding
import Storage
import Testing

@testable import Digests
@testable import Engine
@testable import RunDigest

/// What a session says of its runs and its times.
@Suite struct SessionRunsTests {
  private let engine = FoldBatcher()

  private func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

  /// Three runs, the first two in both sessions.
  private func fill(_ store: RunStore) async throws {
    let events: [(run: String, session: String, seconds: Int64, event: Event)] = [
      ("c", "s", 50, .turnStart()), ("a", "t", 10, .turnStart()), ("a", "s", 20, .turnResult()),
      ("b", "s", 70, .turnStart()), ("c", "t", 5, .turnResult()), ("c", "s", 60, .thought()),
      // Neither a note nor a verdict after the end has a place in the time of a run.
      ("b", "s", 90, .runNote("x")), ("a", "s", 30, .runEnded(.stop)),
      ("a", "s", 95, .verdict(.done)),
    ]
    for (run, session, seconds, event) in events {
      let event = event.with(ts: at(seconds), session: session)
      try await store.append([event], to: RunID(run))
    }
  }

  private func expectAll(_ store: RunStore, _ when: String) throws {
    let s = try store.session("s")
    #expect(s.runIDs == ["c", "a", "b"], "\(when)")
    #expect(
      s.firstTs?.microseconds == 20_000_000 && s.lastTs?.microseconds == 70_000_000,
      "\(when)"
    )
    let t = try store.session("t")
    #expect(t.runIDs == ["a", "c"], "\(when)")
    #expect(t.firstTs?.microseconds == 5_000_000 && t.lastTs?.microseconds == 10_000_000, "\(when)")
    #expect(try store.verify().differences == [], "\(when)")
  }

  @Test(
    "A session lists its runs in the order of their first event there, however they are folded",
    arguments: [[1, 2, 3], [3, 2, 1], [2, 3, 1]] as [[RunRowID]]
  )
  func order(runs: [RunRowID]) async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    try await fill(test.store)
    test.store.worker.fold(runs, engine)
    try expectAll(test.store, "folded in the order \(runs)")
    try await test.store.rebuild()
    try expectAll(test.store, "rebuilt")
    try await test.store.rebuild("c")
    try expectAll(test.store, "with one run rebuilt")
    #expect(try test.number("SELECT count(DISTINCT generation) FROM session_runs") == 1)
    await test.store.close()
  }

  @Test("A session of notes only has runs and no times")
  func notesOnly() async throws {
    let test = try await TestStore()
    try await test.store.append(
      [.runNote("x").with(ts: at(3), session: "s")],
      to: RunID("a")
    )
    try await test.store.flush()
    let session = try test.store.session("s")
    #expect(session.runIDs == ["a"] && session.firstTs == nil && session.lastTs == nil)
    let digest = try test.store.insight("a").digest
    #expect(digest.firstTs == nil && digest.lastTs == nil && digest.totals[.eventCount] == 1)
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }
}
