import Events
import LogFormats
import Testing

@Suite("Sub-agents of Claude Code")
struct ClaudeAgentTests {
  private static let agent = #","isSidechain":true,"agentId":"a1""#

  /// A session whose sub-agent's messages are embedded in it, but for the last one.
  private func session() -> ClaudeScript {
    var script = ClaudeScript("p", prefix: "p")
    script.more += #","cwd":"/home/ada/loom""#
    script.ask()
    script.call("t", "Task", input: #"{"prompt":"do it","subagent_type":"weaver"}"#, of: "a")
    for line in helper(isFile: false).lines.dropLast() {
      script.add(
        "progress",
        #""data":{"type":"agent_progress","agentId":"a1","prompt":"do it","message":\#(line)}"#
      )
    }
    script.result(
      "t",
      "did",
      #","toolUseResult":{"status":"completed","agentId":"a1","totalDurationMs":7000}"#,
      at: 20
    )
    script.done("z", at: 21)
    return script
  }

  private func helper(isFile: Bool) -> ClaudeScript {
    var script = ClaudeScript("p", prefix: "h")
    if isFile { script.more += Self.agent }
    script.ask("do it", at: 3)
    script.call("c", of: "h1", at: 4)
    script.result("c", at: 9)
    script.done("h2", at: 12)
    return script
  }

  @Test("a helper that is embedded and has its own file is one run with one turn, in either order")
  func embeddedAndFile() throws {
    let logs = [session().lines, helper(isFile: true).lines]
    for order in [[0, 1], [1, 0], [0], [1]] {
      var store = TestImport()
      for place in order { try store.read(lines: logs[place]) }
      let run = "claude-code:p/agent-a1"
      #expect(store.events(of: run, "turn.start").count == 1, "\(order)")
      #expect(store.events(of: run, "turn.result").count == 1, "\(order)")
      #expect(store.events(of: run, "tool_call").count == 1, "\(order)")
      #expect(store.events(of: run, "usage").count == (order == [0] ? 1 : 2), "\(order)")
      #expect(
        store.story(of: run, showing: ["parent_run"]).first
          == "run.started parent_run=claude-code:p"
      )
    }
  }

