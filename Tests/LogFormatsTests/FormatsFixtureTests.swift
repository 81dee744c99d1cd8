import Events
import LogFormats
import TestSupport
import Testing

/// Small logs of each format, whose figures were worked out by hand.
@Suite("Small logs of other agents")
struct FormatsFixtureTests {
  @Test("A stream of Claude Code: the results' totals count, sub-agents are runs of their own")
  func claudeStream() throws {
    let log = try TestFiles.fixture(.claudeStream, "two-turns.jsonl")
    let store = try FormatContract(format: .claudeStream).check(log)
    let main = "claude-stream:5e55"
    let agent = "claude-stream:5e55/agent-t1"
    #expect(store.runs.map(\.rawValue) == [main, agent])
    // What `modelUsage` says in the end, the sub-agent's own part included.
    var expected = Totals()
    expected.add("claude-big", [20, 85, 3300, 120])
    expected.add("claude-small", [7, 30, 50, 0])
    #expect(store.totals == expected)
    #expect(
      store.knownStory(of: agent)
        == [
          "run.started", "run.started", "input", "turn.start", "run.started", "text", "usage",
          "turn.result status=success", "run.ended",
        ]
    )
    let usage = store.story(of: agent, showing: ["output_tokens", "partial"])
    #expect(usage.contains("usage output_tokens=2 partial=true"))
    #expect(
      store.story(of: main, showing: ["status", "cost_usd", "by_model"]).filter {
        $0.hasPrefix("turn.result")
      } == [
        #"turn.result status=success cost_usd=0.05 by_model={"claude-big":{"input":11,"output":60,"cache_read":2100,"cache_create":120},"claude-small":{"input":0,"output":28,"cache_read":0,"cache_create":0}}"#,
        #"turn.result status=error cost_usd=0.02 by_model={"claude-big":{"input":9,"output":25,"cache_read":1200,"cache_create":0},"claude-small":{"input":0,"output":0,"cache_read":0,"cache_create":0}}"#,
      ]
    )
    #expect(store.events(of: main, "usage").count == 3)
    #expect(store.events(of: main, "rate_limit").count == 1)
    let ends = store.story(of: main, showing: ["cause", "reason"]).filter { $0.hasPrefix("run.e") }
    #expect(ends == ["run.ended cause=fail reason=error_max_turns"])
  }

  @Test("A chat of Gemini CLI that is one document")
  func geminiDocument() throws {
    let log = try TestFiles.fixture(.gemini, "chat.json")
    let store = try FormatContract(format: .gemini).check(log)
    var expected = Totals()
    expected.add("gemini-2.5-pro", [605, 50, 400, 0])
    #expect(store.totals == expected)
    #expect(
      store.knownStory(of: "gemini:9e31") == [
        "run.started", "run.started", "input", "turn.start", "run.started", "thought", "text",
        "tool_call name=list_directory", "tool_call name=read_file",
        "tool_call name=run_shell_command", "tool_call name=run_shell_command",
        "tool_result is_error=false", "tool_result is_error=true",
        "tool_result denied=true is_error=true", "tool_result cancelled=true is_error=true",
        "usage", "turn.result status=cancelled", "input", "turn.start", "error",
        "turn.result status=error",
      ]
    )
  }

  @Test("A chat of Gemini CLI in lines: what is said again adds nothing, what is taken back stays")
  func geminiLines() throws {
    let log = try TestFiles.fixture(.gemini, "chat.jsonl")
    let store = try FormatContract(format: .gemini).check(log)
    var expected = Totals()
    expected.add("gemini-x", [560, 29, 40, 0])
    #expect(store.totals == expected)
    #expect(
      store.knownStory(of: "gemini:9e32") == [
        "run.started", "run.started", "run.started", "input", "turn.start", "run.started", "text",
        "usage", "tool_call name=glob", "tool_result is_error=false", "run.started",
        "turn.result status=abandoned", "input", "turn.start", "text", "usage",
        "turn.result status=success", "input", "turn.start", "text", "usage",
        "turn.result status=success",
      ]
    )
    #expect(store.events(of: "gemini:9e32", "gemini.rewind").count == 1)
  }

  @Test("A stream of Gemini CLI: tokens come with the last frame")
  func geminiStream() throws {
    let log = try TestFiles.fixture(.geminiStream, "call.jsonl")
    let store = try FormatContract(format: .geminiStream).check(log)
    var expected = Totals()
    expected.add("gemini-2.5-pro", [100, 40, 20, 0])
    #expect(store.totals == expected)
    #expect(
      store.knownStory(of: "gemini-stream:9e33", ["status", "text", "is_error", "cause"]) == [
        "run.started", "run.started", "run.started", "input text=hello", "turn.start",
        "text text=Hi there",
        "tool_call", "tool_result is_error=true", "turn.result status=success",
        "run.ended cause=stop",
      ]
    )
  }

  @Test("Rows of a hub stay what they are")
  func agentEvents() throws {
    let log = try TestFiles.fixture(.agentEvents, "rows.jsonl")
    let store = try FormatContract(format: .agentEvents).check(log)
    #expect(store.problems.map(\.line) == [6])
    #expect(
      store.story(of: "agent-events:a1", showing: ["model", "status", "cause"]) == [
        "run.started model=claude-x", "turn.start", "usage model=claude-x", "usage model=claude-y",
        "compaction",
        "turn.result status=success", "run.ended cause=stop",
      ]
    )
  }

  @Test("A session of pi: a failed request that is tried again fails nothing but itself")
  func pi() throws {
    let log = try TestFiles.fixture(.pi, "session.jsonl")
    let store = try FormatContract(format: .pi).check(log)
    var expected = Totals()
    expected.add("claude-x", [15, 13, 223, 20])
    #expect(store.totals == expected)
    #expect(
      store.knownStory(of: "pi:9151", ["status", "name", "is_error", "type", "cost_usd"]) == [
        "run.started", "run.started", "run.started", "run.started", "input", "turn.start",
        "thought", "tool_call name=bash", "tool_call name=read", "usage cost_usd=0.01",
        "tool_result name=bash is_error=false", "tool_result name=read is_error=true",
        "error type=connection_error", "text", "usage cost_usd=0.002",
        "turn.result status=success", "compaction", "input", "turn.start",
        "text", "usage cost_usd=0.001", "turn.result status=cancelled",
      ]
    )
  }

  @Test("Events of OpenHands: counters become what they grew by, an exit code tells a failure")
  func openHands() throws {
    let log = try TestFiles.fixture(.openHands, "events.jsonl")
    let store = try FormatContract(format: .openHands).check(log)
    var expected = Totals()
    expected.add("claude-x", [10, 150, 6000, 6200])
    let run = try #require(store.runs.first).rawValue
    #expect(store.totals == expected)
    #expect(
      store.knownStory(of: run, ["status", "name", "is_error", "cause", "cost_usd"]) == [
        "run.started", "run.started", "input", "turn.start", "run.started", "usage cost_usd=0.02",
        "thought",
        "tool_call name=execute_bash", "tool_result is_error=true", "usage cost_usd=0.01", "text",
        "turn.result status=success", "run.ended cause=stop",
      ]
    )
  }

  @Test("A wire log of Kimi: a step counts once, with its record or without")
  func kimi() throws {
    let log = try TestFiles.fixture(.kimi, "wire.jsonl")
    let store = try FormatContract(format: .kimi).check(log)
    var expected = Totals()
    expected.add("kimi-code/k3", [165, 57, 1100, 1])
    let run = try #require(store.runs.first).rawValue
    #expect(store.totals == expected)
    #expect(
      store.knownStory(of: run, ["status", "name", "is_error", "decision", "output_tokens"]) == [
        "run.started", "run.started", "run.started", "run.started", "input", "turn.start",
        "permission.decision decision=allow", "tool_call name=Bash", "tool_result is_error=true",
        "usage output_tokens=10", "text", "usage output_tokens=3", "turn.result status=success",
        "input", "turn.start", "usage output_tokens=4", "turn.result status=cancelled",
        "usage output_tokens=40", "compaction",
      ]
    )
  }

  @Test("ACP: counters of the session become those of the turn, a refusal is a decision")
  func acp() throws {
    let log = try TestFiles.fixture(.acp, "two-prompts.jsonl")
    let store = try FormatContract(format: .acp).check(log)
    var expected = Totals()
    expected.add("model-x", [130, 60, 3170, 0])
    #expect(store.totals == expected)
    #expect(
      store.knownStory(of: "acp:acp1", ["status", "name", "decision", "stop_reason", "cost_usd"])
        == [
          "run.started", "run.started", "run.started", "input", "turn.start", "text",
          "tool_call name=execute", "permission.request name=rm x",
          "permission.decision decision=deny",
          "tool_call_update status=failed", "usage",
          "turn.result status=success stop_reason=end_turn cost_usd=0.02", "input", "turn.start",
          "usage", "turn.result status=cancelled stop_reason=cancelled cost_usd=0.03",
        ]
    )
  }
}
