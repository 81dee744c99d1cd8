import Glibc
import Storage
import TestSupport
import Testing

@testable import RunDigest

@Suite("A store that is deleted, moved or replaced while it is open")
struct StorePlaceTests {
  private func move(_ test: TestStore, _ how: String) async throws {
    let path = test.store.path
    switch how {
    case "delete": for suffix in ["", "-wal", "-shm", ".gate"] { unlink(path + suffix) }
    case "move": rename(path, path + ".away")
    default:
      let other = try await RunStore.open(at: path + ".other")
      await other.close()
      rename(path + ".other", path)
    }
  }

  @Test("no append to it is acknowledged", arguments: ["delete", "move", "replace"])
  func append(how: String) async throws {
    let test = try await TestStore()
    let run = RunID(stringLiteral: "r")
    // So many that the later ones are written on the caller's thread.
    for _ in 0..<40 { try await test.store.append([.text()], to: run) }
    try await move(test, how)
    #expect(await failure { try await test.store.append([.text()], to: run) } == .moved)
    #expect(
      await failure {
        try await test.store.append([.text()], to: run, durability: .durable)
      } == .moved
    )
    #expect(await failure { try test.store.requireInPlace() } == .moved)
    await test.store.close(drainingFor: .zero)
  }

  @Test(
    "its health tells within a second, though nothing is written",
    arguments: ["delete", "replace"]
  )
  func health(how: String) async throws {
    let test = try await TestStore()
    try await test.store.append([.text()], to: "r")
    try await move(test, how)
    try await Task.sleep(for: .seconds(1))
    #expect(test.store.health().lastProblems.contains { $0.code == "moved" })
    await test.store.close(drainingFor: .zero)
  }

  @Test("a fold whose compare-and-set always misses ends as an error")
  func misses() async throws {
    let test = try await TestStore { $0.foldsInBackground = true }
    try await test.store.append([.text()], to: "r")
    try await test.store.flush("r")
    let connection = try Connection(path: test.store.path, mode: .readWrite)
    try connection.execute(
      "CREATE TRIGGER miss BEFORE UPDATE ON digests BEGIN SELECT RAISE(IGNORE); END"
    )
    try await test.store.append([.text()], to: "r")
    #expect(await failure { try await test.store.flush("r") } == .busy)
    #expect(await failure { try await test.store.rebuild("r") } == .busy)
    await test.store.close(drainingFor: .zero)
  }

  @Test("a backup made while events are appended holds a beginning of the log, and is whole")
  func backup() async throws {
    let test = try await TestStore()
    for _ in 0..<50 { try await test.store.append([.text()], to: "r") }
    let appending = Task {
      for _ in 0..<300 { try await test.store.append([.text()], to: "r") }
    }
    for number in 0..<5 {
      let copy = try await test.store.backup(to: test.folder.file("b\(number)"))
      #expect(copy.events >= 50)
      let reader = try RunReader.open(at: copy.path)
      #expect(try reader.diagnose().isGood)
    }
    try await appending.value
  }

  @Test("a restore under an open store is noticed before its next append")
  func restore() async throws {
    let test = try await TestStore()
    try await test.store.append([.text()], to: "r")
    let copy = try await test.store.backup(to: test.folder.file("b"))
    try await test.store.append([.text()], to: "r")
    let restored = try await RunStore.restore(test.store.path, from: copy.path)
    #expect(restored.events == 1)
    #expect(await failure { try await test.store.append([.text()], to: "r") } == .moved)
    let again = try await test.another()
    try await again.append([.text()], to: "r")
    #expect(try again.insight("r").head == 2)
    await again.close()
    await test.store.close(drainingFor: .zero)
  }
}
