import Events
import LogFormats
import TestSupport
import Testing

/// Logs that repeat, correct and resume, with figures that were worked out by hand from their lines.
@Suite("Logs that say things again")
struct RewrittenFixtureTests {
  private func check(_ format: LogFormat, _ name: String) throws -> TestImport {
    try FormatContract(format: format).check(TestFiles.fixture(format, name), name)
  }

  @Test("a fork of pi alone fills the run that lived its history, and its own")
  func pi() throws {
    let store = try check(.pi, "fork.jsonl")
    // e2 and e6 of the session before; then f2 and the summary of a branch.
    #expect(store.totals.models == ["claude-x": [14, 11, 220, 20], "claude-y": [43, 10, 90, 30]])
    #expect(store.runs.map(\.rawValue) == ["pi:9151", "pi:9152"])
    #expect(store.events(of: "pi:9152", "usage").count == 2)
  }

  @Test("a branch of Qwen Code alone fills the run that lived its history, and its own")
  func qwen() throws {
    let store = try check(.qwen, "branch.jsonl")
    // 600 + 1200 and 100 of input; 50 + 50, which have the thoughts in them, and 19 of output; 400
    // and 1200 cached.
    #expect(store.totals.models == ["qwen3-coder-plus": [1900, 119, 1600, 0]])
    #expect(store.events(of: "qwen:9e42", "turn.start").count == 2)
    #expect(store.events(of: "qwen:9e42", "input").count == 1)
  }

  @Test("a chat of Gemini CLI whose messages come again counts their last tokens")
  func gemini() throws {
    let store = try check(.gemini, "again.jsonl")
    // 300, 330 and 150 of input; 8, 17 and 3 of output; 600, 700 and 950 cached.
    #expect(store.totals.models == ["gemini-x": [780, 28, 2250, 0]])
    #expect(
      store.knownStory(of: "gemini:9e35", ["status", "name", "replaces"]) == [
        "run.started", "run.started", "run.started", "input", "turn.start", "run.started", "text",
        "usage", "tool_call name=ask_user", "permission.request name=ask_user",
        "permission.decision",
        "tool_result", "usage replaces=usage/g1", "text", "usage", "turn.result status=success",
        "input", "turn.start", "text", "usage", "compaction", "usage replaces=usage/g4",
        "turn.result status=success",
      ]
    )
    #expect(store.events(of: "gemini:9e36", "turn.result").count == 1)
  }

  @Test("a stream of Gemini CLI that two more processes wrote has one end")
  func geminiStream() throws {
    let store = try check(.geminiStream, "resumed.jsonl")
    #expect(store.totals.models == ["gemini-2.5-flash": [10, 10, 50, 0]])
    #expect(store.events(of: "gemini-stream:9e33", "turn.result").count == 2)
    #expect(store.events(of: "gemini-stream:9e33", "run.ended").count == 1)
  }

  @Test("a session of Copilot with a rewind, a helper, waits and three processes adds up")
  func copilot() throws {
    let store = try check(.copilot, "asked.jsonl")
    // Before the rewind 20 + 8 + 12 + 6 and the helper's 4 of output, of unknown input; the compaction
    // 100, 60 and 400; the two processes 100, 9 and 600, then 200, 11 and 700; 5 that no shutdown counts.
    #expect(store.totals.models == ["gpt-5-mini": [400, 135, 1700, 0]])
    let run = "copilot:c0de0005"
    #expect(store.events(of: run, "turn.result").count == 5)
    #expect(store.events(of: run, "run.ended").isEmpty, "the third process goes on")
    let cost = store.story(of: run, showing: ["usd"]).filter { $0.hasPrefix("agent.cost") }
    #expect(cost == ["agent.cost usd=0.00002", "agent.cost usd=0.00003"])
    let own = store.story(of: run, showing: ["is_error", "cancelled", "duration_ms"])
      .filter { $0.hasPrefix("tool_result") }
    #expect(
      own == [
        "tool_result is_error=true duration_ms=3020", "tool_result is_error=false",
        "tool_result is_error=false cancelled=true",
      ]
    )
  }

  @Test("a wire log of Kimi CLI and the sub-agent in it add up")
  func kimi() throws {
    let store = try check(.kimi, "cli.jsonl")
    // 100 + 10 and the helper's 30 of input; 20 + 9 and 5 of output; 50 + 150 and 10 cached.
    #expect(store.totals.models == ["-": [140, 34, 210, 0]])
    #expect(store.runs.count == 2)
  }
}
