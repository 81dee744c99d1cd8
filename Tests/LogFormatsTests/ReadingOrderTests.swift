import RunDigest
import Testing

@testable import LogFormats

@Suite("The order in which logs are read")
struct ReadingOrderTests {
  @Test("A log keeps its place when an import was killed before its end")
  func interrupted() async throws {
    let folder = try await FollowedFolder()
    try folder.append(Self.line("2026-05-02T10:00:00Z"), to: "a.jsonl")
    try folder.append(Self.line("2026-05-01T10:00:00Z"), to: "b.jsonl")
    let files = LogPaths([folder.logs]).files
    func names() throws -> [String] {
      try ReadingOrder(folder.store).sorted(files).map { String($0.shown.suffix(7)) }
    }
    #expect(try names() == ["b.jsonl", "a.jsonl"])
    let earlier = try #require(files.first { $0.shown.hasSuffix("b.jsonl") })
    let path = try #require(earlier.path)
    // As a batch before the end of the file leaves it: with its size, without its time of change.
    let cursor = ImportCursor(path: path, device: 0, inode: 0, size: earlier.bytes, mtime: 0)
    _ = try await folder.store.storeImported(
      [],
      step: ImportStep(from: nil, to: cursor),
      rules: ImportRules(keepsFirst: true)
    )
    #expect(try names() == ["b.jsonl", "a.jsonl"])
  }

  private static func line(_ time: String) -> String {
    #"{"run":"r","ts":"\#(time)","kind":"text","id":"\#(time)"}"#
      + "\n"
  }
}
