import Events
import LogFormats
import TestSupport
import Testing

/// Small logs of agents whose logs know less, with what they must become worked out by hand.
@Suite("Logs that know less: Copilot, Antigravity, Entire")
struct MoreFormatsTests {
  @Test("Copilot: replies tell their output, and the shutdown the rest of what its process used")
  func copilot() throws {
    let store = try FormatContract(format: .copilot).check(
      TestFiles.fixture(.copilot, "session.jsonl")
    )
    // 1000 − 700 and 200 − 50 of input; 40 and 6 of output, whatever the replies told before.
    var expected = Totals()
    expected.add("gpt-5", [450, 46, 750, 0])
    expected.add("gpt-5-mini", [100, 5, 0, 0])
    #expect(store.totals == expected)
    let run = "copilot:c0de0001"
    #expect(
      store.knownStory(of: run) == [
        "run.started", "run.started", "run.started", "run.started", "input", "turn.start",
        "thought", "tool_call name=bash", "usage", "tool_result is_error=false", "text", "usage",
        "turn.result status=success", "input", "turn.start", "tool_call name=bash",
        "tool_call name=edit", "usage", "tool_result is_error=true",
        "tool_result denied=true is_error=true", "turn.result status=cancelled", "usage", "usage",
        "usage", "usage", "input", "turn.start", "text", "usage", "turn.result status=success",
        "usage", "run.ended",
      ]
    )
    // 300 and 700 shared by three replies, of which the last said what no other did; then a request
    // that no reply tells of; then the reply of the second process.
    #expect(
      store.story(
        of: run,
        showing: [
          "replaces", "model", "input_tokens", "output_tokens", "cache_read_tokens", "unknown",
        ]
      ).filter { $0.hasPrefix("usage") } == [
        "usage model=gpt-5 output_tokens=12 unknown=true",
        "usage model=gpt-5 output_tokens=8 unknown=true",
        "usage model=gpt-5 output_tokens=10 unknown=true",
        "usage replaces=usage/e5 model=gpt-5 input_tokens=100 output_tokens=12 cache_read_tokens=234",
        "usage replaces=usage/e9 model=gpt-5 input_tokens=100 output_tokens=8 cache_read_tokens=233",
        "usage replaces=usage/e11 model=gpt-5 input_tokens=100 output_tokens=20 cache_read_tokens=233",
        "usage model=gpt-5-mini input_tokens=100 output_tokens=5 cache_read_tokens=0",
        "usage model=gpt-5 output_tokens=6 unknown=true",
        "usage replaces=usage/e18 model=gpt-5 input_tokens=150 output_tokens=6 cache_read_tokens=50",
      ]
    )
    let ends = store.story(of: run, showing: ["cause", "reason"]).filter { $0.hasPrefix("run.e") }
    #expect(ends == ["run.ended cause=fail reason=out of cards"])
  }

  private func copilot(_ lines: String...) throws -> TestImport {
    var store = TestImport()
    let start =
      #"{"type":"session.start","data":{"sessionId":"s","copilotVersion":"1"},"id":"s0"}"#
    try store.read(lines: [start] + lines, .copilot)
    return store
  }

  private func reply(_ id: String, _ output: Int, model: String? = nil) -> String {
    let model = model.map { #","model":"\#($0)""# } ?? ""
    return """
      {"type":"user.message","data":{"content":"x"},"id":"\(id)u"}
      {"type":"assistant.message","data":{"content":"y","outputTokens":\(output)\(model)},"id":"\(id)"}
      """
  }

  private func shutdown(_ id: String, _ model: String, _ input: Int, _ output: Int) -> String {
    """
    {"type":"session.shutdown","data":{"modelMetrics":{"\(model)":{"usage":{"inputTokens":\(input),"outputTokens":\(output)}}}},"id":"\(id)"}
    """
  }

  @Test("Copilot: counters that went on from the process before are counted once")
  func goesOn() throws {
    let store = try copilot(
      reply("a", 10, model: "m"),
      shutdown("b", "m", 100, 10),
      reply("c", 20, model: "m"),
      shutdown("d", "m", 300, 30)
    )
    var expected = Totals()
    expected.add("m", [300, 30, 0, 0])
    #expect(store.totals == expected)
  }

  @Test("Copilot: a process that used more than the one before is not taken for its continuation")
  func beginsAnew() throws {
    let store = try copilot(
      reply("a", 10, model: "m"),
      shutdown("b", "m", 100, 10),
      reply("c", 20, model: "m"),
      shutdown("d", "m", 300, 20)
    )
    var expected = Totals()
    expected.add("m", [400, 30, 0, 0])
    #expect(store.totals == expected)
  }

  @Test("Copilot: what replies told of a model that the shutdown calls otherwise is not added")
  func unknownModels() throws {
    let store = try copilot(reply("a", 10), reply("b", 5), shutdown("c", "m", 100, 15))
    #expect(store.totals.models.values.reduce(0) { $0 + $1[1] } == 15)
    let left = try copilot(reply("a", 10))
    #expect(left.totals.models.values.map { $0[1] } == [10])
  }

  @Test("Antigravity: steps of tools are the results of what was asked for, in order")
  func antigravity() throws {
    let log = try TestFiles.fixture(.antigravity, "transcript.jsonl")
    let store = try FormatContract(format: .antigravity).check(log)
    #expect(store.totals == Totals())
    let run = try #require(store.runs.first?.rawValue)
    #expect(
      store.knownStory(of: run) == [
        "run.started", "run.started", "input", "turn.start", "run.started", "thought",
        "tool_call name=run_command", "tool_result is_error=false", "tool_call name=view_file",
        "tool_result is_error=true", "tool_call name=grep_search", "tool_result is_error=false",
        "text", "turn.result status=success stop_reason=end_turn", "input", "turn.start",
        "tool_call name=run_command", "tool_result cancelled=true is_error=true", "compaction",
      ]
    )
    let calls = store.story(of: run, showing: ["id", "tool_use_id"])
      .filter { $0.hasPrefix("tool_") }
      .map { $0.split(separator: "=")[1] }
    // A call begins when its step does: each result stands behind its call.
    #expect([calls[1], calls[3], calls[5], calls[7]] == [calls[0], calls[2], calls[4], calls[6]])
    let starts = store.story(of: run, showing: ["model", "text"])
    #expect(starts.contains("run.started model=Gemini 3.5 Flash (High)"))
    #expect(starts.contains("input text=Find the card."))
  }

  @Test("Antigravity: a conversation has the name of its folder")
  func conversation() throws {
    let log = try TestFiles.fixture(.antigravity, "transcript.jsonl")
    let path = "/home/ada/.gemini/antigravity-cli/brain/c1/.system_generated/logs/transcript.jsonl"
    var store = TestImport()
    try store.read(log, .antigravity, source: LogSource(path: path))
    #expect(store.runs.map(\.rawValue) == ["antigravity:c1"])
  }

  @Test("Entire: a message of several lines is billed once, and no call waits for its result")
  func entire() throws {
    let store = try FormatContract(format: .entire).check(
      TestFiles.fixture(.entire, "transcript.jsonl")
    )
    // 3 + 1 + 2 and 184 + 135 + 10; the model is not told.
    var expected = Totals()
    expected.add("-", [6, 329, 0, 0])
    #expect(store.totals == expected)
    let run = try #require(store.runs.first?.rawValue)
    #expect(
      store.knownStory(of: run) == [
        "run.started", "run.started", "input", "turn.start", "text", "tool_call name=Read",
        "tool_result is_error=false", "tool_call name=Read", "usage",
        "tool_result is_error=false", "tool_call name=Bash", "tool_result is_error=true",
        "tool_call name=Bash",
        "tool_result denied=true is_error=true", "usage", "turn.result status=cancelled", "input",
        "turn.start", "text", "usage", "turn.result status=success",
      ]
    )
  }

  @Test("Entire: a request that the agent's own log tells of too is counted once, in either order")
  func told() throws {
    let own = """
      {"type":"assistant","uuid":"a","sessionId":"s","timestamp":"2026-03-02T10:00:04Z","message":{"id":"msg_shelf_1","role":"assistant","model":"m","stop_reason":"end_turn","content":[{"type":"text","text":"x"}],"usage":{"input_tokens":3,"output_tokens":184,"cache_read_input_tokens":500}}}
      """
    let log = try TestFiles.fixture(.entire, "transcript.jsonl")
    var store = TestImport()
    try store.read(lines: [own])
    try store.read(log, .entire)
    var expected = Totals()
    expected.add("m", [3, 184, 500, 0])
    expected.add("-", [3, 145, 0, 0])
    #expect(store.totals == expected)
    // The other way round the log that knows more corrects what was counted.
    var other = TestImport()
    try other.read(log, .entire)
    try other.read(lines: [own])
    #expect(other.totals == expected)
  }

  @Test("Gemini: a sub-agent's chat is a helper of the session whose folder it is in")
  func geminiHelpers() throws {
    let lines = [
      #"{"sessionId":"h1","projectHash":"p","kind":"subagent"}"#,
      #"{"id":"u","timestamp":"2026-03-01T10:00:01Z","type":"user","content":"Look"}"#,
    ]
    var store = TestImport()
    let path = "/home/ada/.gemini/tmp/p/chats/9e31/h1.jsonl"
    try store.read(lines: lines, .gemini, source: LogSource(path: path))
    #expect(
      store.story(of: "gemini:h1", showing: ["parent_run"]).prefix(2) == [
        "run.started", "run.started parent_run=gemini:9e31",
      ]
    )
    #expect(Set(store.entries.map(\.event.session)) == ["9e31"])
    var outside = TestImport()
    try outside.read(lines: lines, .gemini, source: LogSource(path: "/tmp/9e31/h1.jsonl"))
    #expect(
      outside.story(of: "gemini:h1", showing: ["parent_run"]).allSatisfy {
        !$0.contains("parent_run")
      }
    )
  }

  @Test("Kimi: the folders name session and agent, and a copy elsewhere bills nothing again")
  func kimiHelpers() throws {
    let lines = [
      #"{"type":"metadata","protocol_version":"1.4","created_at":1785612803281}"#,
      #"{"type":"turn.prompt","input":[],"origin":{"kind":"user"},"time":1785612803282}"#,
      #"{"type":"context.append_loop_event","event":{"type":"step.end","uuid":"u1","usage":{"inputOther":7,"output":3},"finishReason":"end_turn"},"time":1785612803283}"#,
      #"{"type":"usage.record","model":"k3","usage":{"inputOther":7,"output":3},"usageScope":"turn","time":1785612803284}"#,
    ]
    let root = "/home/ada/.kimi-code/sessions/wd_x/session_1/agents/"
    var store = TestImport()
    try store.read(lines: lines, .kimi, source: LogSource(path: root + "main/wire.jsonl"))
    try store.read(
      lines: lines.map { $0.replacing("u1", with: "u2") },
      .kimi,
      source: LogSource(path: root + "agent-9/wire.jsonl")
    )
    #expect(store.runs.map(\.rawValue) == ["kimi:session_1", "kimi:session_1/agent-9"])
    let helper = store.story(of: "kimi:session_1/agent-9", showing: ["parent_run"]).first
    #expect(helper == "run.started parent_run=kimi:session_1")
    #expect(Set(store.entries.compactMap(\.event.session)) == ["session_1"])
    #expect(store.totals.models["k3"] == [14, 6, 0, 0])
    try store.read(lines: lines, .kimi, source: LogSource(path: "/tmp/wire.jsonl"))
    #expect(store.runs.count == 3)
    #expect(store.totals.models["k3"] == [14, 6, 0, 0])
  }

  @Test("A line that begins with # is a comment, whatever the format")
  func comments() throws {
    let log = """
      # captured by hand
      #
      {"step_index":0,"source":"USER_EXPLICIT","type":"USER_INPUT","status":"DONE","content":"x"}
      # the end
      """
    let found = Array(log.utf8).withUnsafeBytes { LogFormat.detect($0)?.name }
    #expect(found == "antigravity")
    var store = TestImport()
    try store.read(Array(log.utf8), .antigravity)
    #expect(store.problems.isEmpty)
    #expect(
      store.entries.map(\.event.kind.rawValue) == [
        "run.started", "run.started", "input", "turn.start",
      ]
    )
  }
}
