import Events
import FoundationEssentials
import LogFormats
import RunDigest
import Testing

extension Following {
  @Suite("Logs that wait for others: the order does not matter")
  struct FollowOrderTests {}
}

extension Following.FollowOrderTests {
  typealias Folder = FollowedFolder

  /// A fork without turn ids, which only its parent can tell where its own part begins.
  static var logs: (parent: [UInt8], child: [UInt8]) {
    var fork = CodexForkTests.fork(CodexForkTests.child, turnIDs: false, inOneGo: false)
    fork.request(2000, 1800, 10)
    fork.request(100, 0, 1)
    func bytes(_ script: CodexForkTests.Script) -> [UInt8] {
      Array(script.lines.map { $0 + "\n" }.joined().utf8)
    }
    return (bytes(CodexForkTests.parentLog(turnIDs: false)), bytes(fork))
  }

  /// Input, cached input and output of a thread.
  func tokens(_ folder: Folder, _ thread: String) async throws -> [Int64] {
    try await folder.store.flush()
    let tokens = try #require(try folder.store.reader.summary(of: RunID("codex:" + thread))).tokens
    return [tokens.input, tokens.cacheRead, tokens.output]
  }

  func check(_ folder: Folder) async throws {
    #expect(try await tokens(folder, CodexForkTests.parent) == [1200, 1300, 150])
    #expect(try await tokens(folder, CodexForkTests.child) == [300, 1800, 11])
    #expect(try folder.store.reader.verify().isClean)
  }

  @Test("A fork that is read before its parent in one import", arguments: [false, true])
  func oneImport(_ childFirst: Bool) async throws {
    let (parent, child) = Self.logs
    let names = childFirst ? ["2.jsonl", "1.jsonl"] : ["1.jsonl", "2.jsonl"]
    let folder = try await Folder.importOnce([(names[0], parent), (names[1], child)])
    try await check(folder)
    let again = try await LogImport(store: folder.store).run([folder.logs])
    #expect(again.events == 0 && again.filesUnchanged == 2)
  }

  @Test("A fork whose parent comes with a later import")
  func twoImports() async throws {
    let (parent, child) = Self.logs
    let folder = try await Folder.importOnce([("1.jsonl", child)])
    #expect(try await tokens(folder, CodexForkTests.child) == [0, 0, 0])
    try folder.write(parent, to: "2.jsonl")
    _ = try await LogImport(store: folder.store).run([folder.logs])
    try await check(folder)
  }

  @Test("A fork whose parent comes while it is followed", arguments: [false, true])
  func following(_ childFirst: Bool) async throws {
    let (parent, child) = Self.logs
    let folder = try await Folder()
    let (first, second) = childFirst ? (child, parent) : (parent, child)
    _ = try await folder.follow {
      try folder.write(first, to: "1.jsonl")
      try await Task.sleep(for: .milliseconds(700))
      try folder.write(second, to: "2.jsonl")
      try await Folder.wait("both") {
        try folder.events(of: "codex:" + CodexForkTests.child) > 0
          && folder.events(of: "codex:" + CodexForkTests.parent) > 0
      }
    }
    try await check(folder)
  }

  @Test("The same logs below overlapping folders, two names and links in a ring count once")
  func overlapping() async throws {
    let (parent, child) = Self.logs
    let folder = try await Folder()
    try folder.write(parent, to: "a/b/1.jsonl")
    try folder.write(child, to: "a/2.jsonl")
    try folder.write(child, to: "copy/2.jsonl")
    try FileManager.default.createSymbolicLink(
      atPath: folder.logs + "/a/b/ring",
      withDestinationPath: folder.logs
    )
    let paths = [folder.logs + "/a/b", folder.logs, folder.logs + "/a/b/ring/a/2.jsonl"]
    let report = try await LogImport(store: folder.store).run(paths)
    #expect(report.filesRead == 3 && report.isClean)
    let followed = try await folder.follow(paths) {}
    #expect(followed.events == 0 && followed.filesUnchanged == 3)
    try await check(folder)
  }
}
