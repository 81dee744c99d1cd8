import Events
import LogFormats
import Testing

@Suite("The rules of Codex's logs")
struct CodexRulesTests {
  /// A log of one thread, its lines a second apart, told by their payloads.
  static func imported(_ payloads: [(String, String)]) throws -> TestImport {
    var lines: [String] = []
    for (i, (type, payload)) in payloads.enumerated() {
      let time = Timestamp(microseconds: 1_780_000_000_000_000 + Int64(i) * 1_000_000)
      lines.append(#"{"timestamp":"\#(time)","type":"\#(type)","payload":\#(payload)}"#)
    }
    var store = TestImport()
    try store.read(lines: lines, .codex, source: LogSource(name: "t"))
    return store
  }

  static func story(
    _ payloads: [(String, String)],
    _ keys: [StaticString] = ["status", "is_error", "denied", "cancelled"]
  ) throws -> [String] {
    try imported(payloads).story(of: "codex:t", showing: keys)
      .filter { !$0.hasPrefix("run.started") }
  }

  static func event(_ members: String) -> (String, String) { ("event_msg", "{\(members)}") }
  static func item(_ members: String) -> (String, String) { ("response_item", "{\(members)}") }

  @Test(
    "An exit code decides; words do only where there is none",
    arguments: [
      (#""fine""#, "is_error=false"),
      (#""Process exited with code 0\nOutput:\nExit code: 1""#, "is_error=false"),
      (#""Chunk ID: 1\nWall time: 0\nProcess exited with code 1\nOutput:\n""#, "is_error=true"),
      (#""Exit code: 2\nWall time: 0 seconds\nOutput:\nx""#, "is_error=true"),
      (#""Exit code: -1\nOutput:\n""#, "is_error=true"),
      (#""Exit code: 0\nOutput:\nexec_command failed""#, "is_error=false"),
      (#""{\"output\":\"x\",\"metadata\":{\"exit_code\":127}}""#, "is_error=true"),
      (#""{\"output\":\"aborted\",\"metadata\":{\"exit_code\":0}}""#, "is_error=false"),
      (#""exec command rejected by user""#, "is_error=true denied=true"),
      (#""patch rejected by user""#, "is_error=true denied=true"),
      (
        #""exec_command failed for `rm`: CreateProcess { message: \"Rejected(\\\"rejected by user\\\")\" }""#,
        "is_error=true denied=true"
      ),
      (
        #""exec_command failed for `rm`: CreateProcess { message: \"Rejected(\\\"unacceptable risk\\\")\" }""#,
        "is_error=true"
      ),
      (#""aborted by user after 3.2s""#, "is_error=true cancelled=true"),
      (#""Wall time: 1.0 seconds\naborted by user""#, "is_error=true cancelled=true"),
      (#""write_stdin failed: stdin is closed""#, "is_error=true"),
      (#""apply_patch verification failed: no such file""#, "is_error=true"),
      (#""unsupported call: x""#, "is_error=true"),
      (#""the build failed, and that is what the file says""#, "is_error=false"),
      (
        #"[{"type":"input_text","text":"Script completed\nWall time 1"},{"type":"input_text","text":"Script failed"}]"#,
        "is_error=false"
      ),
      (#"[{"type":"input_text","text":"Script failed\nWall time 1"}]"#, "is_error=true"),
      (#"{"content":"x","success":false}"#, "is_error=true"), ("[]", "is_error=false"),
      ("null", "is_error=false"),
    ]
  )
  func outputs(_ output: String, _ fate: String) throws {
    let story = try Self.story([
      Self.item(#""type":"function_call","name":"shell","arguments":"{}","call_id":"c""#),
      Self.item(#""type":"function_call_output","call_id":"c","output":\#(output)"#),
    ])
    #expect(story == ["tool_call", "tool_result " + fate])
  }

  @Test(
    "The end of a command, a patch or an outside call tells what became of it, and the output not",
    arguments: [
      (#""type":"exec_command_end","exit_code":0,"status":"completed""#, "is_error=false"),
      (#""type":"exec_command_end","exit_code":1,"status":"failed""#, "is_error=true"),
      (
        #""type":"exec_command_end","exit_code":-1,"status":"declined""#,
        "is_error=true denied=true"
      ),
      (#""type":"patch_apply_end","success":true,"status":"completed""#, "is_error=false"),
      (#""type":"patch_apply_end","success":false"#, "is_error=true"),
      (#""type":"mcp_tool_call_end","result":{"Ok":{"content":[]}}"#, "is_error=false"),
      (
        #""type":"mcp_tool_call_end","result":{"Ok":{"content":[],"isError":true}}"#,
        "is_error=true"
      ),
      (#""type":"mcp_tool_call_end","result":{"Err":"timeout"}"#, "is_error=true"),
      (
        #""type":"mcp_tool_call_end","result":{"Err":"user rejected MCP tool call"}"#,
        "is_error=true denied=true"
      ),
      (#""type":"dynamic_tool_call_response","success":false"#, "is_error=true"),
    ]
  )
  func ends(_ end: String, _ fate: String) throws {
    let call = Self.item(#""type":"function_call","name":"x","arguments":"{}","call_id":"c""#)
    let output = Self.item(
      #""type":"function_call_output","call_id":"c","output":"Process exited with code 3""#
    )
    let end = Self.event(end + #","call_id":"c""#)
    #expect(
      try Self.story([call, end, output]) == [
        "tool_call", "tool_result " + fate, "codex.function_call_output",
      ]
    )
    // A call of which only the end is logged is a call all the same.
    #expect(try Self.story([end]) == ["tool_call", "tool_result " + fate])
    // What came first counts.
    #expect(try Self.story([call, output, end])[1] == "tool_result is_error=true")
  }

  @Test("A command that is left running has come back; its own end is how it ended")
  func running() throws {
    let call = Self.item(
      #""type":"function_call","name":"exec_command","arguments":"{}","call_id":"c""#
    )
    let output = Self.item(
      #""type":"function_call_output","call_id":"c","output":"Process running with session ID 7""#
    )
    let end = Self.event(#""type":"exec_command_end","call_id":"c","exit_code":3"#)
    let keys: [StaticString] = ["status", "is_error", "running"]
    let left = "tool_result is_error=false running=true"
    let ended = "tool_result is_error=true"
    #expect(try Self.story([call, output, end], keys) == ["tool_call", left, ended])
    // Also behind the end of its turn.
    let over = Self.event(#""type":"task_complete","turn_id":"x""#)
    #expect(
      try Self.story([call, output, over, end], keys)
        == ["tool_call", left, "turn.result status=success", ended]
    )
    // It ends once.
    #expect(
      try Self.story([call, output, end, end], keys)
        == ["tool_call", left, ended, "codex.exec_command_end"]
    )
    // What a person ran is not a call of the agent.
    let own = Self.event(
      #""type":"exec_command_end","call_id":"d","exit_code":1,"source":"user_shell""#
    )
    #expect(try Self.story([own]) == ["codex.exec_command_end"])
  }

  @Test("A text, a thought, a search or a compaction that is told twice happened once")
  func twins() throws {
    let pairs: [((String, String), (String, String), [String])] = [
      (
        Self.event(#""type":"agent_message","message":"a""#),
        Self.item(#""type":"message","role":"assistant","content":[{"text":"a"}]"#), ["text"]
      ),
      (
        Self.event(#""type":"agent_reasoning","text":"a""#),
        Self.item(#""type":"reasoning","summary":[{"text":"a"}]"#), ["thought"]
      ),
      (
        Self.event(#""type":"web_search_end","call_id":"w","query":"q""#),
        Self.item(#""type":"web_search_call","action":{"type":"search","query":"q"}"#),
        ["tool_call", "tool_result is_error=false"]
      ),
      (
        Self.event(#""type":"context_compacted""#), ("compacted", #"{"message":""}"#),
        ["compaction"]
      ),
    ]
    for (event, item, told) in pairs {
      #expect(try Self.story([event, item]) == told)
      #expect(try Self.story([item, event]) == told)
      // A search has an id, under which it happens once.
      let again = told.count == 2 ? ["codex.web_search_end"] : told
      #expect(try Self.story([event, event, item]) == told + again)
      #expect(try Self.story([item, item]) == told + told)
    }
  }

  @Test("A task that nothing has ended is abandoned, unless the model has answered")
  func openTasks() throws {
    func task(_ id: String) -> (String, String) {
      Self.event(#""type":"task_started","turn_id":"\#(id)""#)
    }
    let call = Self.item(#""type":"function_call","name":"x","arguments":"{}","call_id":"c""#)
    #expect(
      try Self.story([task("a"), call, task("b")], ["status", "turn_id"]) == [
        "turn.start turn_id=a", "tool_call", "turn.result status=abandoned turn_id=a",
        "turn.start turn_id=b",
      ]
    )
    // A turn that ends without a beginning is reported as it is.
    #expect(
      try Self.story([Self.event(#""type":"task_complete","turn_id":"z""#)], ["status", "turn_id"])
        == ["turn.result status=success turn_id=z"]
    )
    #expect(try Self.story([Self.event(#""type":"turn_aborted""#)]) == ["codex.turn_aborted"])
  }

  @Test("An error ends a turn only where nothing follows it, and is told once")
  func errors() throws {
    let task = Self.event(#""type":"task_started","turn_id":"a""#)
    let error = Self.event(#""type":"error","message":"boom","codex_error_info":"other""#)
    let words = Self.event(#""type":"agent_message","message":"on""#)
    let end = Self.event(#""type":"task_complete","turn_id":"a""#)
    let failed = Self.event(
      #""type":"task_complete","turn_id":"a","error":{"message":"boom","codex_error_info":"other"}"#
    )
    let keys: [StaticString] = ["status", "type"]
    #expect(
      try Self.story([task, error, end], keys)
        == ["turn.start", "error type=other", "turn.result status=error"]
    )
    #expect(
      try Self.story([task, error, words, end], keys)
        == ["turn.start", "error type=other", "text", "turn.result status=success"]
    )
    #expect(
      try Self.story([task, error, failed], keys)
        == ["turn.start", "error type=other", "turn.result status=error"]
    )
  }

  @Test("Of a limit that is reached it is told once, with its end")
  func limits() throws {
    func row(_ reached: String) -> (String, String) {
      Self.event(
        #""type":"token_count","info":null,"rate_limits":{"primary":{"used_percent":100,"#
          + #""resets_in_seconds":60},"rate_limit_reached_type":\#(reached)}"#
      )
    }
    let end = Timestamp(microseconds: 1_780_000_060_000_000)
    #expect(
      try Self.story([row(#""primary""#), row(#""primary""#), row("null")], ["type", "resets_at"])
        == ["rate_limit type=primary resets_at=\(end)"]
    )
  }

  @Test("Glued lines are all read, what cannot be read is reported, and no tokens are dropped")
  func damage() throws {
    let row =
      #"{"timestamp":"2026-03-02T10:00:00Z","type":"event_msg","payload":{"type":"token_count","#
      + #""info":{"last_token_usage":{"input_tokens":5,"output_tokens":2}}}}"#
    var store = TestImport()
    try store.read(
      lines: [row + row.replacing(":5", with: ":6"), "[1]", "{}", #"{"a":"#, row],
      .codex,
      source: LogSource(name: "t")
    )
    let usage = store.story(of: "codex:t", showing: ["input_tokens", "output_tokens"])
      .filter { $0.hasPrefix("usage") }
    // Without a cumulative count, each line stands for itself.
    #expect(
      usage == [
        "usage input_tokens=5 output_tokens=2", "usage input_tokens=6 output_tokens=2",
        "usage input_tokens=5 output_tokens=2",
      ]
    )
    #expect(store.problems.map(\.line) == [2, 3, 4])
  }

  @Test("The name of a rollout stands for a header that was cut off")
  func names() throws {
    let line = [#"{"timestamp":"2026-03-02T10:00:00Z","type":"event_msg","payload":{"type":"x"}}"#]
    for (name, run) in [
      (
        "rollout-2025-09-26T17-01-04-019985ca-7ef7-7580-a921-c20ac619f40b",
        "codex:019985ca-7ef7-7580-a921-c20ac619f40b"
      ), ("copy", "codex:copy"),
    ] {
      var store = TestImport()
      try store.read(lines: line, .codex, source: LogSource(name: name))
      #expect(store.runs.map(\.rawValue) == [run])
    }
  }

  @Test(
    "Logs of others are not taken for Codex's",
    arguments: [
      (#"{"id":0,"timestamp":"2025-01-01T00:00:00","source":"agent","message":"x"}"#, nil),
      (#"{"type":"message","id":"a","message":{"role":"user"}}"#, nil),
      (#"{"type":"message","timestamp":"x","role":"user","content":"hi"}"#, nil),
      (#"{"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]}"#, nil),
      (#"{"type":"turn.completed","usage":{"input_tokens":1}}"#, "codex-exec"),
      (#"{"type":"session_meta","timestamp":"x","payload":{"id":"a"}}"#, "codex"),
      (#"{"id":"a","timestamp":"2025-07-01T10:00:00Z","instructions":null}"#, "codex"),
      (#"{"record_type":"state"}"#, "codex"),
    ] as [(String, String?)]
  )
  func formats(_ line: String, _ name: String?) {
    let bytes = Array(line.utf8)
    #expect(bytes.withUnsafeBytes { LogFormat.detect($0)?.name } == name)
  }
}
