import Events
import LogFormats
import Testing

@Suite("The rules of Claude Code's logs")
struct ClaudeRulesTests {
  /// A log of one session, its lines one second apart.
  struct Script {
    var lines: [String] = []

    mutating func add(_ type: String, _ members: String) {
      let n = lines.count
      let time = Timestamp(microseconds: 1_780_000_000_000_000 + Int64(n) * 1_000_000)
      lines.append(
        "{\"type\":\"\(type)\",\"uuid\":\"l\(n)\",\"sessionId\":\"s\",\"timestamp\":\"\(time)\",\(members)}"
      )
    }

    mutating func user(_ content: String, _ more: String = "") {
      add("user", "\"message\":{\"role\":\"user\",\"content\":\(content)}\(more)")
    }

    mutating func assistant(
      _ id: String,
      output: Int,
      stop: String? = nil,
      block: String = #"{"type":"text","text":"x"}"#
    ) {
      let reason = stop.map { "\"\($0)\"" } ?? "null"
      add(
        "assistant",
        """
        "message":{"id":"\(id)","model":"m","role":"assistant","content":[\(block)],\
        "stop_reason":\(reason),"usage":{"input_tokens":10,"output_tokens":\(output)}}
        """
      )
    }

    func imported(rests: TestImport.Rests = .atEnd) throws -> TestImport {
      var store = TestImport()
      try store.read(lines: lines, rests: rests)
      return store
    }

    func story(
      _ keys: [StaticString] = ["status", "output_tokens", "by_model"],
      rests: TestImport.Rests = .atEnd
    ) throws -> [String] {
      try imported(rests: rests).story(of: "claude-code:s", showing: keys)
        .filter { !$0.hasPrefix("run.started") && !$0.hasPrefix("claude-code.") }
    }
  }

