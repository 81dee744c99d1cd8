internal import Foundation
import Testing

@Suite("digest-ctl: lines that cannot be read")
struct QuarantineTests {
  private let bad = SampleLog.lines + ["not json", #"{"run":"fix-42","kind":"late","seq":99}"#]

  @Test("are kept with source, line, reason and beginning, once, and told of by every check")
  func kept() throws {
    let tool = try Tool()
    let log = try tool.write(SampleLog.text(bad), to: "bad.jsonl")
    #expect(try tool.run("import", log, "--json").json()["unread"] as? Int == 2)
    let rows = try tool.unread()
    #expect(rows.map { $0["line"] as? Int } == [11, 12])
    #expect(rows.map { $0["source"] as? String } == [log, log])
    #expect(rows[0]["beginning"] as? String == "not json")
    #expect(rows[0]["size"] as? Int == 8)
    #expect((rows[0]["reason"] as? String)?.contains("not JSON") == true)
    // An event that is refused is kept as an event, whatever the format was that it came in.
    let refused = try #require(rows[1]["beginning"] as? String)
    #expect(refused.contains(#""kind":"late""#) && refused.contains(#""seq":99"#))
    #expect((rows[1]["reason"] as? String)?.contains("would be seq 11") == true)

    let health = try tool.run("health", "--json")
    #expect(health.status == 0)
    #expect(try health.json()["unread"] as? [String: Int] == ["lines": 2, "logs": 1])
    #expect(try tool.run("health").output.contains("2 lines of 1 imported log"))
    let doctor = try tool.run("doctor").output
    #expect(doctor.contains("warn  imports: 2 unreadable lines in 1 log\n"))
    #expect(doctor.contains("bad.jsonl:11: this is not JSON"))
    let verify = try tool.run("verify", "--json")
    #expect(try verify.status == 0 && verify.json()["unread"] as? Int == 2)
  }

  @Test("are kept once, however often they are read")
  func once() throws {
    let tool = try Tool()
    let log = try tool.write(SampleLog.text(bad), to: "bad.jsonl")
    try tool.run("import", log)
    let rows = try tool.unread() as NSArray
    try tool.run("import", log)
    // Grown: only what is new is read. Written anew: all of it is, and known again.
    try tool.write(SampleLog.text(bad + [#"{"run":"b","kind":"x","id":"1"}"#]), to: "bad.jsonl")
    #expect(try tool.run("import", log, "--json").json()["unread"] as? Int == 0)
    try tool.write(SampleLog.text(bad + [#"{"run":"c","kind":"x","id":"1"}"#]), to: "bad.jsonl")
    #expect(try tool.run("import", log, "--json").json()["unread"] as? Int == 2)
    #expect(try tool.unread() as NSArray == rows)

    // Of a file that was replaced, what was lost stays lost, and stays known.
    try tool.write(SampleLog.text(["worse", "not json"]), to: "bad.jsonl")
    try tool.run("import", log, "--format", "events")
    #expect(try tool.unread().map { $0["line"] as? Int } == [1, 2, 11, 12])

    try tool.run("import", "-", "--format", "events", input: "worse\n")
    try tool.run("import", "-", "--format", "events", input: "worse\n")
    #expect(try tool.unread().filter { $0["source"] as? String == "-" }.count == 1)
  }

  @Test("are bounded in length and number, and counted all the same")
  func bounded() throws {
    let tool = try Tool()
    let junk = (0..<12_000).map { "junk \($0)" } + [String(repeating: "y", count: 9000)]
    let log = try tool.write(SampleLog.text(SampleLog.lines + junk), to: "junk.jsonl")
    let result = try tool.run("import", log, "--json")
    let json = try result.json()
    #expect(json["unread"] as? Int == 12_001)
    #expect((json["problems"] as? [Any])?.count == 10_000)
    #expect(result.error.split(separator: "\n").count == 21, "20 lines, and how many more")
    let health = try tool.run("health", "--json").json()
    #expect(health["unread"] as? [String: Int] == ["lines": 10_000, "logs": 1])

    let other = try Tool()
    try other.write(SampleLog.text(SampleLog.lines + [junk[12_000]]), to: "long.jsonl")
    try other.run("import", "long.jsonl")
    let row = try #require(other.unread().first)
    #expect(row["size"] as? Int == 9000)
    #expect((row["beginning"] as? String)?.count == 4096)
  }
}
