internal import Foundation
import Testing

@Suite("digest-ctl: from a log to its digest")
struct InsightTests {
  @Test("a small log gives the figures worked out by hand")
  func figures() throws {
    let tool = try Tool()
    let log = try tool.write(SampleLog.text, to: "fix.jsonl")
    let imported = try tool.run("import", log)
    #expect(imported.status == 0, "\(imported.error)")
    #expect(imported.output.contains("1 file read, 10 lines, 10 events added"))

    let insight = try tool.run("insight", "fix-42", "--json").json()
    #expect(insight["event_count"] as? Int == 10)
    #expect(insight["lag"] as? Int == 0)
    #expect(insight["span_ms"] as? Int == 15_000)
    #expect(insight["active_ms"] as? Int == 7_000)
    let time = try #require(insight["time"] as? [String: Int])
    #expect(time == ["model_ms": 3_500, "tool_ms": 3_500, "waiting_ms": 0, "idle_ms": 8_000])
    let turns = try #require(insight["turns"] as? [String: Int])
    #expect(turns["count"] == 2 && turns["completed"] == 2 && turns["open"] == 0)
    let models = try #require(insight["models"] as? [String: [String: Any]])
    #expect(models["model-x"]?["input"] as? Int == 100)
    #expect(models["model-x"]?["output"] as? Int == 75)
    #expect(insight["tool_calls"] as? Int == 2)
    #expect(insight["tool_failed"] as? Int == 1)
    let cost = try #require(insight["cost"] as? [String: Any])
    #expect(cost["reported_usd"] as? Double == 0.03)
    let errors = try #require(insight["errors"] as? [String: Any])
    #expect(errors["count"] as? Int == 1)
  }

  @Test("the rows behind the digest are there, as JSON Lines and for people")
  func rows() throws {
    let tool = try Tool()
    try tool.run("import", try tool.write(SampleLog.text, to: "fix.jsonl"))
    #expect(
      try tool.run("turns", "fix", "--json").rows().map { $0["duration_ms"] as? Int }
        == [2_000, 5_000]
    )
    #expect(
      try tool.run("calls", "fix", "--slowest", "--json").rows().map { $0["seq"] as? Int }
        == [8, 3]
    )
    #expect(
      try tool.run("calls", "fix", "--failed", "--json").rows().map { $0["name"] as? String }
        == ["edit"]
    )
    #expect(
      try tool.run("findings", "fix", "--errors", "--json").rows().map { $0["class"] as? String }
        == ["tool_error"]
    )
    #expect(try tool.run("findings", "fix", "--issues", "--json").rows().isEmpty)
    #expect(
      try tool.run("events", "fix", "--finding", "0", "--context", "1", "--json").rows()
        .map { $0["seq"] as? Int } == [7, 8, 9]
    )
    #expect(
      try tool.run("events", "fix", "--turn", "0", "--json").rows().map { $0["seq"] as? Int }
        == [2, 3, 4, 5, 6]
    )
    #expect(try tool.run("session", "s1", "--json").json()["event_count"] as? Int == 10)
    for verb in ["insight", "turns", "calls", "findings", "events"] {
      let page = try tool.run(verb, "fix")
      #expect(
        page.status == 0 && page.error.isEmpty && page.output.contains("edit") || verb == "turns"
      )
      #expect(!page.output.contains("\u{1B}"), "no colours but on a terminal")
    }
  }

  @Test("a list of runs is filtered, sorted and paged")
  func runs() throws {
    let tool = try Tool()
    try tool.run("import", try tool.write(SampleLog.text, to: "fix.jsonl"))
    for name in ["b", "c"] {
      try tool.run(
        "append",
        "--run",
        name,
        input: #"{"kind":"x","ts":"2026-06-0\#(name == "b" ? 2 : 3)T00:00:00Z"}"#
      )
    }
    func names(_ arguments: String...) throws -> [String] {
      let result = try tool.run(arguments: ["runs", "--json"] + arguments)
      return try result.rows().compactMap { $0["run"] as? String }
    }
    #expect(try names() == ["c", "b", "fix-42"])
    #expect(try names("--sort", "name") == ["b", "c", "fix-42"])
    #expect(try names("--sort", "tokens", "--limit", "1") == ["fix-42"])
    #expect(try names("--limit", "1", "--offset", "1") == ["b"])
    #expect(try names("--agent", "demo") == ["fix-42"])
    #expect(try names("--model", "model-x", "--project", "/app") == ["fix-42"])
    #expect(try names("--project", "/ap").isEmpty)
    #expect(try names("--since", "2026-06-02T00:00:00Z") == ["c", "b"])
    #expect(try names("--outcome", "crashed").isEmpty)
    try tool.run("crash", "b")
    #expect(try names("--outcome", "crashed") == ["b"])
    #expect(try names("--outcome", "crashed", "--outcome", "running") == ["b", "c", "fix-42"])
  }
}
