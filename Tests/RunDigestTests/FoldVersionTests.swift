import Events
import Folding
import Foundation
import TestSupport
import Testing

@testable import RunDigest
@testable import Storage

/// A store that a program of another version of the fold has filled.
@Suite struct FoldVersionTests {
  /// The rows of such a store, as that program left them.
  private static let rows = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/stores/fold-1.sql")

  private func oldStore(_ folder: TemporaryFolder) async throws -> RunStore {
    let path = try StorageFile.prepare(folder.file(), .create)
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("PRAGMA journal_mode = WAL")
    try Migrator.migrate(connection, with: Schema.migrations(through: 3))
    try connection.execute(String(contentsOf: Self.rows, encoding: .utf8))
    return try await RunStore.open(at: folder.file())
  }

  @Test("A new store is of this program's version of the fold")
  func newStore() async throws {
    let test = try await TestStore()
    #expect(try test.number("SELECT fold FROM fold_versions WHERE live = 1") == Digest.version)
    #expect(try await !test.store.migrateDigests())
    await test.store.close()
  }

  @Test("Digests, rows and sums of version 1 are read until they are migrated")
  func readsVersion1() async throws {
    let folder = try TemporaryFolder()
    let store = try await oldStore(folder)
    let digest = try store.insight("a").digest
    #expect(digest.watermark == 7 && digest.totals[.toolFailed] == 1 && digest.tags == [])
    let usage = try #require(digest.totals.models["m"])
    #expect(usage.own.input == 250_000 && usage.own.partialRequests == 1)
    #expect(usage.longContext.over200k.cacheWrite == 3 && usage.longContext.over100k.input == 0)
    #expect(try store.insight("a").family.models["n"]?.own.output == 5)
    #expect(try store.insight("b").facts.parentRun == "a")
    let turn = try #require(try store.turns("a").first)
    #expect(turn.tokens.input == 250_000 && turn.models.isEmpty && turn.ownMs == nil)
    #expect(try store.calls("a").map(\.status) == [.failed])
    let session = try store.session("s")
    #expect(session.totals[.eventCount] == 7 && session.lag == 0 && session.runIDs == [])
    await store.close()
  }

  @Test("Nothing is folded into digests of version 1; once migrated they are of version 2")
  func migratesVersion1() async throws {
    let folder = try TemporaryFolder()
    let store = try await oldStore(folder)
    try await store.append([.runNote("x")], to: RunKey("a"))
    #expect(await failure { try await store.flush(RunKey("a")) } == .refused)
    #expect(await failure { try await store.rebuild("a") } == .refused)
    #expect(await failure { _ = try store.verify() } == .refused)

    #expect(try await store.migrateDigests())
    try await store.flush()
    let digest = try store.insight("a").digest
    #expect(digest.watermark == 8 && digest.notes == 1)
    // The tag was stored by the name of its kind, which version 1 did not know.
    #expect(digest.tags == ["good"])
    #expect(digest.totals.models["m"]?.longContext.over100k.input == 250_000)
    // Five seconds of a turn that worked for two: what its tool has was a person's.
    let time = digest.totals.time
    #expect((time.modelMicros, time.toolMicros) == (3_000_000, 0))
    #expect((time.waitingMicros, time.idleMicros) == (2_000_000, 1_000_000))
    #expect(try store.turns("a").first?.ownMs == 2000)
    #expect(try store.session("s").runIDs == ["a"])
    #expect(try store.verify().differences == [])
    await store.close()
  }
}
