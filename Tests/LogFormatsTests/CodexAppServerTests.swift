import Events
import LogFormats
import TestSupport
import Testing

/// Small logs of the messages of `codex app-server`, whose figures were worked out by hand.
@Suite("Messages of Codex's app server")
struct CodexAppServerTests {
  private static let main = "codex-app-server:th1"
  private static let helper = "codex-app-server:th2"

  @Test("Threads are runs, items are their steps, and counters become what they grew by")
  func messages() throws {
    let log = try TestFiles.fixture(.codexAppServer, "messages.jsonl")
    let store = try FormatContract(format: .codexAppServer).check(log)
    #expect(store.problems.isEmpty)
    #expect(store.runs.map(\.rawValue) == [Self.main, Self.helper])
    var expected = Totals()
    // 1000 of which 400 cached; the same again is nothing; 1200 more of which 1000 cached.
    expected.add("gpt-5.5", [600, 50, 400, 0])
    expected.add("gpt-5.5", [200, 30, 1000, 0])
    expected.add("-", [100, 10, 0, 0])
    #expect(store.totals == expected)
    #expect(store.events(of: Self.main, "usage").count == 2)
    #expect(
      store.knownStory(of: Self.main, ["status", "name", "decision", "is_error", "type"]) == [
        "run.started", "run.started", "turn.start", "run.started", "input", "text",
        "tool_call name=command_execution", "permission.request name=command_execution",
        "permission.decision decision=allow", "tool_result is_error=false", "usage",
        "tool_call name=file_change", "permission.request name=file_change",
        "permission.decision decision=resolved", "tool_result is_error=true",
        "tool_call name=mcp__docs__find", "tool_result is_error=true", "usage",
        "retry status=502 type=responseStreamDisconnected", "turn.result status=success",
        "turn.start",
        "input", "error type=usageLimitExceeded", "rate_limit", "turn.result status=error",
        "turn.start", "tool_call name=spawn_agent", "tool_result is_error=false", "compaction",
        "tool_call name=command_execution", "tool_result is_error=false",
        "turn.result status=cancelled",
        "run.started",
      ]
    )
    #expect(
      store.knownStory(of: Self.helper, ["parent_run", "text", "status"]) == [
        "run.started parent_run=\(Self.main)", "turn.start", "thought text=One\nTwo", "usage",
        "turn.result status=success",
      ]
    )
    let ends = store.story(of: Self.main, showing: ["denied", "cancelled", "tool_use_id"])
      .filter { $0.hasPrefix("tool_result") }
    #expect(
      ends == [
        "tool_result tool_use_id=cmd1", "tool_result denied=true tool_use_id=fc1",
        "tool_result tool_use_id=mc1", "tool_result tool_use_id=sp1",
        "tool_result cancelled=true tool_use_id=cmd2",
      ]
    )
  }

  @Test("What is said has the time at which it began, and a turn does not end before its items")
  func times() throws {
    let log = try TestFiles.fixture(.codexAppServer, "messages.jsonl")
    var store = TestImport()
    try store.read(log, .codexAppServer)
    let text = try #require(store.events(of: Self.main, "text").first)
    #expect(text.ts == Timestamp("2026-04-29T10:00:03Z"))
    let results = store.events(of: Self.main, "turn.result").map(\.ts)
    #expect(results.first == Timestamp("2026-04-29T10:00:14Z"))
    let late = #"{"method":"turn/started","params":{"threadId":"t","turn":{"id":"a"}}}"#
    let item =
      #"{"method":"item/completed","params":{"threadId":"t","completedAtMs":1777456801900,"item":{"type":"agentMessage","id":"m","text":"x"}}}"#
    let end =
      #"{"method":"turn/completed","params":{"threadId":"t","turn":{"id":"a","status":"completed","completedAt":1777456801}}}"#
    var cut = TestImport()
    try cut.read(lines: [late, item, end], .codexAppServer)
    let ts = cut.events(of: "codex-app-server:t", "turn.result").first?.ts
    #expect(ts == Timestamp("2026-04-29T10:00:01.9Z"))
  }

  private func usage(_ input: Int, _ last: Int) -> String {
    #"{"method":"thread/tokenUsage/updated","params":{"threadId":"t","turnId":"a","tokenUsage":{"total":{"totalTokens":\#(input),"inputTokens":\#(input)},"last":{"totalTokens":\#(last),"inputTokens":\#(last)}}}}"#
  }
  private let turn = #"{"method":"turn/started","params":{"threadId":"t","turn":{"id":"a"}}}"#
  private let answer = #"{"id":3,"result":{"thread":{"id":"t","turns":[{}]},"model":"m"}}"#

  @Test("What a thread had used before the log is not counted")
  func goesOn() throws {
    // Told of before its first turn: 500; then 200 more.
    var resumed = TestImport()
    try resumed.read(lines: [answer, usage(500, 90), turn, usage(700, 200)], .codexAppServer)
    #expect(resumed.totals.models == ["m": [200, 0, 0, 0]])
    // Not reported: the first request is the last one's own 200.
    var cut = TestImport()
    try cut.read(lines: [turn, usage(700, 200), usage(750, 50)], .codexAppServer)
    #expect(cut.totals.models == ["-": [250, 0, 0, 0]])
    // A counter that was set back begins with the last request.
    var reset = TestImport()
    try reset.read(lines: [turn, usage(700, 200), usage(50, 50)], .codexAppServer)
    #expect(reset.totals.models == ["-": [250, 0, 0, 0]])
  }

  @Test("A request that the thread's rollout has too is billed once, in either order")
  func rollouts() throws {
    let messages = [answer, turn, usage(700, 700), usage(900, 200)]
    func count(_ total: Int, _ last: Int) -> String {
      #"{"timestamp":"2026-04-29T10:00:02Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":\#(total),"total_tokens":\#(total)},"last_token_usage":{"input_tokens":\#(last),"total_tokens":\#(last)}}}}"#
    }
    let rollout = [
      #"{"timestamp":"2026-04-29T10:00:00Z","type":"session_meta","payload":{"id":"t","cwd":"/"}}"#,
      #"{"timestamp":"2026-04-29T10:00:01Z","type":"turn_context","payload":{"model":"m"}}"#,
      count(700, 700), count(900, 200), count(1000, 100),
    ]
    for first in [true, false] {
      var store = TestImport()
      if first { try store.read(lines: messages, .codexAppServer) }
      try store.read(lines: rollout, .codex)
      if !first { try store.read(lines: messages, .codexAppServer) }
      #expect(store.totals.models == ["m": [1000, 0, 0, 0]])
    }
  }

  @Test("Messages that a recorder has put in an envelope, with the time of each")
  func envelopes() throws {
    let lines = [answer, turn, usage(700, 700)].enumerated().map { i, line in
      #"{"ts":"2026-04-29T10:00:0\#(i)Z","dir":"in","msg":\#(line)}"#
    }
    let log = Array(lines.joined(separator: "\n").utf8)
    let store = try FormatContract(format: .codexAppServer).check(log)
    let usage = try #require(store.events(of: "codex-app-server:t", "usage").first)
    #expect(usage.ts == Timestamp("2026-04-29T10:00:02Z"))
  }
}
