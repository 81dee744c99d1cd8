import Events
import Foundation
import LogFormats
import Testing

/// Files that are looked at and make no run.
@Suite("What is passed over")
struct PassedOverTests {
  static let aside = [
    #"{"type":"mode","mode":"default","sessionId":"5e55"}"#,
    #"{"type":"user","uuid":"a","parentUuid":null,"sessionId":"5e55","timestamp":"2026-03-02T10:00:00Z","message":{"role":"user","content":"<command-name>/clear</command-name>"}}"#,
  ]
  static let prompt =
    #"{"type":"user","uuid":"b","parentUuid":"a","sessionId":"5e55","timestamp":"2026-03-02T10:00:05Z","message":{"role":"user","content":"oil the mill"}}"#

  static func lines(_ lines: [String]) -> [UInt8] {
    Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  @Test("A log without a conversation makes no run, until there is one")
  func clearOnly() async throws {
    let folder = try await FollowedFolder()
    try folder.write(Self.lines(Self.aside), to: "s.jsonl")
    let first = try await LogImport(store: folder.store).run([folder.logs])
    #expect(first.runs.isEmpty && first.isClean && first.filesWithoutConversation == 1)
    #expect(first.passedOver.first?.reason.contains("holds no conversation as yet") == true)
    let named = try await LogImport(store: folder.store).run([folder.logs + "/s.jsonl"])
    #expect(named.runs.isEmpty && named.isClean)

    try folder.write(Self.lines(Self.aside + [Self.prompt]), to: "s.jsonl")
    let second = try await LogImport(store: folder.store).run([folder.logs])
    #expect(second.runs.map(\.rawValue) == ["claude-code:5e55"] && second.lines == 3)
    let whole = try await FollowedFolder()
    try whole.write(Self.lines(Self.aside + [Self.prompt]), to: "s.jsonl")
    _ = try await LogImport(store: whole.store).run([whole.logs])
    #expect(try FollowedFolder.events(of: folder.store) == FollowedFolder.events(of: whole.store))
  }

  @Test("A follower waits for the conversation of a log that has none")
  func followed() async throws {
    let folder = try await FollowedFolder()
    try folder.write(Self.lines(Self.aside), to: "s.jsonl")
    let report = try await folder.follow {
      try folder.append(Self.prompt + "\n", to: "s.jsonl")
      try await FollowedFolder.wait("the prompt is stored") {
        try folder.events(of: "claude-code:5e55") > 0
      }
    }
    #expect(report.runs.map(\.rawValue) == ["claude-code:5e55"])
    #expect(report.filesPassedOver == 0)
  }

  @Test("Companion files in a folder are passed over with what they are, and are no failure")
  func companions() async throws {
    let folder = try await FollowedFolder()
    try folder.write(Self.lines([Self.prompt]), to: "p/s.jsonl")
    try folder.write(
      Array(#"[{"sessionId":"s","messageId":0,"type":"user","message":"x"}]"#.utf8),
      to: "p/logs.json"
    )
    try folder.write(Array(#"{"display":"x"}"#.utf8), to: "history.jsonl")
    try folder.write(Array(#"{"agentType":"x"}"#.utf8), to: "p/s/agent-1.meta.json")
    let report = try await LogImport(store: folder.store).run([folder.logs])
    #expect(report.isClean && report.filesRead == 1 && report.filesPassedOver == 3)
    let reasons = report.passedOver.map(\.reason)
    #expect(
      reasons.contains {
        $0.hasSuffix(
          "is no log: it lies beside those of Claude Code and holds the prompts that were typed"
        )
      }
    )
    #expect(
      reasons.contains { $0.contains("logs.json is no log: it lies beside those of Gemini CLI") }
    )
    let named = try await LogImport(store: folder.store).run([folder.logs + "/history.jsonl"])
    #expect(!named.isClean)
  }

  @Test("A folder that holds nothing but logs of other programs is named as such")
  func unknown() async throws {
    let folder = try await FollowedFolder()
    try folder.write(Self.lines([#"{"version":"v1","kind":"Prompt","data":{}}"#]), to: "k.jsonl")
    let report = try await LogImport(store: folder.store).run([folder.logs])
    #expect(!report.isClean && report.runs.isEmpty && report.filesPassedOver == 1)
  }

  @Test(
    "A log in UTF-16 is read as any other, and goes on as it grows",
    arguments: [true, false],
    [true, false]
  )
  func utf16(_ isBigEndian: Bool, _ hasMark: Bool) async throws {
    func encoded(_ lines: [String]) -> [UInt8] {
      let text = (hasMark ? "\u{FEFF}" : "") + lines.joined(separator: "\r\n") + "\r\n"
      return text.utf16.flatMap { unit in
        let bytes = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        return isBigEndian ? bytes.reversed() : bytes
      }
    }
    let answer =
      #"{"parentUuid":"b","type":"assistant","uuid":"c","sessionId":"5e55","timestamp":"2026-03-02T10:00:09Z","message":{"id":"m","role":"assistant","model":"claude-x","stop_reason":"end_turn","content":[{"type":"text","text":"Öl ✓"}],"usage":{"input_tokens":7,"output_tokens":3}}}"#
    let folder = try await FollowedFolder()
    try folder.write(
      encoded([Self.prompt.replacing(#""type":"user","#, with: #""n":1,"type":"user","#)]),
      to: "s.jsonl"
    )
    _ = try await LogImport(store: folder.store).run([folder.logs])
    try folder.write(
      encoded([Self.prompt.replacing(#""type":"user","#, with: #""n":1,"type":"user","#), answer]),
      to: "s.jsonl"
    )
    let report = try await LogImport(store: folder.store).run([folder.logs])
    #expect(report.isClean && report.lines == 1)
    let events = try #require(try FollowedFolder.events(of: folder.store)["claude-code:5e55"])
    #expect(events.contains { $0.contains("Öl ✓") })
    #expect(events.contains { $0.contains(#""input_tokens":7"#) })
  }
}