  @Test("an embedded helper works until its result comes, in the folder of its caller")
  func embedded() throws {
    var store = TestImport()
    try store.read(lines: session().lines)
    let run = "claude-code:p/agent-a1"
    #expect(store.seconds(run, "turn.result") == [20])
    #expect(
      store.story(of: run, showing: ["duration_ms"]).last == "turn.result duration_ms=7000"
    )
    #expect(
      store.story(of: run, showing: ["project", "agent_type"]).first
        == "run.started project=/home/ada/loom agent_type=weaver"
    )
  }

  @Test("a helper whose lines name no folder has its session's")
  func folder() throws {
    var store = TestImport()
    try store.read(lines: session().lines.filter { !$0.contains("agent_progress") })
    try store.read(lines: helper(isFile: true).lines)
    #expect(
      store.story(of: "claude-code:p/agent-a1", showing: ["project"]).first
        == "run.started project=/home/ada/loom"
    )
  }

  @Test("a helper of a helper is that one's child")
  func nested() throws {
    var main = ClaudeScript("p", prefix: "p")
    main.ask()
    main.call("t1", "Agent", input: #"{"prompt":"outer"}"#, of: "a")
    var outer = ClaudeScript("p", prefix: "o")
    outer.more += #","isSidechain":true,"agentId":"outer""#
    outer.ask("outer", at: 2)
    outer.call(
      "t2",
      "Agent",
      input: #"{"prompt":"inner","subagent_type":"reader"}"#,
      of: "b",
      at: 3
    )
    var inner = ClaudeScript("p", prefix: "i")
    inner.more += #","isSidechain":true,"agentId":"inner""#
    inner.ask("inner", at: 4)
    inner.done("c", at: 5)
    var store = TestImport()
    for script in [main, outer, inner] { try store.read(lines: script.lines) }
    #expect(
      store.story(of: "claude-code:p/agent-inner", showing: ["parent_run", "agent_type"]).first
        == "run.started parent_run=claude-code:p/agent-outer agent_type=reader"
    )
    #expect(
      store.story(of: "claude-code:p/agent-outer", showing: ["parent_run"]).first
        == "run.started parent_run=claude-code:p"
    )
  }

  @Test("a side question that begins with its session's talk has its own part only")
  func aside() throws {
    var main = ClaudeScript("p", prefix: "p")
    main.ask("long talk")
    main.call("c", of: "a")
    main.result("c")
    main.done("b")
    var aside = ClaudeScript("p", prefix: "q")
    aside.more += #","isSidechain":true,"agentId":"aside_question-1""#
    aside.ask("long talk", at: 0)
    aside.call("c", of: "a", at: 1)
    aside.result("c", at: 2)
    aside.done("b", at: 3)
    aside.ask("what was that?", at: 60)
    aside.done("own", at: 64)
    var store = TestImport()
    for script in [main, aside] { try store.read(lines: script.lines) }
    let run = "claude-code:p/agent-aside_question-1"
    #expect(store.seconds(run, "turn.start") == [60])
    #expect(store.seconds(run, "turn.result") == [64])
    #expect(store.events(of: run, "tool_call").isEmpty)
    #expect(store.all("usage") == 3)
  }

  @Test(
    "a session that Claude Desktop audits is one run, with the times of the audit",
    arguments: [0, 1]
  )
  func audit(_ first: Int) throws {
    var log = ClaudeScript("p", prefix: "p")
    log.ask("weave", at: 100)
    log.done("a", at: 104)
    let time = ClaudeScript.time(104)
    let audit = [
      #"{"type":"user","session_id":"p","uuid":"p0","_audit_timestamp":"\#(ClaudeScript.time(100))","message":{"role":"user","content":"weave"}}"#,
      #"{"type":"assistant","session_id":"p","uuid":"p1","_audit_timestamp":"\#(time)","message":{"id":"a","role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"usage":{"input_tokens":10,"output_tokens":1}}}"#,
      #"{"type":"result","subtype":"success","session_id":"p","uuid":"p2","_audit_timestamp":"\#(time)","usage":{"input_tokens":10,"output_tokens":1},"modelUsage":{"m":{"inputTokens":10,"outputTokens":1}}}"#,
    ]
    var store = TestImport()
    if first == 0 { try store.read(lines: log.lines) }
    try store.read(lines: audit, .claudeStream)
    if first == 1 { try store.read(lines: log.lines) }
    #expect(Set(store.entries.map(\.run)).count == 1)
    #expect(store.all("turn.start") == 1)
    #expect(store.totals.models == ["m": [10, 1, 0, 0]])
    #expect(store.seconds(first == 0 ? "claude-code:p" : "claude-stream:p", "turn.start") == [100])
  }

  @Test(
    "a file in which nobody says anything is not a run",
    arguments: [
      [
        #"{"type":"queue-operation","operation":"enqueue","sessionId":"s","timestamp":"2026-05-04T10:00:00Z"}"#
      ],
      [#"{"type":"bridge-session","sessionId":"s"}"#, #"{"type":"tag","sessionId":"s"}"#],
      [
        #"{"type":"user","uuid":"u","sessionId":"s","timestamp":"2026-05-04T10:00:00Z","message":{"role":"user","content":"<command-name>/clear</command-name>"}}"#,
        #"{"type":"user","uuid":"v","sessionId":"s","timestamp":"2026-05-04T10:00:00Z","message":{"role":"user","content":"<local-command-stdout></local-command-stdout>"}}"#,
      ],
      [#"{"type":"summary","summary":"Looms","leafUuid":"x"}"#],
    ]
  )
  func empty(_ lines: [String]) throws {
    var store = TestImport()
    try store.read(lines: lines)
    #expect(store.entries.isEmpty && store.runs.isEmpty)
  }
}
