internal import Foundation
import Testing

@Suite("digest-ctl: what runs cost")
struct PricesTests {
  /// A run with a reported cost, one without, one of a model that no list knows, and one of both.
  private static let log = """
    {"run":"paid","session":"s1","ts":"2026-06-01T00:00:00Z","kind":"usage","payload":{"model":"claude-opus-4-5","input_tokens":1000,"output_tokens":100,"cost_usd":0.01}}
    {"run":"free","session":"s1","ts":"2026-06-01T01:00:00Z","kind":"usage","payload":{"model":"claude-sonnet-4-5-20250929","input_tokens":1000,"output_tokens":2000,"cache_read_tokens":10000,"cache_write_tokens":4000,"cache_write_1h_tokens":1000}}
    {"run":"odd","session":"s2","ts":"2026-06-01T02:00:00Z","kind":"usage","payload":{"model":"own-model","input_tokens":1000,"output_tokens":100}}
    {"run":"mixed","session":"s2","ts":"2026-06-01T03:00:00Z","kind":"usage","payload":{"model":"own-model","input_tokens":1000,"output_tokens":100}}
    {"run":"mixed","session":"s2","ts":"2026-06-01T03:00:01Z","kind":"usage","payload":{"model":"claude-opus-4-5","input_tokens":1000,"output_tokens":100}}
    {"run":"none","ts":"2026-06-01T04:00:00Z","kind":"x"}
    """

  private func tool() throws -> Tool {
    let tool = try Tool()
    let imported = try tool.run("import", try tool.write(Self.log, to: "log.jsonl"))
    #expect(imported.status == 0, "\(imported.error)")
    return tool
  }

  private func cost(_ tool: Tool, _ arguments: String...) throws -> [String: Any] {
    let result = try tool.run(arguments: arguments + ["--json"])
    #expect(result.status == 0, "\(result.error)")
    return try #require(try result.json()["cost"] as? [String: Any])
  }

