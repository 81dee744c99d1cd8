internal import Foundation
import Testing

/// What events of version 2 of the fold's rules come to, from the command line.
@Suite("digest-ctl: the facts of runs, turns and sessions")
struct FactsTests {
  private static let log = """
    {"run":"r1","session":"s","ts":"2026-06-01T10:00:00Z","kind":"run.started","payload":{"agent":"claude-code","repository":"https://example.org/a.git","branch":"main","commit":"0123456789abcdef","agent_type":"reviewer","team":"red","forked_from":"r0"}}
    {"run":"r1","session":"s","ts":"2026-06-01T10:00:01Z","kind":"turn.start"}
    {"run":"r1","session":"s","ts":"2026-06-01T10:00:02Z","kind":"tool_call","payload":{"id":"c1","name":"bash"}}
    {"run":"r1","session":"s","ts":"2026-06-01T10:00:03Z","kind":"permission.request","payload":{"id":"c1"}}
    {"run":"r1","session":"s","ts":"2026-06-01T10:00:05Z","kind":"permission.decision","payload":{"id":"c1","decision":"allow"}}
    {"run":"r1","session":"s","ts":"2026-06-01T10:00:07Z","kind":"tool_result","payload":{"tool_use_id":"c1","duration_ms":1500}}
    {"run":"r1","session":"s","ts":"2026-06-01T10:00:08Z","kind":"usage","payload":{"model":"m","tier":"fast","input_tokens":150000,"output_tokens":9,"web_searches":2,"unknown":true}}
    {"run":"r1","session":"s","ts":"2026-06-01T10:00:09Z","kind":"turn.result","payload":{"duration_ms":4000}}
    {"run":"r1","session":"s","ts":"2026-06-01T11:00:00Z","kind":"agent.cost","payload":{"usd":2.25}}
    {"run":"r1","session":"s","ts":"2026-06-01T11:00:00Z","kind":"run.tag","payload":{"name":"slow"}}
    {"run":"r1","session":"s","ts":"2026-06-01T11:00:00Z","kind":"run.note","payload":{"text":"look"}}
    {"run":"r1","session":"s","ts":"2026-06-01T11:00:00Z","kind":"run.score","payload":{"name":"tests","value":0.5}}
    {"run":"r2","session":"s","ts":"2026-06-01T09:00:00Z","kind":"text"}

    """

  private func tool() throws -> Tool {
    let tool = try Tool()
    #expect(try tool.run("import", try tool.write(Self.log, to: "log.jsonl")).status == 0)
    return tool
  }

  @Test("a digest has the facts, marks and permissions of its run, and what the agent says it cost")
  func insight() throws {
    let insight = try tool().run("insight", "r1", "--json").json()
    let texts = ["repository", "branch", "commit", "agent_type", "team", "forked_from"]
    #expect(
      texts.map { insight[$0] as? String }
        == ["https://example.org/a.git", "main", "0123456789abcdef", "reviewer", "red", "r0"]
    )
    #expect(insight["tags"] as? [String] == ["slow"] && insight["notes"] as? Int == 1)
    #expect(insight["scores"] as? [String: Double] == ["tests": 0.5])
    #expect(
      insight["permissions"] as? [String: Int]
        == ["requested": 1, "allowed": 1, "denied": 0, "unanswered": 0]
    )
    // Of eight seconds the agent worked four: what its call has beyond its request was a person's.
    let time = try #require(insight["time"] as? [String: Int])
    #expect(time == ["model_ms": 3000, "tool_ms": 1000, "waiting_ms": 4000, "idle_ms": 1000])
    #expect(insight["last_ts"] as? String == "2026-06-01T10:00:09.000Z")
    let cost = try #require(insight["cost"] as? [String: Any])
    #expect(cost["agent_usd"] as? Double == 2.25 && cost["is_minimum"] as? Bool == true)
    let models = try #require(insight["models"] as? [String: [String: Any]])
    let usage = try #require(models["m@fast"])
    #expect(usage["unknown_requests"] as? Int == 1 && usage["web_searches"] as? Int == 2)
    let long = try #require(usage["long_context"] as? [String: [String: Int]])
    #expect(Set(long.keys) == ["100k", "200k", "272k"])
    #expect(long["100k"]?["input"] == 150_000 && long["200k"]?["input"] == 0)
  }

  @Test("the page of a run says them to people")
  func page() throws {
    let page = try tool().run("insight", "r1").output
    for part in [
      "claude-code · reviewer · https://example.org/a.git · branch main · commit 0123456789ab",
      "team red", "fork of r0", "tags slow · tests 0.5 · 1 note",
      "1 permission request (1 allowed)",
      "$2.25 by the agent's own sum", "1 request logged only a part of its counts",
    ] {
      #expect(page.contains(part), "\(part) is not in \(page)")
    }
  }

  @Test("turns have their own time and their models, calls their own time")
  func rows() throws {
    let tool = try tool()
    let turn = try #require(try tool.run("turns", "r1", "--json").rows().first)
    #expect(turn["own_ms"] as? Int == 4000 && turn["duration_ms"] as? Int == 8000)
    let models = try #require(turn["models"] as? [String: [String: Any]])
    let usage = try #require(models["m@fast"])
    #expect(usage["requests"] as? Int == 1 && usage["output"] as? Int == 9)
    #expect(usage["cost_usd"] is NSNull && usage["cache_write_1h"] as? Int == 0)
    let call = try #require(try tool.run("calls", "r1", "--json").rows().first)
    #expect(call["own_ms"] as? Int == 1500 && call["duration_ms"] as? Int == 5000)
  }

  @Test("a session lists its runs in the order of their first event, and its times")
  func session() throws {
    let tool = try tool()
    let session = try tool.run("session", "s", "--json").json()
    #expect(session["run_ids"] as? [String] == ["r1", "r2"] && session["runs"] as? Int == 2)
    #expect(session["first_ts"] as? String == "2026-06-01T09:00:00.000Z")
    #expect(session["last_ts"] as? String == "2026-06-01T10:00:09.000Z")
    #expect((session["permissions"] as? [String: Int])?["allowed"] == 1)
    #expect(try tool.run("session", "s").output.contains("13 events, 2 runs"))
    #expect(try tool.run("verify").status == 0)
  }
}
