import RunDigest
import Testing

@testable import LogFormats

extension Following {
  @Suite("A follower that is killed")
  struct GrowingVisitTests {
    @Test("What waited for a file to be at rest is stored by the next import")
    func next() async throws {
      let folder = try await FollowedFolder()
      try folder.append(FollowTests.message("l1", 1, 2), to: "s.jsonl")
      let files = LogPaths([folder.logs]).files
      let pipe = ImportPipe(folder.store, tell: { _ in })
      // All that a follower does before the file is at rest.
      try await LogImport(store: folder.store).visit(
        files,
        pipe,
        as: { _ in SourceImport.Visit(isGrowing: true) },
        body: { _, _, problem in #expect(problem == nil) }
      )
      // The tokens of the message are there, though more of it may come.
      #expect(try folder.events(of: "claude-code:s") == 4)
      let report = try await LogImport(store: folder.store).run([folder.logs])
      #expect(report.events == 0 && report.lines == 0)
      let again = try await LogImport(store: folder.store).run([folder.logs])
      #expect(again.events == 0 && again.filesUnchanged == 1)
    }

    @Test("A last line without its end is counted once, when it ends and when it never does")
    func lineWithoutEnd() async throws {
      let folder = try await FollowedFolder()
      func lines(after text: String) async throws -> Int64 {
        try folder.append(text, to: "a.jsonl")
        return try await LogImport(store: folder.store).run([folder.logs]).lines
      }
      let line = FollowedFolder.line("a", 1)
      #expect(try await lines(after: line + FollowedFolder.line("a", 2).dropLast()) == 2)
      #expect(try await lines(after: "\n") == 0)
      #expect(try await lines(after: "\n") == 1, "an empty line is one")
      #expect(try await lines(after: String(FollowedFolder.line("a", 3).dropLast())) == 1)
      #expect(try await lines(after: "\n" + FollowedFolder.line("a", 4)) == 1)
    }

    @Test("A file is known again by its beginning, and not where it was written anew in place")
    func mark() async throws {
      let folder = try await FollowedFolder()
      let path = folder.logs + "/a.jsonl"
      let text = (0..<200).map { FollowedFolder.line("a", $0) }.joined()
      try folder.append(text, to: "a.jsonl")
      let file = try SourceFile(path: path, shown: path, mayWait: false)
      let offset = Int64(text.utf8.count)
      let hash = try #require(try PrefixHash(of: file, count: offset))
      let mark = try #require(ReadMark(file, offset: offset, hash: hash))
      let cursor = ImportCursor(
        path: path,
        device: 0,
        inode: 0,
        size: 0,
        mtime: 0,
        offset: offset,
        prefixHash: hash.value
      )
      func isKnown(_ cursor: ImportCursor) throws -> Bool {
        let opened = try SourceFile(path: path, shown: path, mayWait: false)
        return try mark.goOn(in: opened, from: cursor) != nil
      }
      #expect(try isKnown(cursor))
      try folder.append(FollowedFolder.line("a", 200), to: "a.jsonl")
      #expect(try isKnown(cursor))
      var other = cursor
      other.offset -= 1
      #expect(try !isKnown(other), "somebody else has read on")
      let anew = (1..<250).map { FollowedFolder.line("b", $0) }.joined()
      try folder.write(anew.utf8, to: "a.jsonl")
      #expect(try !isKnown(cursor))
    }
  }
}
