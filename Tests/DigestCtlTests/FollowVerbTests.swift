internal import Foundation
internal import Glibc
import Testing

@Suite("digest-ctl import --follow and --agents", .serialized)
struct FollowVerbTests {
  static let body = String(repeating: "x", count: 2_000)

  static func line(_ number: Int) -> String {
    #"{"run":"r","ts":"2026-06-01T00:00:00Z","kind":"text","id":"\#(number)","payload":{"text":"\#(body)"}}"#
      + "\n"
  }

  /// Waits for standard output of a follower to say something.
  func wait(_ started: Tool.Started, for text: String) throws {
    let end = Date().addingTimeInterval(600)
    while !(try String(contentsOfFile: started.output, encoding: .utf8)).contains(text) {
      try #require(Date() < end && started.process.isRunning, "no \(text)")
      usleep(10_000)
    }
  }

  func append(_ text: String, to path: String) throws {
    let handle = try #require(FileHandle(forWritingAtPath: path))
    defer { try? handle.close() }
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
  }

  @Test("each change is one line of JSON, and control-C ends it with a summary and exit code 0")
  func lines() throws {
    let tool = try Tool()
    let log = try tool.write(Self.line(1), to: "logs/a.jsonl")
    let follower = try tool.start("import", "--follow", "logs", "--json")
    try wait(follower, for: "following")
    try append(Self.line(2) + "no json\n", to: log)
    try wait(follower, for: #""change":"read""#)
    follower.process.interrupt()
    let result = try tool.finish(follower)
    #expect(result.status == 0, "\(result.error)")
    let rows = try result.rows()
    #expect(
      rows.map { $0["change"] as? String } == ["following", "problem", "read", "stopped"]
    )
    #expect(rows.allSatisfy { $0["ts"] is String })
    #expect(rows[0]["files_followed"] as? Int == 1 && rows[0]["events"] as? Int == 1)
    #expect(rows[1]["line"] as? Int == 3)
    #expect(rows[2]["source"] as? String == "logs/a.jsonl")
    #expect(rows[2]["events"] as? Int == 1 && rows[2]["lines"] as? Int == 2)
    #expect(rows[2]["runs"] as? [String] == ["r"])
    #expect(rows[3]["events"] as? Int == 2 && rows[3]["unread"] as? Int == 1)
    #expect((rows[3]["files"] as? [String: Int])?["read"] == 1)
  }

  @Test(
    "a follower whose store is deleted, moved or replaced says so within a second and exits with 4",
    arguments: ["delete", "move", "replace"]
  )
  func storeIsGone(how: String) throws {
    let tool = try Tool()
    let log = try tool.write(Self.line(1), to: "logs/a.jsonl")
    let other = tool.path("other.sqlite")
    try tool.run("append", "--run", "z", "--store", other, input: #"{"kind":"text"}"#)
    let follower = try tool.start("import", "--follow", "logs", "--json")
    try wait(follower, for: "following")
    switch how {
    case "delete": for suffix in ["", "-wal", "-shm", ".gate"] { unlink(tool.store + suffix) }
    case "move": rename(tool.store, tool.path("moved.sqlite"))
    default: rename(other, tool.store)
    }
    let began = Date()
    try append(Self.line(2), to: log)
    let result = try tool.finish(follower)
    #expect(-began.timeIntervalSinceNow < 1)
    #expect(result.status == 4)
    #expect(result.error.contains(how == "replace" ? "took the place" : "deleted or moved"))
    #expect(try !result.rows().contains { $0["change"] as? String == "read" })
  }

  @Test("a follower that is killed at any point, and started again, stores each event once")
  func killed() throws {
    let tool = try Tool()
    let log = try tool.write("", to: "logs/a.jsonl")
    var number = 0
    for round in 0..<6 {
      let follower = try tool.start("import", "--follow", "logs", "--json")
      if round % 2 == 0 { try wait(follower, for: "following") }
      let end = Date().addingTimeInterval(0.2 + 0.07 * Double(round))
      repeat {
        let text = (0..<40).map { Self.line(number + $0) }.joined()
        number += 40
        // In two parts, so that lines are torn when it is killed.
        try append(String(text.prefix(text.count / 2 + 777)), to: log)
        usleep(3_000)
        try append(String(text.dropFirst(text.count / 2 + 777)), to: log)
      } while Date() < end
      kill(follower.process.processIdentifier, SIGKILL)
      follower.process.waitUntilExit()
    }
    let last = try tool.start("import", "--follow", "logs", "--json")
    try wait(last, for: "following")
    last.process.terminate()
    #expect(try tool.finish(last).status == 0)
    #expect(try tool.run("runs", "--json").rows().first?["head"] as? Int == number)
    #expect(try tool.run("verify").status == 0)
    #expect(try tool.run("import", "logs", "--json").json()["events"] as? Int == 0)
  }

  @Test("agents' logs are found, imported, and followed where a home comes later")
  func agents() throws {
    let tool = try Tool()
    let none = try tool.run("import", "--agents")
    #expect(none.status == 3)
    #expect(none.error.contains("CLAUDE_CONFIG_DIR"))
    #expect(none.output.contains("not there"))
    #expect(!tool.exists("runs.sqlite"), "and no store is made")

    let session = "0cf3db51-1c73-43bb-8d05-dc02739514a5"
    func line(_ id: String, _ session: String) -> String {
      #"{"type":"user","uuid":"\#(id)","sessionId":"\#(session)","timestamp":"2026-06-01T00:00:01Z","message":{"role":"user","content":"go"}}"#
        + "\n"
    }
    try tool.write(line("u1", session), to: ".claude/projects/-x/\(session).jsonl")
    let found = try tool.run("import", "--agents", "--json").json()
    let homes = try #require(found["homes"] as? [[String: Any]])
    #expect(homes.filter { $0["found"] as? Bool == true }.count == 1)
    #expect(
      (found["runs"] as? [[String: Any]])?.first?["run"] as? String == "claude-code:" + session
    )

    let follower = try tool.start("import", "--agents", "--follow", "--json")
    try wait(follower, for: "following")
    let later = "1cf3db51-1c73-43bb-8d05-dc02739514a5"
    try tool.write(line("u2", later), to: ".config/claude/projects/-y/\(later).jsonl")
    try wait(follower, for: later)
    follower.process.terminate()
    #expect(try tool.finish(follower).status == 0)
  }

  @Test(
    "what cannot be followed is refused in one sentence",
    arguments: [
      ["import"], ["import", "--follow", "-"], ["import", "--poll", "x.jsonl"],
    ]
  )
  func refused(_ arguments: [String]) throws {
    let tool = try Tool()
    let result = try tool.run(arguments: arguments)
    #expect(result.status == 2)
    #expect(result.error.split(separator: "\n").count == 1)
  }
}
