internal import Foundation
import Testing

@Suite("digest-ctl import: once, again, and as a file grows")
struct ImportTests {
  @Test("a second import of the same file adds nothing, under whatever name")
  func again() throws {
    let tool = try Tool()
    let log = try tool.write(SampleLog.text, to: "fix.jsonl")
    try tool.run("import", log)
    let before = try tool.run("insight", "fix-42", "--json").output
    let second = try tool.run("import", log, "--json").json()
    #expect(second["events"] as? Int == 0)
    #expect((second["files"] as? [String: Int])?["unchanged"] == 1)

    let copy = try tool.write(SampleLog.text, to: "copy.jsonl")
    let third = try tool.run("import", copy, "--json").json()
    #expect(third["events"] as? Int == 0)
    #expect(third["duplicates"] as? Int == 10)
    #expect(try tool.run("insight", "fix-42", "--json").output == before)
  }

  @Test("a file that grew is read on from where it was left, also within a line")
  func growth() throws {
    let tool = try Tool()
    let bytes = Array(SampleLog.text.utf8)
    var events = 0
    for end in stride(from: 100, to: bytes.count + 1, by: 150) + [bytes.count] {
      let log = try tool.write(Data(bytes[..<end]), to: "grows.jsonl")
      let result = try tool.run("import", log, "--json")
      #expect(result.status == 0 || end == 100, "\(result.error)")
      let json = try result.json()
      events += try #require(json["events"] as? Int)
      #expect(json["duplicates"] as? Int == 0)
    }
    #expect(events == 10)

    let whole = try Tool()
    try whole.run("import", try whole.write(SampleLog.text, to: "whole.jsonl"))
    #expect(
      try tool.run("insight", "fix-42", "--json").output
        == whole.run("insight", "fix-42", "--json").output
    )
  }

  @Test("of a file that was cut or written anew only what is new is added")
  func replaced() throws {
    let tool = try Tool()
    let log = try tool.write(SampleLog.text(SampleLog.lines.prefix(6)), to: "log.jsonl")
    try tool.run("import", log)
    try tool.write(SampleLog.text(SampleLog.lines[4..<7]), to: "log.jsonl")
    let cut = try tool.run("import", log, "--json").json()
    #expect(cut["events"] as? Int == 1)
    #expect(cut["duplicates"] as? Int == 2)
    try tool.write(SampleLog.text(SampleLog.lines.reversed()), to: "log.jsonl")
    let anew = try tool.run("import", log, "--json").json()
    #expect(anew["events"] as? Int == 3)
    #expect(anew["duplicates"] as? Int == 7)
  }

  @Test("a folder is gone through with all that is below it, links in a ring included")
  func folder() throws {
    let tool = try Tool()
    try tool.write(SampleLog.text, to: "logs/a/fix.jsonl")
    try tool.write("no log at all", to: "logs/notes.txt")
    let document = "{\n\"saved\":\n" + SampleLog.lines[0] + "\n}\n"
    try tool.write(document, to: "logs/settings.json")
    try tool.write("", to: "logs/empty.jsonl")
    try FileManager.default.createSymbolicLink(
      atPath: tool.path("logs/a/ring"),
      withDestinationPath: tool.path("logs")
    )
    let result = try tool.run("import", "logs", "--json")
    #expect(result.status == 0, "\(result.error)")
    let json = try result.json()
    #expect(json["events"] as? Int == 10)
    #expect((json["files"] as? [String: Int])?["passed_over"] == 2)
  }

  @Test("what cannot be read is reported by file, line and reason, and the rest is imported")
  func badLines() throws {
    let tool = try Tool()
    var lines = SampleLog.lines
    lines.insert("not json", at: 3)
    lines.append(#"{"run":"fix-42","kind":"other","id":"a1"}"#)
    lines.append(#"{"run":"fix-42","kind":"late","seq":99}"#)
    let log = try tool.write(SampleLog.text(lines), to: "bad.jsonl")
    let result = try tool.run("import", log, "--json")
    #expect(result.status == 1)
    let json = try result.json()
    #expect(json["events"] as? Int == 10)
    #expect(json["unread"] as? Int == 3)
    let problems = try #require(json["problems"] as? [[String: Any]])
    #expect(Set(problems.compactMap { $0["line"] as? Int }) == [4, 12, 13])
    #expect(result.error.contains("bad.jsonl:4: "))
  }

  @Test("an export imported into an empty store gives the same digests, byte for byte")
  func export() throws {
    let tool = try Tool()
    try tool.run("import", try tool.write(SampleLog.text, to: "fix.jsonl"))
    try tool.run("crash", "fix-42", "--reason", "out of memory", "--exit-code", "137")
    let exported = try tool.run("export", "events")
    #expect(exported.output.split(separator: "\n").count == 11)
    let copy = tool.path("copy.sqlite")
    let result = try tool.run("import", "-", "--store", copy, input: exported.output)
    #expect(result.status == 0, "\(result.error)")
    #expect(
      try tool.run("insight", "fix-42", "--json").output
        == tool.run("insight", "fix-42", "--json", "--store", copy).output
    )
    #expect(try tool.run("verify", "--store", copy).status == 0)
    let again = try tool.run("import", "-", "--store", copy, "--json", input: exported.output)
    #expect(try again.json()["duplicates"] as? Int == 11)
  }

  @Test("an import that was stopped half-way goes on, and the digest is as if it had not been")
  func interrupted() throws {
    let tool = try Tool()
    let body = String(repeating: "x", count: 400)
    // More than file and log together may hold, in whichever of the two it is.
    let count = 16_000
    let lines = (0..<count).map { number in
      #"{"run":"long","ts":"2026-06-01T00:00:00Z","kind":"text","payload":{"n":\#(number),"text":"\#(body)"}}"#
    }
    let log = try tool.write(SampleLog.text(lines), to: "long.jsonl")
    let stopped = try tool.run("import", log, limit: "-f 3000")
    #expect(stopped.status == 5, "\(stopped.error)")
    let head = try #require(tool.run("runs", "--json").rows().first?["head"] as? Int)
    #expect((1..<count).contains(head), "some of it is kept")
    let rest = try tool.run("import", log, "--json").json()
    #expect(rest["events"] as? Int == count - head)

    let whole = try Tool()
    try whole.run("import", log, "--store", whole.store)
    #expect(
      try tool.run("insight", "long", "--json").output
        == whole.run("insight", "long", "--json").output
    )
    #expect(try tool.run("verify").status == 0)
  }

  @Test("imports of one file at the same time add its events once between them")
  func atOnce() throws {
    let tool = try Tool()
    let lines = (0..<20_000).map { number in
      #"{"run":"long","ts":"2026-06-01T00:00:00Z","kind":"text","payload":{"number":\#(number)}}"#
    }
    let log = try tool.write(SampleLog.text(lines), to: "long.jsonl")
    let importers = try (0..<3).map { _ in try tool.start("import", log, "--json") }
    let added = try importers.map { process in
      let result = try tool.finish(process)
      #expect(result.status == 0, "\(result.error)")
      return try #require(result.json()["events"] as? Int)
    }
    #expect(added.reduce(0, +) == 20_000)
    #expect(try tool.run("runs", "--json").rows().first?["head"] as? Int == 20_000)
  }

  @Test("imports at the same time of logs with the same requests bill each request once")
  func billedOnce() throws {
    let tool = try Tool()
    let count = 1500
    for file in 0..<3 {
      let session = "0cf3db51-1c73-43bb-8d05-dc02739514a\(file)"
      let lines = (0..<count).map { number in
        #"{"type":"assistant","uuid":"u\#(file)-\#(number)","sessionId":"\#(session)","#
          + #""timestamp":"2026-06-01T00:00:00Z","message":{"id":"m\#(number)","role":"assistant","#
          + #""model":"m","stop_reason":"end_turn","content":[{"type":"text","text":"x"}],"#
          + #""usage":{"input_tokens":1,"output_tokens":1}}}"#
      }
      try tool.write(SampleLog.text(lines), to: "\(session).jsonl")
      // So that each import goes through several files.
      try tool.write(SampleLog.text(lines.reversed()), to: "\(file)/b.jsonl")
    }
    let importers = try (0..<3).map { file in
      let session = "0cf3db51-1c73-43bb-8d05-dc02739514a\(file)"
      return try tool.start("import", "\(session).jsonl", "\(file)", "--json")
    }
    for process in importers {
      let result = try tool.finish(process)
      #expect(result.status == 0, "\(result.error)")
    }
    let outputs = try tool.run("runs", "--json").rows().map { row in
      try #require((row["tokens"] as? [String: Any])?["output"] as? Int)
    }
    #expect(outputs.count == 3 && outputs.reduce(0, +) == count, "\(outputs)")
    #expect(try tool.run("verify").status == 0)
  }

  @Test("a log at rest has its runs ended, and a later line resumes them")
  func seal() throws {
    let tool = try Tool()
    let name = "0cf3db51-1c73-43bb-8d05-dc02739514a5"
    func line(_ uuid: String, _ second: Int) -> String {
      #"{"type":"user","uuid":"\#(uuid)","sessionId":"\#(name)","timestamp":"2026-06-01T00:00:0\#(second)Z","message":{"role":"user","content":"go"}}"#
    }
    let log = try tool.write(line("u1", 1) + "\n", to: "\(name).jsonl")
    try tool.run("import", log, "--seal-idle", "off")
    #expect(try tool.run("runs", "--json").rows().first?["status"] as? String == "running")
    let sealed = try tool.run("import", log, "--seal-idle", "0s", "--json").json()
    #expect(sealed["sealed"] as? Int == 1)
    #expect(try tool.run("runs", "--json").rows().first?["sealed"] as? Bool == true)
    #expect(
      try tool.run("import", log, "--seal-idle", "0s", "--json").json()["sealed"] as? Int == 0
    )

    try tool.write(line("u1", 1) + "\n" + line("u2", 5) + "\n", to: "\(name).jsonl")
    try tool.run("import", log, "--seal-idle", "off")
    let insight = try tool.run("insight", name, "--json").json()
    #expect(insight["sealed"] as? Bool == false)
    #expect(insight["late_events"] as? Int == 0)
  }
}
