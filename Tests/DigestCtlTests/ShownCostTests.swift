internal import Foundation
import Testing

@Suite("digest-ctl: how costs are shown")
struct ShownCostTests {
  private func tool(_ log: String) throws -> Tool {
    let tool = try Tool()
    let imported = try tool.run("import", try tool.write(log, to: "log.jsonl"))
    #expect(imported.status == 0, "\(imported.error)")
    return tool
  }

  private func cost(_ tool: Tool, _ arguments: String...) throws -> [String: Any] {
    let result = try tool.run(arguments: arguments + ["--json"])
    #expect(result.status == 0, "\(result.error)")
    return try #require(result.json()["cost"] as? [String: Any])
  }

  private func usage(_ run: String, _ payload: String, session: String? = nil) -> String {
    let session = session.map { #""session":"\#($0)","# } ?? ""
    return #"{"run":"\#(run)",\#(session)"ts":"2026-09-10T10:00:00Z","kind":"usage","#
      + #""payload":{\#(payload)}}"# + "\n"
  }

  @Test("a request that is known in part makes the cost a minimum, on screens and in JSON")
  func partial() throws {
    let counts = #""model":"claude-opus-4-5","input_tokens":1000,"output_tokens":100"#
    let tool = try tool(
      usage("whole", counts) + usage("partial", counts + #","partial":true"#)
        + usage("unknown", counts + #","unknown":true"#)
    )
    // 1000×5 + 100×25 millionths, in each.
    for (run, isMinimum) in [("whole", false), ("partial", true), ("unknown", true)] {
      let cost = try cost(tool, "insight", run)
      #expect(cost["estimated_usd"] as? Double == 0.0075)
      #expect(cost["is_minimum"] as? Bool == isMinimum, "\(run)")
      let mark = isMinimum ? "≥" : "≈"
      #expect(try tool.run("insight", run).output.contains("\(mark) $0.0075 by the price list"))
    }
    let rows = try tool.run("runs", "--json").rows()
    let minima = rows.filter { $0["cost_is_minimum"] as? Bool == true }.compactMap {
      $0["run"] as? String
    }
    #expect(minima.sorted() == ["partial", "unknown"])
    let stats = try tool.run("stats", "--since", "2026-09-01", "--json").rows()
    #expect((stats.first?["cost"] as? [String: Any])?["is_minimum"] as? Bool == true)
    #expect(try tool.run("stats", "--since", "2026-09-01").output.contains("≥ $0.0225"))
    // What was not asked for is no estimate, but the requests are known in part all the same.
    #expect(
      try cost(tool, "insight", "partial", "--cost", "reported")["is_minimum"] as? Bool == true
    )
  }

  @Test("wherever an estimate is shown, it is said to be a list-price equivalent")
  func listPrices() throws {
    let counts = #""model":"claude-opus-4-5","input_tokens":1000,"output_tokens":100"#
    let tool = try tool(
      usage("free", counts, session: "s") + usage("paid", counts + #","cost_usd":0.001"#)
    )
    let note = "list-price equivalent; a subscription is not billed by the token"
    for arguments in [
      ["insight", "free"], ["session", "s"], ["runs"], ["stats", "--since", "2026-09-01"],
    ] {
      #expect(try tool.run(arguments: arguments).output.contains(note), "\(arguments)")
    }
    for arguments in [["insight", "paid"], ["runs"], ["stats", "--since", "2026-09-01"]] {
      let reported = try tool.run(arguments: arguments + ["--cost", "reported"]).output
      #expect(!reported.contains(note), "\(arguments)")
    }
  }

  @Test("the part of the cost that helpers have is said, of runs of their own and of sub-agents")
  func helpers() throws {
    let counts = #""model":"claude-opus-4-5","input_tokens":1000"#
    let started =
      #"{"run":"child","ts":"2026-09-10T10:00:00Z","kind":"run.started","#
      + #""payload":{"parent_run":"parent"}}"# + "\n"
    let tool = try tool(
      usage("parent", counts) + started + usage("child", #""model":"gpt-5.5","input_tokens":3000"#)
        + usage("alone", counts) + usage("alone", counts + #","subagent":true"#)
        + usage("none", counts)
    )
    // 1000×5, and 3000×5 of the child: three quarters of 20 000 millionths.
    let parent = try tool.run("insight", "parent").output
    #expect(parent.contains("≈ $0.02 with its 1 helper, of which helpers $0.0150 (75 %)"))
    #expect(try tool.run("insight", "alone").output.contains("of which helpers $0.0050 (50 %)"))
    #expect(!(try tool.run("insight", "none").output.contains("helper")))
  }

  @Test("a fork says that the history that it copied is not in its cost")
  func forks() throws {
    let started =
      #"{"run":"fork","ts":"2026-09-10T10:00:00Z","kind":"run.started","#
      + #""payload":{"forked_from":"origin"}}"# + "\n"
    let tool = try tool(
      started + usage("fork", #""model":"claude-opus-4-5","input_tokens":1000"#)
    )
    #expect(
      try tool.run("insight", "fork").output.contains("without the history copied from origin")
    )
  }

  @Test("the agent's own sum is shown beside the estimate where they differ by more than rounding")
  func agentSum() throws {
    func agent(_ run: String, _ dollars: String) -> String {
      #"{"run":"\#(run)","kind":"agent.cost","payload":{"usd":\#(dollars),"source":"cost-state"}}"#
        + "\n"
    }
    let counts = #""model":"claude-opus-4-5","input_tokens":1000000"#
    let tool = try tool(
      usage("same", counts) + agent("same", "5.01") + usage("more", counts) + agent("more", "5.25")
    )
    #expect(try cost(tool, "insight", "same")["agent_usd"] as? Double == 5.01)
    #expect(try cost(tool, "insight", "more")["agent_usd"] as? Double == 5.25)
    #expect(!(try tool.run("insight", "same").output.contains("own sum")))
    #expect(try tool.run("insight", "more").output.contains("$5.25 by the agent's own sum"))
  }

  @Test("tiers, long requests, searches and the United States are priced as the log has them")
  func facts() throws {
    let used = #""input_tokens":1000,"output_tokens":1000"#
    let tool = try tool(
      usage("standard", #""model":"claude-opus-4-8",\#(used)"#)
        + usage("fast", #""model":"claude-opus-4-8","tier":"fast",\#(used)"#)
        + usage("priority", #""model":"gpt-5.5","tier":"priority",\#(used)"#)
        + usage("searching", #""model":"claude-opus-4-8","web_searches":2,\#(used)"#)
        + usage("american", #""model":"claude-opus-4-8","inference_geo":"us",\#(used)"#)
        + usage("worldwide", #""model":"claude-opus-4-8","inference_geo":"global",\#(used)"#)
        + usage("long", #""model":"claude-haiku-5-5","input_tokens":100001"#)
        + usage("short", #""model":"claude-haiku-5-5","input_tokens":100000"#)
    )
    func estimate(_ run: String) throws -> Double? {
      let cost = try cost(tool, "insight", run)
      #expect(cost["is_minimum"] as? Bool == false, "\(run)")
      return cost["estimated_usd"] as? Double
    }
    // 1000×5 + 1000×25 millionths; twice that; 2.5 times 35 000; two cents more; a tenth more.
    #expect(try estimate("standard") == 0.03)
    #expect(try estimate("fast") == 0.06)
    #expect(try estimate("priority") == 0.0875)
    #expect(try estimate("searching") == 0.05)
    #expect(try estimate("american") == 0.033)
    #expect(try estimate("worldwide") == 0.03)
    // 100 001×0.50, and 100 000×0.10.
    #expect(try estimate("long") == 0.050_000_5)
    #expect(try estimate("short") == 0.01)
    let models = try tool.run("stats", "--since", "2026-09-01", "--by", "model", "--json").rows()
    #expect(models.contains { $0["key"] as? String == "claude-opus-4-8@fast" })
    // Of the four requests of the bare key one was American: 3 × 0.03 + 0.033, and two searches.
    let bare = models.first { $0["key"] as? String == "claude-opus-4-8" }
    #expect((bare?["cost"] as? [String: Any])?["estimated_usd"] as? Double == 0.143)
  }
}
