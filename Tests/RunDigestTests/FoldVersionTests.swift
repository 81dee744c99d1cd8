import Events
import Folding
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import RunDigest
@testable import SQLiteEngine
@testable import Storage

/// Programs of two made-up versions of the fold, 98 and 99, on one store.
@Suite struct FoldVersionTests {
  @Test("A new store is of this program's version of the fold")
  func newStore() async throws {
    let test = try await TestStore()
    #expect(
      try test.number("SELECT fold_version FROM generations WHERE live = 1") == Digest.version
    )
    #expect(try await !test.store.migrateDigests())
    await test.store.close()
  }

  /// A store that a program of fold version 98 has filled with so many runs.
  private func filled(_ runs: Int, _ events: Int) async throws -> TestStore {
    let test = try await TestStore { $0.foldHooks = FoldHooks(foldVersion: 98) }
    #expect(try await test.store.migrateDigests())
    // Nothing was in the first generation.
    try await test.store.rebuild()
    for run in 0..<runs {
      let turn = [Event.turnStart(id: "t")] + Array(repeating: .text(), count: events)
      try await test.store.append(turn + [.turnResult(status: "success")], to: try RunID("r\(run)"))
    }
    try await test.store.flush()
    return test
  }

  private func open(_ test: TestStore, fold version: Int64) async throws -> RunStore {
    try await test.another { $0.foldHooks = FoldHooks(foldVersion: version) }
  }

  /// Each generation with the version of the fold that made it, the live one with a star.
  private func generations(_ store: RunStore) throws -> [String] {
    try store.readers.read { connection in
      var found: [String] = []
      try connection.prepare("SELECT fold_version, live FROM generations ORDER BY fold_version")
        .forEach { row in
          let fold: Int64 = row.next()
          found.append(row.next() ? "\(fold)*" : "\(fold)")
        }
      return found
    }
  }

  private func refusal(_ body: () async throws -> Void) async -> String? {
    do { try await body() } catch let error as StoreError where error.code == .refused {
      return error.message
    } catch {}
    return nil
  }

  @Test("Digests of an older fold are read until they are migrated, and none is folded into them")
  func readUntilMigrated() async throws {
    let test = try await filled(3, 4)
    // As the older fold had it.
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.connection.execute("UPDATE turns SET stop_reason = 'as 98 has it'")
    }
    await test.store.close()
    let newer = try await open(test, fold: 99)
    try await newer.append([.text()], to: RunID("r0"))
    let sentence = """
      the digests here are of fold version 98, this program makes 99; run digest-ctl migrate --digests
      """
    #expect(await refusal { try await newer.flush(RunID("r0")) } == sentence)
    #expect(await refusal { try await newer.rebuild("r0") } == sentence)
    #expect(await refusal { _ = try await newer.end(RunID("r0"), RunEnd(.stop)) } == sentence)
    #expect(try newer.insight("r0").lag == 1)
    #expect(try newer.turns("r0").first?.stopReason == "as 98 has it")

    #expect(try await newer.migrateDigests())
    #expect(try await !newer.migrateDigests())
    try await newer.flush()
    #expect(try newer.insight("r0").lag == 0)
    #expect(try newer.turns("r0").first?.stopReason != "as 98 has it")
    #expect(try generations(newer) == ["98", "99*"])
    // The older fold's generation is the way back until a rebuild.
    try await newer.rebuild()
    #expect(try generations(newer) == ["99*"])
    let left = try newer.readers.read {
      try $0.integer("SELECT count(DISTINCT generation) FROM digests")
    }
    #expect(left == 1)
    await newer.close()
  }

  @Test("A program of an older fold refuses digests of a newer one, and goes back if it is told to")
  func olderProgram() async throws {
    let test = try await filled(2, 4)
    let newer = try await open(test, fold: 99)
    #expect(try await newer.migrateDigests())
    await newer.close()
    let run = RunID("r1")
    try await test.store.append([.text()], to: run)
    #expect(
      await refusal { try await test.store.flush(run) } == """
        the digests here are of fold version 99, this program makes 98; use the newer program, or go \
        back with digest-ctl migrate --digests
        """
    )
    #expect(try test.store.insight("r1").lag == 1)
    #expect(try await test.store.migrateDigests())
    try await test.store.flush()
    #expect(try generations(test.store) == ["98*", "99"])
    #expect(try test.store.insight("r1").lag == 0)
    await test.store.close()
  }

  @Test("A migration that is killed, however often, leaves a whole generation live and goes on")
  func killed() async throws {
    let test = try await filled(60, 200)
    let path = test.folder.file()
    await test.store.close()
    var kills = 0
    var delay: UInt64 = 0
    while true {
      let child = try ChildProcess("CrashChild", ["migrate", path, "99"])
      try child.waitUntilReady()
      // Ever later: among the first batches, and near the turn.
      try await Task.sleep(for: .milliseconds(delay))
      delay += 5
      if let status = child.poll() {
        #expect(status == 0)
        if kills > 0 { break }
        // On a busy machine it may have ended before this test came to kill it.
        try #require(delay < 500)
        let store = try await open(test, fold: 98)
        #expect(try await store.migrateDigests())
        try await store.rebuild()
        await store.close()
        continue
      }
      child.sendKill()
      _ = child.wait()
      kills += 1
      let store = try await open(test, fold: 98)
      #expect(try store.insight("r7").digest.watermark == 202)
      await store.close()
    }
    #expect(kills > 0)
    print("MEASURE migration: \(kills) kills")
    let store = try await open(test, fold: 99)
    let live = try store.readers.read { try $0.tables.liveFoldVersion() }
    #expect(live == 99)
    let rows = try store.readers.read { connection in
      try connection.integer(
        """
        SELECT count(*) FROM generations g JOIN digests d ON d.generation = g.generation
        WHERE g.live = 1 AND d.watermark = 202
        """
      )
    }
    #expect(rows == 60)
    // One generation, begun once and gone on with.
    let count = try store.readers.read { try $0.integer("SELECT count(*) FROM generations") }
    #expect(count == 2)
    await store.close()
  }
}