  @Test("a digest has the reported cost, the estimate, and the models without a price")
  func insight() throws {
    let tool = try tool()
    // 1000×5 + 100×25 millionths.
    let paid = try cost(tool, "insight", "paid")
    #expect(paid["reported_usd"] as? Double == 0.01)
    #expect(paid["estimated_usd"] as? Double == 0.0075)
    #expect(paid["unpriced_models"] as? [String] == [])
    #expect(
      Set(paid.keys) == [
        "reported_usd", "estimated_usd", "is_minimum", "unpriced_models", "agent_usd",
      ]
    )
    #expect(paid["is_minimum"] as? Bool == false && paid["agent_usd"] is NSNull)
    let free = try cost(tool, "insight", "free")
    #expect(free["reported_usd"] is NSNull)
    #expect(free["estimated_usd"] as? Double == 0.053_25)
    let odd = try cost(tool, "insight", "odd")
    #expect(odd["estimated_usd"] is NSNull)
    #expect(odd["unpriced_models"] as? [String] == ["own-model"])
    #expect(odd["is_minimum"] as? Bool == true)
    let mixed = try cost(tool, "insight", "mixed")
    #expect(mixed["estimated_usd"] as? Double == 0.0075)
    #expect(mixed["unpriced_models"] as? [String] == ["own-model"])
    #expect(mixed["is_minimum"] as? Bool == true && odd["is_minimum"] as? Bool == true)
    let none = try cost(tool, "insight", "none")
    #expect(none["estimated_usd"] is NSNull)
    #expect(none["unpriced_models"] as? [String] == [])
    let page = try tool.run("insight", "mixed").output
    #expect(page.contains("≥ $0.0075 by the price list"))
    #expect(page.contains("no price is known for own-model"))
    #expect(try tool.run("insight", "paid").output.contains("$0.01 reported · ≈ $0.0075 by the"))
  }

  @Test("a list shows the cost that was asked for, and sorts by it")
  func runs() throws {
    let tool = try tool()
    func rows(_ mode: String) throws -> [String: [String: Any]] {
      let rows = try tool.run("runs", "--json", "--cost", mode, "--sort", "cost").rows()
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["run"] as? String ?? "", $0) })
    }
    let auto = try rows("auto")
    #expect(auto["paid"]?["cost_usd"] as? Double == 0.01)
    #expect(auto["paid"]?["cost_source"] as? String == "reported")
    #expect(auto["free"]?["cost_usd"] as? Double == 0.053_25)
    #expect(auto["free"]?["cost_source"] as? String == "estimated")
    #expect(auto["odd"]?["cost_usd"] is NSNull)
    #expect(auto["odd"]?["cost_source"] is NSNull)
    #expect(auto["odd"]?["unpriced_models"] as? [String] == ["own-model"])
    let reported = try rows("reported")
    #expect(reported["free"]?["cost_usd"] is NSNull)
    #expect(reported["odd"]?["unpriced_models"] as? [String] == [])
    #expect(try rows("estimated")["paid"]?["cost_usd"] as? Double == 0.0075)
    let order = try tool.run("runs", "--json", "--sort", "cost").rows()
      .compactMap { $0["run"] as? String }
    // Those without a cost are in the order in which the store came to know them.
    #expect(order == ["free", "paid", "mixed", "odd", "none"])
    let page = try tool.run("runs").output
    #expect(page.contains("≈ $0.0532"))
    #expect(page.contains("≥ $0.0075"))
    #expect(page.contains("no price is known for own-model"))
    #expect(try tool.run("runs", "--cost", "guessed").status == 2)
  }

  @Test("sums over runs are estimated by the prices of their time, split by model too")
  func sums() throws {
    let tool = try tool()
    let session = try cost(tool, "session", "s1")
    #expect(session["reported_usd"] as? Double == 0.01)
    #expect(session["estimated_usd"] as? Double == 0.060_75)
    #expect(try tool.run("session", "s1").output.contains("$0.01 reported · ≈ $0.0607 by the"))
    let models = try tool.run("stats", "--since", "2026-06-01", "--by", "model", "--json").rows()
    let costs = models.map { row in
      let cost = row["cost"] as? [String: Any]
      return "\(row["key"] ?? "") \(cost?["estimated_usd"] as? Double ?? -1)"
    }
    #expect(
      Set(costs) == [
        "claude-opus-4-5 0.015", "claude-sonnet-4-5-20250929 0.05325", "own-model -1.0",
      ]
    )
    // The larger of what was reported and what it costs by the list, and more for want of a price.
    #expect(try tool.run("stats", "--since", "2026-06-01").output.contains("≥ $0.0682"))
  }

  @Test("a window over a change of prices is estimated on both sides of it")
  func changes() throws {
    let tool = try Tool()
    let usage = #""kind":"usage","payload":{"model":"gpt-5.6-sol","output_tokens":1000000}"#
    let log = """
      {"run":"a","session":"s","ts":"2026-08-20T12:00:00Z",\(usage)}
      {"run":"b","session":"t","ts":"2026-08-21T12:00:00Z",\(usage)}
      {"run":"c","session":"s","ts":"2026-09-21T12:00:00Z",\(usage)}
      """
    try tool.run("import", try tool.write(log, to: "log.jsonl"))
    func estimate(_ arguments: String...) throws -> Double? {
      let rows = try tool.run(arguments: arguments + ["--json"]).rows()
      return (rows.first?["cost"] as? [String: Any])?["estimated_usd"] as? Double
    }
    #expect(try estimate("stats", "--since", "2026-08-01") == 70)
    #expect(try estimate("stats", "--since", "2026-08-01", "--by", "model") == 70)
    #expect(try estimate("stats", "--since", "2026-08-01", "--until", "2026-08-21") == 30)
    #expect(try estimate("stats", "--since", "2026-08-21") == 40)
    #expect(try estimate("insight", "a") == 30)
    #expect(try estimate("insight", "b") == 20)
    // A session has no time of its own: that of its first run holds for all of it.
    #expect(try estimate("session", "s") == 60)
    #expect(try estimate("session", "t") == 20)
  }

  @Test("a list that is named, or in its variable, is laid over the built-in one")
  func otherLists() throws {
    let tool = try tool()
    let own = try tool.write(
      #"{"date":"2026-01-01","models":{"own-model":{"input":1,"output":10}}}"#,
      to: "own.json"
    )
    let lite = try tool.write(
      #"{"own-model":{"input_cost_per_token":2e-6,"output_cost_per_token":1e-5}}"#,
      to: "lite.json"
    )
    #expect(try cost(tool, "insight", "odd", "--prices", own)["estimated_usd"] as? Double == 0.002)
    #expect(try cost(tool, "insight", "odd", "--prices", lite)["estimated_usd"] as? Double == 0.003)
    // What the list does not have is priced as before.
    let paid = try cost(tool, "insight", "paid", "--prices", own)
    #expect(paid["unpriced_models"] as? [String] == [])
    #expect(paid["estimated_usd"] as? Double == 0.0075)
    let dear = try tool.write(
      #"{"models":{"claude-opus-4-5":{"input":10,"output":100}}}"#,
      to: "dear.json"
    )
    #expect(try cost(tool, "insight", "paid", "--prices", dear)["estimated_usd"] as? Double == 0.02)
    tool.variables["RUNDIGEST_PRICES"] = own
    #expect(try cost(tool, "insight", "odd")["estimated_usd"] as? Double == 0.002)
    #expect(try cost(tool, "insight", "odd", "--prices", lite)["estimated_usd"] as? Double == 0.003)
    let listed = try tool.run("prices", "--json").json()
    #expect(listed["file"] as? String == own)
    #expect(listed["date"] as? String == "2026-01-01")
    let builtIn = try #require(listed["built_in"] as? [String: Any])
    #expect((builtIn["date"] as? String)?.hasPrefix("20") == true)
    let models = try #require(listed["models"] as? [String: Any])
    #expect(models["own-model"] != nil && models["claude-opus-4-5"] != nil)
    #expect(try tool.run("prices").output.contains("all other models by the built-in price list"))
  }

  @Test("a file that is not a price list is refused before anything is done")
  func badLists() throws {
    let tool = try tool()
    let bad = try tool.write(#"{"models":{"m":{"input":-1,"output":1}}}"#, to: "bad.json")
    for verb in [["insight", "paid"], ["runs"], ["stats"], ["session", "s1"], ["prices"]] {
      let result = try tool.run(arguments: verb + ["--prices", bad])
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      #expect(result.error.contains("bad.json: input of m is not a price"))
    }
    let log = try tool.write(#"{"run":"late","kind":"x"}"#, to: "late.jsonl")
    #expect(try tool.run("import", log, "--prices", bad).status == 2)
    #expect(try tool.run("insight", "late").status == 3)
    #expect(try tool.run("prices", "--prices", tool.path("absent.json")).status == 3)
    #expect(try tool.run("prices", "--prices", tool.folder.path).status == 2)
    // What needs no list does not read one.
    #expect(try tool.run("runs", "--cost", "reported", "--prices", bad).status == 0)
  }

  @Test("the list in force is shown, whole or for a model as logs name it")
  func list() throws {
    let tool = try Tool()
    let all = try tool.run("prices").output
    #expect(all.contains("claude-opus-4-5") && all.contains("the built-in price list of 20"))
    let one = try tool.run("prices", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "--json")
    let models = try #require(try one.json()["models"] as? [String: [String: Any]])
    let prices = try #require(models["claude-sonnet-4-5"]?["prices"] as? [[String: Any]])
    #expect(prices.first?["cache_write_1h"] as? Double == 6)
    let long = try #require(prices.first?["long_context"] as? [[String: Any]])
    #expect(long.map { $0["above"] as? Int } == [200_000])
    #expect(prices.first?["web_searches"] as? Double == 10)
    let tiers = try #require(prices.first?["tiers"] as? [String: [String: Any]])
    #expect(tiers["batch"]?["input"] as? Double == 1.5)
    #expect(try tool.run("prices", "gpt-5.6-sol").output.contains("2026-08-21"))
    let fast = try tool.run("prices", "claude-opus-4-8@fast").output
    #expect(fast.contains("asked for in the tier fast") && fast.contains("$10.00 per 1,000"))
    // What is printed is a list itself.
    let copy = try tool.write(one.output, to: "copy.json")
    let again = try tool.run("prices", "claude-sonnet-4-5", "--json", "--prices", copy).json()
    #expect((again["models"] as? [String: Any])?.keys.sorted() == ["claude-sonnet-4-5"])
    let none = try tool.run("prices", "own-model")
    #expect(none.status == 3)
    #expect(none.error.contains("there is no price for own-model"))
  }
}
