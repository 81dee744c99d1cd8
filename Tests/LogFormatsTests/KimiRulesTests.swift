import Events
import LogFormats
import Testing

@Suite("Wire logs of Kimi")
struct KimiRulesTests {
  private static let root = "/home/ada/.kimi/sessions/0123/s1/"
  private static let run = "kimi:s1"

  private func wire(_ second: Double, _ type: String, _ payload: String) -> String {
    #"{"timestamp":\#(1_784_781_330 + second),"message":{"type":"\#(type)","payload":{\#(payload)}}}"#
  }

  private func status(_ second: Double, _ message: String, _ output: Int) -> String {
    wire(
      second,
      "StatusUpdate",
      #""message_id":"\#(message)","max_context_tokens":1000,"token_usage":{"input_other":3,"output":\#(output),"input_cache_read":2,"input_cache_creation":1}"#
    )
  }

  private func read(_ lines: [String], _ place: String = "") throws -> TestImport {
    var store = TestImport()
    try store.read(lines: lines, .kimi, source: LogSource(path: Self.root + place + "wire.jsonl"))
    return store
  }

  private let head = #"{"type":"metadata","protocol_version":"1.9"}"#

  @Test("the older program's turns, calls, answers of a person and requests are read")
  func olderWire() throws {
    let store = try read([
      head, wire(0, "TurnBegin", #""user_input":[{"type":"text","text":"Tidy up"}]"#),
      wire(0.1, "StepBegin", #""n":1"#),
      wire(1, "ContentPart", #""type":"think","think":"Hm""#),
      wire(
        2,
        "ToolCall",
        #""type":"function","id":"c","function":{"name":"Shell","arguments":"{}"}"#
      ),
      wire(2.1, "ApprovalRequest", #""id":"q","tool_call_id":"c","sender":"Shell","action":"run""#),
      wire(9, "ApprovalResponse", #""request_id":"q","response":"reject""#),
      wire(
        9.1,
        "ToolResult",
        #""tool_call_id":"c","return_value":{"is_error":true,"output":"no"}"#
      ),
      status(9.2, "m1", 7), status(9.3, "m1", 7), status(9.4, "m1", 8),
      wire(10, "SteerInput", #""user_input":"Go on""#), wire(11, "StepBegin", #""n":2"#),
      wire(12, "ContentPart", #""type":"text","text":"Done""#), status(12.1, "m2", 4),
      wire(12.2, "TurnEnd", ""), wire(20, "TurnBegin", #""user_input":"More""#),
      wire(21, "StepInterrupted", ""),
    ])
    #expect(store.problems.isEmpty)
    #expect(
      store.knownStory(of: Self.run, ["title", "name", "decision", "denied", "status", "replaces"])
        == [
          "run.started", "run.started title=Tidy up", "input", "turn.start", "thought",
          "tool_call name=Shell", "permission.request name=Shell",
          "permission.decision decision=deny",
          "tool_result denied=true", "usage", "usage replaces=usage/m1", "input", "text", "usage",
          "turn.result status=success", "input", "turn.start", "turn.result status=cancelled",
        ]
    )
    #expect(store.totals.models == ["-": [6, 12, 4, 2]])
    let agents = store.story(of: Self.run, showing: ["agent"])
    #expect(agents.first == "run.started agent=kimi-cli")
  }

  private func helper(_ second: Double, _ type: String, _ payload: String) -> String {
    wire(
      second,
      "SubagentEvent",
      #""parent_tool_call_id":"c","agent_id":"a1","subagent_type":"coder","event":{"type":"\#(type)","payload":{\#(payload)}}"#
    )
  }

  @Test(
    "a sub-agent whose events stand in two logs is one run with one turn",
    arguments: [true, false]
  )
  func helpers(_ callerFirst: Bool) throws {
    let usage = #""message_id":"h","token_usage":{"input_other":5,"output":6}"#
    let caller = [
      head, wire(0, "TurnBegin", #""user_input":"Go""#),
      helper(1, "TurnBegin", #""user_input":"Look""#),
      helper(2, "ContentPart", #""type":"text","text":"x""#),
      helper(3, "StatusUpdate", usage), helper(4, "TurnEnd", ""), wire(5, "TurnEnd", ""),
    ]
    let own = [
      head, wire(1.1, "TurnBegin", #""user_input":"Look""#),
      wire(2.1, "ContentPart", #""type":"text","text":"x""#), wire(3.1, "StatusUpdate", usage),
      wire(4.1, "TurnEnd", ""),
    ]
    let logs = [("wire.jsonl", caller), ("subagents/a1/wire.jsonl", own)]
    var store = TestImport()
    for (path, lines) in callerFirst ? logs : logs.reversed() {
      try store.read(lines: lines, .kimi, source: LogSource(path: Self.root + path))
    }
    let run = "kimi:s1/a1"
    #expect(store.events(of: run, "turn.result").count == 1)
    #expect(store.events(of: run, "usage").count == 1)
    #expect(store.totals.models == ["-": [5, 6, 0, 0]])
    #expect(store.story(of: run, showing: ["parent_run"]).first == "run.started parent_run=kimi:s1")
  }

  private func line(_ millis: Int, _ type: String, _ rest: String) -> String {
    #"{"type":"\#(type)",\#(rest),"time":\#(1_784_781_330_000 + millis)}"#
  }

  private func loop(_ millis: Int, _ event: String) -> String {
    line(millis, "context.append_loop_event", #""event":{\#(event)}"#)
  }

  @Test("the model behind an alias is that of the request, and a record adds nothing to its step")
  func aliases() throws {
    let usage = #""usage":{"inputOther":7,"output":3}"#
    let store = try read(
      [
        line(0, "metadata", #""protocol_version":"1.4""#),
        line(1, "config.update", #""modelAlias":"k","cwd":"/home/ada/shop""#),
        line(2, "turn.prompt", #""input":[{"type":"text","text":"Hi"}],"origin":{"kind":"user"}"#),
        line(3, "llm.request", #""kind":"loop","model":"kimi-x","modelAlias":"k""#),
        loop(4, #""type":"step.end","uuid":"u",\#(usage),"finishReason":"end_turn""#),
        line(5, "usage.record", #""model":"k",\#(usage),"usageScope":"turn""#),
        line(
          6,
          "usage.record",
          #""model":"k","usage":{"inputOther":50,"output":9},"usageScope":"session""#
        ),
      ]
    )
    #expect(store.totals.models == ["kimi-x": [57, 12, 0, 0]])
    #expect(store.events(of: Self.run, "usage").count == 2)
    let facts = store.story(of: Self.run, showing: ["project", "model"])
    #expect(facts.contains("run.started project=/home/ada/shop"))
    #expect(
      facts.last { $0.contains("model=") && $0.hasPrefix("run.started") }
        == "run.started model=kimi-x"
    )
  }

  @Test("a person's decision was waited for since the model's last words")
  func decisions() throws {
    let store = try read(
      [
        line(2, "turn.prompt", #""input":[],"origin":{"kind":"user"}"#),
        loop(1000, #""type":"step.begin","uuid":"u""#),
        loop(3000, #""type":"content.part","part":{"type":"text","text":"I list"}"#),
        line(
          9000,
          "permission.record_approval_result",
          #""toolCallId":"c","toolName":"Bash","result":{"decision":"rejected"}"#
        ),
        loop(9001, #""type":"tool.call","toolCallId":"c","name":"Bash","args":{}"#),
        loop(
          9002,
          #""type":"tool.result","toolCallId":"c","result":{"output":"no","isError":true}"#
        ),
      ]
    )
    let waits = store.entries.filter { $0.event.kind.rawValue.hasPrefix("permission") }
      .compactMap { $0.event.ts?.microseconds }.map { $0 / 1000 % 10_000 }
    #expect(waits == [3000, 9000])
    #expect(store.story(of: Self.run, showing: ["denied"]).contains("tool_result denied=true"))
  }

  @Test("a question whose answer the log has before it is asked once")
  func decidedQuestions() throws {
    let decision =
      #""toolCallId":"c","toolName":"ExitPlanMode","result":{"decision":"approved"}"#
    let store = try read([
      line(0, "turn.prompt", #""input":[],"origin":{"kind":"user"}"#),
      loop(1000, #""type":"content.part","part":{"type":"text","text":"A plan"}"#),
      line(9000, "permission.record_approval_result", decision),
      loop(9001, #""type":"tool.call","toolCallId":"c","name":"ExitPlanMode","args":{}"#),
      loop(9002, #""type":"tool.result","toolCallId":"c","result":{"output":"ok"}"#),
      loop(9010, #""type":"tool.call","toolCallId":"d","name":"AskUserQuestion","args":{}"#),
      loop(9900, #""type":"tool.result","toolCallId":"d","result":{"output":"yes"}"#),
    ])
    #expect(store.events(of: Self.run, "permission.request").count == 2)
    #expect(store.events(of: Self.run, "permission.decision").count == 2)
  }

  @Test("what the program says in a person's place begins a turn, but is not a prompt")
  func notices() throws {
    let store = try read(
      [
        line(0, "turn.prompt", #""input":[],"origin":{"kind":"user"}"#),
        loop(1, #""type":"step.end","uuid":"u","finishReason":"end_turn""#),
        line(5000, "turn.prompt", #""input":[],"origin":{"kind":"background_task"}"#),
        loop(9000, #""type":"content.part","part":{"type":"text","text":"It is done"}"#),
      ]
    )
    #expect(store.events(of: Self.run, "input").count == 1)
    #expect(store.events(of: Self.run, "turn.start").count == 2)
  }

  @Test("settings alone are not a run")
  func settingsAlone() throws {
    let store = try read([head, line(1, "config.update", #""modelAlias":"k""#)])
    #expect(store.entries.isEmpty)
  }
}
