import Glibc
import RunDigest
import Testing

@testable import LogFormats

extension Following {
  @Suite("A log that was renamed while nobody followed")
  struct RenamedSourceTests {
    /// Two of them may well be two events.
    private let line = #"{"run":"a","ts":"2026-06-01T00:00:00Z","kind":"text"}"# + "\n"

    private func numbered(_ i: Int) -> String {
      line.replacing("}", with: #","payload":{"text":"no \#(i)"}}"#)
    }

    private func importAll(_ folder: FollowedFolder) async throws -> Int64 {
      try await LogImport(store: folder.store).run([folder.logs]).events
    }

    private func move(_ folder: FollowedFolder, _ from: String, _ to: String) {
      #expect(rename(folder.logs + "/" + from, folder.logs + "/" + to) == 0)
    }

    @Test("Of a log that is rotated again and again each line is stored once, with or without ids")
    func rotated() async throws {
      let folder = try await FollowedFolder()
      for round in 0..<3 {
        try folder.append(numbered(2 * round), to: "a.jsonl")
        #expect(try await importAll(folder) == (round == 0 ? 1 : 2))
        // Not seen before it has another name.
        try folder.append(numbered(2 * round + 1), to: "a.jsonl")
        if round > 1 { move(folder, "a.jsonl.1", "a.jsonl.2") }
        if round > 0 {
          move(folder, "a.jsonl", "a.jsonl.1")
        } else {
          move(folder, "a.jsonl", "b.jsonl")
        }
      }
      try folder.append(numbered(6), to: "a.jsonl")
      #expect(try await importAll(folder) == 2)
      #expect(try await importAll(folder) == 0)
      let story = try FollowedFolder.events(of: folder.store)["a"] ?? []
      #expect(story.count == 7)
      for i in 0..<7 { #expect(story.contains { $0.contains("no \(i)") }) }
    }

    @Test("A log that is rotated once it was found and before it is opened is read once, all of it")
    func rotatedMeanwhile() async throws {
      let folder = try await FollowedFolder()
      // The last one is overwritten each time, and nothing tells one line from another.
      let names = ["a.jsonl", "a.jsonl.1", "a.jsonl.2"]
      for count in 1...3 {
        try folder.append(String(repeating: line, count: count), to: names[count - 1])
      }
      #expect(try await importAll(folder) == 6)
      for _ in 0..<3 {
        try folder.append(line, to: "a.jsonl")
        let files = LogPaths([folder.logs]).files
        move(folder, names[1], names[2])
        move(folder, names[0], names[1])
        try folder.append(line, to: "a.jsonl")
        let before = try folder.events(of: "a")
        let pipe = ImportPipe(folder.store, tell: { _ in })
        try await LogImport(store: folder.store).visit(files, pipe) { _, _, problem in
          #expect(problem == nil)
        }
        #expect(try folder.events(of: "a") - before == 2)
        #expect(try await importAll(folder) == 0)
      }
    }

    @Test("A log is known again where one look missed both of its names")
    func missed() async throws {
      let folder = try await FollowedFolder()
      try folder.append(line + line, to: "a.jsonl")
      var options = LogFollow.Options()
      options.polls = true
      let session = FollowSession(
        folder.store,
        importing: LogImport.Options(),
        options: options,
        stop: StopFlag(),
        paths: [folder.logs],
        awaited: []
      )
      try await session.importWhatIsThere()
      #expect(try folder.events(of: "a") == 2)
      try folder.append(line, to: "a.jsonl")
      move(folder, "a.jsonl", "a.jsonl.1")
      // The folder was read before it was renamed, and the file was looked at afterwards.
      session.tree.files[folder.logs + "/a.jsonl"] = nil
      session.tree.forgetPlaces()
      session.look()
      try await session.followMoves()
      try await session.readWhatChanged()
      #expect(try folder.events(of: "a") == 3)
    }

    @Test("A file that is another one under the same number is a new log")
    func reused() async throws {
      let folder = try await FollowedFolder()
      try folder.append(line + line, to: "a.jsonl")
      #expect(try await importAll(folder) == 2)
      move(folder, "a.jsonl", "b.jsonl")
      // In place: it keeps its number.
      try folder.write((" " + line + line).utf8, to: "b.jsonl")
      #expect(try await importAll(folder) == 2)
    }

    @Test("A second name of a log that is where it was does not take its place")
    func linked() async throws {
      let folder = try await FollowedFolder()
      try folder.append(FollowedFolder.line("a", 1), to: "a.jsonl")
      #expect(try await importAll(folder) == 1)
      #expect(link(folder.logs + "/a.jsonl", folder.logs + "/b.jsonl") == 0)
      #expect(try await importAll(folder) == 0)
      let cursor = try folder.store.importCursor(of: folder.logs + "/a.jsonl")
      #expect(cursor != nil)
    }
  }
}
