import Events
import LogFormats
import Testing

@Suite("Sessions of Copilot CLI")
struct CopilotRulesTests {
  private static let run = "copilot:s"

  private func line(
    _ id: String,
    _ second: Double,
    _ type: String,
    _ data: String,
    agent: String? = nil
  ) -> String {
    let millis = Int(second * 1000)
    let text = "\(millis / 1000 % 60)", rest = "\(1000 + millis % 1000)".dropFirst()
    let minute = "\(100 + millis / 60_000)".dropFirst()
    let time = "2026-03-02T10:\(minute):\(text.count < 2 ? "0" : "")\(text).\(rest)Z"
    let agent = agent.map { #","agentId":"\#($0)""# } ?? ""
    return #"{"type":"\#(type)","data":{\#(data)},"id":"\#(id)","timestamp":"\#(time)"\#(agent)}"#
  }

  private var start: String {
    line(
      "s0",
      0,
      "session.start",
      #""sessionId":"s","copilotVersion":"1.0.78","selectedModel":"auto","context":{"cwd":"/home/ada/shop","repository":"ada/shop","branch":"main","headCommit":"c0ffee"}"#
    )
  }

  private func prompt(_ id: String, _ second: Double, _ more: String = "") -> String {
    line(id, second, "user.message", #""content":"Do \#(id)"\#(more)"#)
  }

  private func reply(
    _ id: String,
    _ second: Double,
    _ output: Int,
    calls: [String] = [],
    agent: String? = nil
  ) -> String {
    let requests = calls.map { #"{"toolCallId":"\#($0)","name":"bash","arguments":{}}"# }
    return line(
      id,
      second,
      "assistant.message",
      #""messageId":"m-\#(id)","model":"g","content":"Say \#(id)","outputTokens":\#(output),"toolRequests":[\#(requests.joined(separator: ","))]"#,
      agent: agent
    )
  }

  private func shutdown(
    _ id: String,
    _ second: Double,
    requests: Int,
    input: Int,
    output: Int,
    more: String = ""
  ) -> String {
    let usage = #"{"inputTokens":\#(input),"outputTokens":\#(output)}"#
    return line(
      id,
      second,
      "session.shutdown",
      #""shutdownType":"routine"\#(more),"modelMetrics":{"g":{"requests":{"count":\#(requests)},"usage":\#(usage)}}"#
    )
  }

  private func read(_ lines: String...) throws -> TestImport {
    var store = TestImport()
    try store.read(lines: [start] + lines, .copilot)
    return store
  }

  private func times(_ store: TestImport, _ kind: EventKind) -> [Int64] {
    store.events(of: Self.run, kind).compactMap { $0.ts?.microseconds }
      .map { $0 / 1000 % 3_600_000 }
  }

  // MARK: Turns

  @Test("a turn ends with the reply that asks for no tool, also one that no person began")
  func turns() throws {
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5, calls: ["c"]),
      line("c", 4, "tool.execution_complete", #""toolCallId":"c","success":true"#),
      prompt("d", 5, #","delivery":"steering""#),
      reply("e", 6, 5),
      line("f", 8, "user.message", #""content":"","isAutopilotContinuation":true"#),
      reply("g", 9, 5),
      line("h", 20, "user.message", #""content":"How to","source":"skill-x""#),
      reply("i", 21, 5)
    )
    #expect(store.events(of: Self.run, "input").count == 2, "the prompt, and the steering in it")
    #expect(times(store, "turn.start") == [1000, 8000, 20_000])
    #expect(times(store, "turn.result") == [6000, 9000, 21_000])
    let facts = store.story(
      of: Self.run,
      showing: ["model", "project", "repository", "branch", "commit", "title"]
    ).filter { $0.hasPrefix("run.started ") }
    #expect(
      facts == [
        "run.started project=/home/ada/shop repository=ada/shop branch=main commit=c0ffee",
        "run.started title=Do a", "run.started model=g",
      ]
    )
  }

  @Test("a reply between a request's marks ends the turn when the request ends")
  func requestMarks() throws {
    let mark = { (id: String, second: Double, end: String) in
      line(id, second, "assistant.turn_\(end)", #""turnId":"0""#)
    }
    let store = try read(
      prompt("a", 1),
      mark("b", 1.1, "start"),
      reply("c", 2, 5),
      mark("d", 2.2, "end"),
      prompt("e", 9),
      mark("f", 9.1, "start"),
      mark("g", 12, "end"),
      line("h", 12.1, "session.error", #""errorType":"rate_limit","message":"No""#),
      prompt("i", 20)
    )
    #expect(
      store.story(of: Self.run, showing: ["status"]).filter { $0.hasPrefix("turn.result") } == [
        "turn.result status=success", "turn.result status=error",
      ]
    )
    #expect(times(store, "turn.result") == [2000, 12_100])
  }

  @Test("what is being done when a person leaves or breaks it off was cancelled")
  func leaving() throws {
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5, calls: ["c"]),
      line("d", 3, "abort", ""),
      prompt("e", 10),
      line("f", 15, "session.shutdown", #""shutdownType":"routine""#)
    )
    let ends = store.story(of: Self.run, showing: ["status", "cancelled", "cause"]).filter {
      $0.hasPrefix("turn.result") || $0.hasPrefix("tool_result") || $0.hasPrefix("run.ended")
    }
    #expect(
      ends == [
        "tool_result cancelled=true", "turn.result status=cancelled",
        "turn.result status=cancelled", "run.ended cause=stop",
      ]
    )
    #expect(times(store, "turn.result") == [3000, 15_000])
  }

  @Test("a command that ended with another code than 0 has failed, though it could be run")
  func exitCodes() throws {
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5, calls: ["c", "d", "e"]),
      line(
        "f",
        3,
        "tool.execution_complete",
        #""toolCallId":"c","success":true,"toolTelemetry":{"metrics":{"exit_code":2}}"#
      ),
      line(
        "g",
        3,
        "tool.execution_complete",
        #""toolCallId":"d","success":true,"result":{"content":"<shellId: 0 completed with exit code 1>"}"#
      ),
      line("h", 3, "tool.execution_complete", #""toolCallId":"e","success":true"#)
    )
    let failed = store.story(of: Self.run, showing: ["is_error"])
      .filter { $0.hasPrefix("tool_result") }
    #expect(
      failed == [
        "tool_result is_error=true", "tool_result is_error=true", "tool_result is_error=false",
      ]
    )
  }

  // MARK: Tokens

  @Test("without a shutdown the input of a reply is unknown, not nothing")
  func unknownInput() throws {
    let store = try read(prompt("a", 1), reply("b", 2, 5))
    let usage = store.story(
      of: Self.run,
      showing: ["input_tokens", "output_tokens", "cache_read_tokens", "unknown"]
    )
    #expect(usage.contains("usage output_tokens=5 unknown=true"))
  }

  @Test("a shutdown that counts on from the process before corrects, and does not add")
  func cumulative() throws {
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5),
      shutdown("c", 3, requests: 1, input: 100, output: 5),
      line("d", 600, "session.resume", ""),
      prompt("e", 601),
      reply("f", 602, 7),
      shutdown("g", 603, requests: 2, input: 300, output: 12)
    )
    #expect(store.totals.models == ["g": [300, 12, 0, 0]])
    let last = store.story(of: Self.run, showing: ["replaces", "input_tokens"]).last {
      $0.hasPrefix("usage")
    }
    #expect(last == "usage replaces=usage/f input_tokens=200")
    #expect(store.events(of: Self.run, "turn.result").count == 2)
    #expect(store.events(of: Self.run, "run.ended").count == 1)
  }

  @Test(
    "counters that begin at 0 again behind a rewind leave what was said before it as it was told"
  )
  func rewind() throws {
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 75),
      line("c", 3, "session.info", #""infoType":"rewind","message":"x""#),
      prompt("d", 4),
      reply("e", 5, 110),
      shutdown("f", 6, requests: 1, input: 61, output: 110, more: #","totalNanoAiu":50405000"#)
    )
    #expect(store.totals.models == ["g": [61, 185, 0, 0]])
    let unknown = store.story(of: Self.run, showing: ["replaces", "unknown"])
      .filter { $0.hasPrefix("usage") }
    #expect(unknown == ["usage unknown=true", "usage unknown=true", "usage replaces=usage/e"])
    #expect(store.story(of: Self.run, showing: ["usd"]).contains("agent.cost usd=0.00050405"))
  }

  @Test("requests that no reply tells of are requests too")
  func untoldRequests() throws {
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5),
      shutdown("c", 3, requests: 3, input: 90, output: 25)
    )
    let told = store.story(of: Self.run, showing: ["replaces", "input_tokens", "output_tokens"])
      .filter { $0.hasPrefix("usage") }
    #expect(
      told == [
        "usage output_tokens=5",
        "usage replaces=usage/b input_tokens=30 output_tokens=5",
        "usage input_tokens=30 output_tokens=10", "usage input_tokens=30 output_tokens=10",
      ]
    )
  }

  @Test("a compaction is a request of its own, whether the shutdown counts it or not")
  func compactions() throws {
    func session(requests: Int, input: Int, output: Int) throws -> TestImport {
      try read(
        prompt("a", 1),
        reply("b", 2, 5),
        line(
          "c",
          9,
          "session.compaction_complete",
          #""success":true,"compactionTokensUsed":{"inputTokens":50,"outputTokens":20,"cacheReadTokens":10,"cacheWriteTokens":0,"model":"g"}"#
        ),
        shutdown("d", 12, requests: requests, input: input, output: output)
      )
    }
    let beside = try session(requests: 1, input: 100, output: 5)
    let inside = try session(requests: 2, input: 140, output: 25)
    #expect(beside.totals.models == ["g": [140, 25, 10, 0]])
    #expect(inside.totals.models["g"].map { $0[0] + $0[2] } == 150)
    #expect(inside.totals.models["g"]?[1] == 25)
    #expect(beside.events(of: Self.run, "compaction").count == 1)
  }

  // MARK: Waits

  private func asked(_ second: Double, hook: Bool = false) -> String {
    line(
      "q",
      second,
      "permission.requested",
      #""requestId":"r","permissionRequest":{"kind":"shell","toolCallId":"c"},"resolvedByHook":\#(hook)"#
    )
  }

  private func answered(_ second: Double, _ kind: String, by source: String) -> String {
    line(
      "p",
      second,
      "permission.completed",
      #""requestId":"r","result":{"kind":"\#(kind)"},"decisionSource":"\#(source)""#
    )
  }

  @Test("a person's answer ends a wait that began when the person was asked")
  func personalAnswer() throws {
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5, calls: ["c"]),
      asked(2.1),
      answered(20, "approved", by: "human_response"),
      line("d", 22, "tool.execution_complete", #""toolCallId":"c","success":true"#)
    )
    #expect(times(store, "permission.request") == [2100])
    #expect(times(store, "permission.decision") == [20_000])
    let own = store.story(of: Self.run, showing: ["duration_ms"])
    #expect(own.contains("tool_result duration_ms=2100"), "22 s less 2 s less 17.9 s of waiting")
  }

  @Test("a rule's decision is nobody's wait, and its refusal a failure")
  func ruleDecision() throws {
    let refused = "denied-no-approval-rule-and-could-not-request-from-user"
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5, calls: ["c"]),
      asked(2.1),
      answered(2.2, refused, by: "unattended_fallback"),
      line(
        "d",
        3,
        "tool.execution_complete",
        #""toolCallId":"c","success":false,"error":{"code":"denied"}"#
      )
    )
    #expect(store.events(of: Self.run, "permission.request").isEmpty)
    #expect(
      store.story(of: Self.run, showing: ["denied", "is_error"]).contains(
        "tool_result is_error=true"
      )
    )
    let hook = try read(prompt("a", 1), reply("b", 2, 5, calls: ["c"]), asked(2.1, hook: true))
    #expect(hook.events(of: Self.run, "permission.request").isEmpty)
  }

  @Test("a person who leaves instead of answering ends the wait, and the call was cancelled")
  func noAnswer() throws {
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5, calls: ["c"]),
      asked(2.1),
      shutdown("d", 15, requests: 1, input: 10, output: 5)
    )
    #expect(
      store.knownStory(of: Self.run).suffix(5) == [
        "permission.request name=shell", "usage", "tool_result cancelled=true is_error=false",
        "turn.result status=cancelled", "run.ended",
      ]
    )
    #expect(times(store, "tool_result") == [15_000])
  }

  // MARK: Helpers and sessions

  @Test(
    "a sub-agent is a run of its own, with its own turn and requests, and no prompt of a person"
  )
  func helpers() throws {
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5, calls: ["t"]),
      line("c", 3, "subagent.started", #""toolCallId":"t","agentName":"explore""#, agent: "t"),
      line("d", 4, "user.message", #""content":"Explore","source":"agent-s""#, agent: "t"),
      reply("e", 5, 9, agent: "t"),
      line("f", 6, "subagent.completed", #""toolCallId":"t""#, agent: "t"),
      line("g", 7, "tool.execution_complete", #""toolCallId":"t","success":true"#),
      reply("h", 8, 6),
      shutdown("i", 9, requests: 3, input: 300, output: 20)
    )
    #expect(store.runs.map(\.rawValue) == [Self.run, "copilot:s/t"])
    #expect(store.events(of: Self.run, "turn.result").count == 1)
    #expect(
      store.knownStory(of: "copilot:s/t", ["parent_run", "agent_type", "status", "input_tokens"])
        == [
          "run.started parent_run=copilot:s agent_type=explore", "run.started", "input",
          "turn.start",
          "run.started", "text", "usage", "turn.result status=success",
          "usage input_tokens=100", "run.ended",
        ]
    )
    #expect(store.totals.models == ["g": [300, 20, 0, 0]])
  }

  @Test("sessions behind one another in a log are runs of their own, and an empty one is none")
  func severalSessions() throws {
    let next = line("n", 60, "session.start", #""sessionId":"s2""#)
    let empty = line("o", 70, "session.start", #""sessionId":"s3""#)
    let store = try read(
      prompt("a", 1),
      reply("b", 2, 5),
      shutdown("c", 3, requests: 1, input: 10, output: 5),
      next,
      prompt("d", 61),
      reply("e", 62, 6),
      shutdown("f", 63, requests: 1, input: 20, output: 6),
      empty,
      line("p", 71, "session.shutdown", #""modelMetrics":{}"#)
    )
    #expect(store.runs.map(\.rawValue) == [Self.run, "copilot:s2"])
    #expect(store.totals.models == ["g": [30, 11, 0, 0]])
    #expect(store.events(of: "copilot:s2", "run.ended").count == 1)
  }
}