  @Test(
    "What a person asked is a prompt, what a program says is none",
    arguments: [
      (#""go""#, "", true), (#"[{"type":"text","text":"go"}]"#, "", true),
      (#"[{"type":"image","source":{}}]"#, "", true), (#""/home/ada/x.swift is broken""#, "", true),
      (#""<ide_opened_file>a</ide_opened_file>""#, "", false),
      (
        #"[{"type":"text","text":"<ide_selection>a</ide_selection>"},{"type":"text","text":"go"}]"#,
        "", true
      ),
      (#""go""#, #","isMeta":true"#, false), (#""go""#, #","isCompactSummary":true"#, false),
      (#""go""#, #","isMeta":false,"isVisibleInTranscriptOnly":false"#, true),
      (#""<command-name>/clear</command-name>""#, "", false),
      (#""<command-message>x</command-message>""#, "", false),
      (#""<local-command-stdout>x</local-command-stdout>""#, "", false),
      (#""<bash-input>ls</bash-input>""#, "", false),
      (#""<bash-stdout>a</bash-stdout>""#, "", false),
      (#""/review""#, "", false), (#""/plugin:review this""#, "", false), (#""  ""#, "", false),
      (#""[Request interrupted by user]""#, "", false),
      (#"[{"type":"tool_result","tool_use_id":"t"}]"#, "", false),
      (#"[{"type":"tool_result","tool_use_id":"t"},{"type":"text","text":"go"}]"#, "", false),
      ("{}", "", false), ("[]", "", false), ("5", "", false),
    ]
  )
  func prompts(_ content: String, _ more: String, _ isPrompt: Bool) throws {
    var script = Script()
    script.user(content, more)
    let store = try script.imported()
    #expect(store.events(of: "claude-code:s", "turn.start").count == (isPrompt ? 1 : 0))
    #expect(store.events(of: "claude-code:s", "input").count == (isPrompt ? 1 : 0))
  }

  @Test(
    "A refusal by a person is denied, a broken off call cancelled, all else is a failure",
    arguments: [
      ("fine", false, "null", "false", "", ""), ("Exit code 1", true, "null", "true", "", ""),
      (
        "The user doesn't want to proceed with this tool use. The tool use was rejected", true,
        "null", "true", "true", ""
      ),
      (
        "The user doesn't want to take this action right now. STOP", true, "null", "true", "true",
        ""
      ),
      ("x", true, #""User rejected tool use""#, "true", "true", ""),
      (
        "x", true, #""Error: The user doesn't want to proceed with this tool use.""#, "true",
        "true", ""
      ),
      (
        "<tool_use_error>Sibling tool call errored</tool_use_error>", true, "null", "true", "",
        "true"
      ),
      (
        "<tool_use_error>Cancelled: parallel tool call Bash(x) errored</tool_use_error>", true,
        "null", "true", "", "true"
      ),
      ("[Request interrupted by user for tool use]", true, "null", "true", "", "true"),
      ("half", false, #"{"stdout":"half","interrupted":true}"#, "true", "", "true"),
      ("half", false, #"{"stdout":"half","interrupted":false}"#, "false", "", ""),
      ("Permission to use Bash with command rm has been denied.", true, "null", "true", "", ""),
      ("PreToolUse:Bash hook error: blocked", true, "null", "true", "", ""),
      (
        "<tool_use_error>File has not been read yet.</tool_use_error>", true, "null", "true", "", ""
      ),
      ("The user doesn't want to proceed with this tool use", false, "null", "false", "", ""),
    ]
  )
  func results(
    _ content: String,
    _ isError: Bool,
    _ whole: String,
    _ failed: String,
    _ denied: String,
    _ cancelled: String
  ) throws {
    var script = Script()
    script.user(
      "[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"\(content)\",\"is_error\":\(isError)}]",
      ",\"toolUseResult\":\(whole)"
    )
    let expected =
      "tool_result is_error=\(failed)" + (denied.isEmpty ? "" : " denied=true")
      + (cancelled.isEmpty ? "" : " cancelled=true")
    #expect(try script.story(["is_error", "denied", "cancelled"]) == [expected])
  }

  @Test("A message that goes on after the file was at rest is corrected")
  func correction() throws {
    var script = Script()
    script.user("\"go\"")
    script.assistant("a", output: 1)
    script.assistant("a", output: 5)
    script.assistant("b", output: 2)
    script.assistant("b", output: 7, stop: "end_turn")
    #expect(
      try script.story() == [
        "input", "turn.start", "text", "text", "usage output_tokens=5", "text", "text",
        "usage output_tokens=7", "turn.result status=success",
      ]
    )
    #expect(
      try script.story(["status", "output_tokens", "replaces"], rests: .afterEachLine) == [
        "input", "turn.start", "text", "usage output_tokens=1", "text",
        "usage output_tokens=5 replaces=usage/a", "text", "usage output_tokens=2", "text",
        "usage output_tokens=7 replaces=usage/b", "turn.result status=success",
      ]
    )
  }

  @Test("A message that goes on when it has ended its turn is corrected, and begins no other turn")
  func lateCorrection() throws {
    var script = Script()
    script.user("\"go\"")
    script.assistant("a", output: 1, stop: "end_turn")
    script.assistant("a", output: 5, stop: "end_turn")
    #expect(
      try script.story(["status", "output_tokens", "replaces"], rests: .afterEachLine) == [
        "input", "turn.start", "text", "usage output_tokens=1", "turn.result status=success",
        "usage output_tokens=5 replaces=usage/a",
      ]
    )
    #expect(try script.imported(rests: .afterEachLine).totals.models == ["m": [10, 5, 0, 0]])
  }

  @Test(
    "How a turn ended that nobody reported is told by its last line",
    arguments: [
      ("words", "success"), ("call", "abandoned"), ("result", "abandoned"), ("denied", "cancelled"),
      ("nothing", "abandoned"), ("end", "success"), ("end, then a call", "abandoned"),
      ("end, then a call", "abandoned"),
    ]
  )
  func endings(_ last: String, _ status: String) throws {
    let call = #"{"type":"tool_use","id":"t","name":"n","input":{}}"#
    var script = Script()
    script.user("\"go\"")
    switch last {
    case "words": script.assistant("a", output: 1)
    case "end": script.assistant("a", output: 1, stop: "end_turn")
    case "call": script.assistant("a", output: 1, block: call)
    case "end, then a call":
      script.assistant("a", output: 1, stop: "end_turn")
      script.assistant("a", output: 1, block: call)
    case "result", "denied":
      script.assistant("a", output: 1, block: call)
      let text = last == "denied" ? "The user doesn't want to proceed with this tool use" : "x"
      script.user(
        #"[{"type":"tool_result","tool_use_id":"t","is_error":true,"content":"\#(text)"}]"#
      )
    default: break
    }
    script.user("\"and now\"")
    let results = try script.story().filter { $0.hasPrefix("turn.result") }
    #expect(results == ["turn.result status=\(status)"])
  }

  @Test("A model that a hook makes go on is still in its turn where the log says when that is over")
  func goesOn() throws {
    var script = Script()
    script.user("\"go\"", #","entrypoint":"cli","version":"2.1.200""#)
    script.assistant("a", output: 1, stop: "end_turn")
    script.user("\"Stop hook feedback: run the tests\"", ",\"isMeta\":true")
    script.assistant("b", output: 2, stop: "end_turn")
    script.add("system", #""subtype":"turn_duration","durationMs":2500"#)
    #expect(
      try script.story(["status", "output_tokens", "duration_ms"]) == [
        "input", "turn.start", "text", "usage output_tokens=1", "text", "usage output_tokens=2",
        "turn.result status=success duration_ms=2500",
      ]
    )
    script.lines[0].replace(#""entrypoint":"cli""#, with: #""entrypoint":"sdk-cli""#)
    #expect(
      try script.story() == [
        "input", "turn.start", "text", "usage output_tokens=1", "turn.result status=success",
        "turn.start", "text", "usage output_tokens=2", "turn.result status=success",
      ]
    )
  }

  @Test("What a command sets off is a turn without a prompt")
  func command() throws {
    var script = Script()
    script.user("\"go\"")
    script.assistant("a", output: 1, stop: "end_turn")
    script.user("\"<command-name>/review</command-name>\"")
    script.assistant("b", output: 2, stop: "max_tokens")
    #expect(
      try script.story(["turn_id", "status", "stop_reason"]) == [
        "input", "turn.start turn_id=l0", "text", "usage stop_reason=end_turn",
        "turn.result turn_id=l0 status=success stop_reason=end_turn", "text",
        "usage stop_reason=max_tokens", "turn.result status=success stop_reason=max_tokens",
      ]
    )
  }

  @Test(
    "A failed request is an error of its class",
    arguments: [
      (
        #""API Error: 500 {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}""#,
        "\"unknown\"", "overloaded_error", 0
      ),
      (#""API Error: 503 no healthy upstream""#, "null", "http_503", 0),
      (#""API Error: Connection error.""#, "null", "unknown", 0),
      (#""Invalid API key""#, "\"authentication_failed\"", "authentication_failed", 0),
      (#""Claude AI usage limit reached|1780000000""#, "null", "rate_limit", 1),
      (#""You've hit your limit · resets 3pm""#, "\"rate_limit\"", "rate_limit", 1),
    ]
  )
  func failures(_ text: String, _ error: String, _ type: String, _ limits: Int) throws {
    var script = Script()
    script.user("\"go\"")
    script.add(
      "assistant",
      """
      "isApiErrorMessage":true,"error":\(error),"message":{"id":"e","model":"<synthetic>",\
      "usage":{"input_tokens":0},"content":[{"type":"text","text":\(text)}]}
      """
    )
    let story = try script.story(["type", "status"])
    #expect(story.contains("error type=\(type)"))
    #expect(story.last == "turn.result status=error")
    #expect(story.filter { $0.hasPrefix("rate_limit") }.count == limits)
    #expect(!story.contains { $0.hasPrefix("usage") })
  }

  @Test("A filler that no model wrote is neither a request nor words nor an error")
  func filler() throws {
    var script = Script()
    script.user("\"go\"")
    script.add(
      "assistant",
      #""message":{"id":"e","model":"<synthetic>","usage":{},"content":[{"type":"text","text":"No response requested."}]}"#
    )
    #expect(try script.story() == ["input", "turn.start"])
  }

  @Test("Prompts that were queued reach the agent within its turn")
  func queued() throws {
    var script = Script()
    script.user("\"go\"")
    script.assistant("a", output: 1)
    script.add(
      "attachment",
      #""attachment":{"type":"queued_command","prompt":"faster","commandMode":"prompt"}"#
    )
    script.add(
      "attachment",
      #""attachment":{"type":"queued_command","prompt":"x","commandMode":"task-notification"}"#
    )
    #expect(
      try script.story(["text"]) == [
        "input text=go", "turn.start", "text text=x", "usage", "input text=faster",
      ]
    )
  }

  @Test("Tools that run at the server are calls too")
  func serverTools() throws {
    var script = Script()
    script.assistant(
      "a",
      output: 1,
      block: #"{"type":"server_tool_use","id":"t","name":"web_search","input":{"q":"x"}},"#
        + #"{"type":"web_search_tool_result","tool_use_id":"t","content":{"type":"web_search_tool_result_error"}},"#
        + #"{"type":"redacted_thinking","data":"x"},{"type":"novelty","x":1}"#
    )
    let store = try script.imported()
    #expect(
      store.story(of: "claude-code:s", showing: ["name", "tool_use_id", "is_error", "x"]) == [
        "run.started", "run.started", "tool_call name=web_search",
        "tool_result tool_use_id=t is_error=true", "thought", "claude-code.assistant x=1", "usage",
      ]
    )
  }

  @Test("A turn that ends with words is a success when its run is sealed, whatever the stop reason")
  func seals() throws {
    var script = Script()
    script.user("\"go\"")
    script.assistant("a", output: 1)
    script.assistant("a", output: 5)
    var store = TestImport()
    try store.read(
      Array(script.lines.joined(separator: "\n").utf8),
      rests: .afterEachLine,
      seals: true
    )
    #expect(store.totals.models == ["m": [10, 5, 0, 0]])
    #expect(
      store.story(of: "claude-code:s", showing: ["status"]).last == "turn.result status=success"
    )
  }
}
