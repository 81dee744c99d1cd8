internal import Foundation
internal import Glibc
import TestSupport
import Testing

/// `RUNDIGEST_IMPORT_KILLS=500 swift test --filter ImportKillTests` kills more of them.
@Suite("digest-ctl import: killed at any moment")
struct ImportKillTests {
  private static let kills = setting("RUNDIGEST_IMPORT_KILLS", default: 9)

  /// Logs plain and packed, in two formats, with lines that cannot be read.
  private static func makeLogs(_ tool: Tool) throws {
    let fixtures = URL(fileURLWithPath: TestFiles.fixtureFolder + "/claude-code")
    let long = PackedLogTests.longLog(6000) + Data("not json\n".utf8)
    try tool.write(long, to: "logs/a.jsonl")
    for name in ["damaged", "fork", "sidechains", "subagents", "turns"] {
      let content = try Data(contentsOf: fixtures.appendingPathComponent(name + ".jsonl"))
      try tool.write(content, to: "logs/\(name).jsonl")
    }
    for (packing, run) in zip(PackedLogTests.Packing.installed, ["packed-1", "packed-2"]) {
      let text = String(decoding: long, as: UTF8.self)
        .replacingOccurrences(of: #""long""#, with: "\"\(run)\"")
      let packed = try packing.pack(Data(text.utf8))
      try tool.write(packed, to: "logs/\(run).jsonl")
    }
  }

  private static func state(_ tool: Tool) throws -> (events: String, unread: NSArray) {
    let unread = try tool.unread().map { row in
      var row = row
      row["source"] = (row["source"] as? String)?.split(separator: "/").last.map(String.init)
      return row
    }
    return (try tool.run("export", "events").output, unread as NSArray)
  }

  @Test("the imports together add what one would have, and nothing twice")
  func kills() throws {
    let whole = try Tool()
    try Self.makeLogs(whole)
    let start = ContinuousClock.now
    try whole.run("import", "logs", "--seal-idle", "off")
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    var mostMicroseconds = UInt32(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    let expected = try Self.state(whole)
    let expectedRuns = try whole.run("runs", "--json").output

    var left = Self.kills
    var killed = 0
    // One at least is killed: others that run beside this may have made the first import a slow one.
    while left > 0 || killed == 0 && Self.kills > 0 {
      let tool = try Tool()
      try Self.makeLogs(tool)
      var isDone = false
      while left > 0 || killed == 0, !isDone {
        left -= 1
        let started = try tool.start("import", "logs", "--seal-idle", "off")
        usleep(UInt32.random(in: 1000...mostMicroseconds))
        kill(started.process.processIdentifier, SIGKILL)
        let result = try tool.finish(started)
        isDone = started.process.terminationReason == .exit
        if !isDone { killed += 1 } else { mostMicroseconds = max(2000, mostMicroseconds / 4 * 3) }
        #expect(isDone || result.status == SIGKILL)
      }
      try tool.run("import", "logs", "--seal-idle", "off")
      let state = try Self.state(tool)
      #expect(state.events == expected.events)
      #expect(state.unread == expected.unread)
      #expect(try tool.run("runs", "--json").output == expectedRuns)
      #expect(try tool.run("verify").status == 0)
      #expect(
        try tool.run("import", "logs", "--seal-idle", "off", "--json").json()["events"] as? Int == 0
      )
    }
    print("\(killed) imports of \(Self.kills) were killed before their end")
  }
}
