import Events
import Glibc
import Storage
import TestSupport
import Testing

@testable import RunDigest

@Suite("The pool of shards")
struct ShardPoolTests {
  static let hostile = [
    "..", ".", "../../etc/passwd", "/etc/passwd", "a/b", "a\u{0}b", "con.sqlite", "A", "a", "é",
    "e\u{301}", "Ⅻ", "%41", "41", "%41%", " ", "-", "a.sqlite", "team🏃", "\\", "a\nb",
    String(repeating: "é", count: 49), String(repeating: "x", count: 199),
  ]

  @Test("names a file of its own for every team, in plain letters, inside the folder")
  func fileNames() throws {
    let files = try Self.hostile.map { try ShardName($0).file }
    #expect(Set(files.map { $0.lowercased() }).count == Self.hostile.count)
    for file in files {
      #expect(file.hasSuffix(".sqlite") && file.utf8.count <= 208)
      #expect(
        file.dropLast(7).utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2E && $0 != 0x2F }
      )
    }
  }

  @Test(
    "refuses a name that no file can have",
    arguments: ["", String(repeating: "x", count: 300), String(repeating: "é", count: 150)]
  )
  func refusedNames(_ team: String) async throws {
    let folder = try TemporaryFolder()
    let pool = ShardPool(folder: folder.file("shards"))
    #expect(await failure { try await pool.withShard(team) { _ in } } == .invalidArgument)
    await pool.close()
  }

  @Test("keeps every file of every team inside its folder")
  func inside() async throws {
    let folder = try TemporaryFolder()
    let pool = ShardPool(folder: folder.file("shards"))
    for team in Self.hostile {
      try await pool.withShard(team) {
        try await $0.run("r").append(.text())
      }
    }
    #expect(names(in: folder.path) == ["shards"])
    #expect(pool.counters.opens == Self.hostile.count)
    await pool.close()
    #expect(pool.counters.open == 0)
  }

  @Test("gives each store its part of the memory for pages, and never more than the store may have")
  func memory() async throws {
    let folder = try TemporaryFolder()
    var options = ShardPool.Options()
    options.capacity = 4
    options.store.readers = 2
    // In KiB, as SQLite has them: of 3 MiB a third is for the writer, the rest for two readers.
    for (all, expected) in [(12 << 20, [-1024, -1024]), (1 << 40, [-16384, -16384])] {
      options.cacheBytes = all
      let pool = ShardPool(folder: folder.file("shards"), options: options)
      let sizes = try await pool.withShard("a") { store in
        let writer = try await store.queue.write(priority: .maintenance) {
          try $0.connection.integer("PRAGMA cache_size")
        }
        return [writer, try store.readers.read { try $0.integer("PRAGMA cache_size") }]
      }
      #expect(sizes == expected.map(Int64.init))
      await pool.close()
    }
  }

  @Test("does not follow links out of its folder")
  func links() async throws {
    let folder = try TemporaryFolder()
    let shards = folder.file("shards")
    mkdir(shards, 0o700)
    mkdir(folder.file("outside"), 0o700)
    symlink(folder.file("outside") + "/x.sqlite", shards + "/a.sqlite")
    let pool = ShardPool(folder: shards)
    #expect(await failure { try await pool.withShard("a") { _ in } } == .refused)
    #expect(names(in: folder.file("outside")).isEmpty)
    await pool.close()
  }

  @Test("fails a damaged shard alone, with a typed error, and goes on with the others")
  func damaged() async throws {
    let folder = try TemporaryFolder()
    let shards = folder.file("shards")
    mkdir(shards, 0o700)
    var options = ShardPool.Options()
    // However long this takes.
    options.idleTTL = .seconds(3600)
    let pool = ShardPool(folder: shards, options: options)
    try await pool.withShard("good") { try await $0.run("r").append(.text()) }
    let file = try #require(fopen(shards + "/bad.sqlite", "w"))
    fputs(String(repeating: "this is no store ", count: 400), file)
    fclose(file)
    for _ in 0..<2 {
      let code = await failure {
        _ = try await pool.withShard("bad") { try await $0.run("r").append(.text()) }
      }
      #expect(code == .refused || code == .corrupt)
    }
    try await pool.withShard("good") { try await $0.run("r").end(.stop) }
    let status = try await pool.withShard("good") { try $0.insight("r").digest.outcome.status }
    #expect(status == .stopped)
    #expect(pool.counters.failures == 2 && pool.counters.opens == 1)
    // Put right, it is opened again.
    unlink(shards + "/bad.sqlite")
    try await pool.withShard("bad") { try await $0.run("r").append(.text()) }
    await pool.close()
  }

  @Test(
    "takes the time to live from the environment",
    arguments: [
      ("0", Duration.zero as Duration?), ("1.5", .milliseconds(1500)), ("", nil), ("x", nil),
      ("-1", nil),
      ("nan", nil),
    ]
  )
  func environment(_ text: String, _ ttl: Duration?) {
    #expect(ShardPool.ttl(ofEnvironment: text) == ttl)
    #expect(ShardPool.ttl(ofEnvironment: nil) == nil)
  }
}
