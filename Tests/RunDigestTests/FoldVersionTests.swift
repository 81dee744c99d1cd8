import Events
import Folding
import TestSupport
import Testing

@testable import RunDigest
@testable import Storage

/// A store that a program of another version of the fold has filled.
@Suite struct FoldVersionTests {
  @Test("A new store is of this program's version of the fold")
  func newStore() async throws {
    let test = try await TestStore()
    #expect(try test.number("SELECT fold FROM fold_versions WHERE live = 1") == Digest.version)
    #expect(try await !test.store.migrateDigests())
    await test.store.close()
  }
}
