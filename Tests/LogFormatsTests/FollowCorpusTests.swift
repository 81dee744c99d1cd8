import Events
import FoundationEssentials
import Glibc
import LogFormats
import RunDigest
import TestSupport
import Testing

extension Following {
  @Suite(
    "Real logs as they grew",
    .enabled(if: TestFiles.corpus != nil, "RUNDIGEST_CORPUS is not set: no real log is read")
  )
  struct FollowCorpusTests {}
}

extension Following.FollowCorpusTests {
  typealias Folder = FollowedFolder

  /// The states of a file, in their order.
  static func states(_ part: String) throws -> [[UInt8]] {
    try TestFiles.corpusFiles("growth-series", containing: part).sorted().map(TestFiles.bytes)
  }

  /// What imports of one state after another give.
  static func importEach(_ states: [[UInt8]]) async throws -> Folder {
    let folder = try await Folder()
    for state in states {
      try folder.write(state, to: "log.jsonl")
      _ = try await LogImport(store: folder.store).run([folder.logs])
    }
    try await folder.store.flush()
    return folder
  }

  @Test(
    "One that grew gives the events of one import, in pieces that tear lines apart",
    arguments: [Duration.seconds(60), .zero]
  )
  func grown(_ rest: Duration) async throws {
    let states = try Self.states("codex-")
    #expect(states.count == 8)
    let folder = try await Folder()
    let report = try await folder.follow(rest: rest) {
      var done = 0
      for state in states {
        let middle = done + (state.count - done) / 2
        for end in [middle, state.count] {
          try folder.append(String(decoding: state[done..<end], as: UTF8.self), to: "log.jsonl")
          done = end
          try await Task.sleep(for: .milliseconds(100))
        }
      }
    }
    #expect(report.duplicates == 0 && report.unread == 0)
    let once = try await Folder.importOnce([("log.jsonl", states.last ?? [])])
    let expected = try Folder.events(of: once.store)
    #expect((expected.values.first?.count ?? 0) > 500)
    if rest > .zero { #expect(try Folder.events(of: folder.store) == expected) }
    try await Self.compare(folder, once)
  }

  @Test("One that was cut anew each time gives the sums of imports in between")
  func rewritten() async throws {
    let states = try Self.states("claude-")
    #expect(states.count == 7)
    let folder = try await Folder()
    _ = try await folder.follow(rest: .milliseconds(100)) {
      for (index, state) in states.enumerated() {
        // As a whole, so that each state is seen or none.
        let fresh = folder.path + "/fresh"
        try FileManager.default.createDirectory(atPath: fresh, withIntermediateDirectories: true)
        try Data(state).write(to: URL(filePath: fresh + "/log.jsonl"))
        #expect(rename(fresh + "/log.jsonl", folder.logs + "/log.jsonl") == 0)
        try await Folder.wait("state \(index) at rest") {
          let cursor = try folder.store.importCursor(of: folder.logs + "/log.jsonl")
          return cursor?.size == Int64(state.count) && cursor?.mtime != 0
        }
      }
    }
    try await Self.compare(folder, Self.importEach(states))
  }

  static func compare(_ found: Folder, _ expected: Folder) async throws {
    try await found.store.flush()
    let runs = try Folder.events(of: expected.store).keys
    #expect(try Folder.events(of: found.store).keys == runs)
    for run in runs {
      let one = try #require(try expected.store.reader.summary(of: RunID(run)))
      let other = try #require(try found.store.reader.summary(of: RunID(run)))
      #expect(other.tokens == one.tokens, "\(run)")
      #expect(other.digest?.turnCount == one.digest?.turnCount, "\(run)")
    }
    #expect(try found.store.reader.verify().isClean)
  }
}
