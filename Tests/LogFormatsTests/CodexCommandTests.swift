import Events
import LogFormats
import Testing

/// Commands that go on behind their call, that ask a person, and that scripts make.
@Suite("Commands of Codex")
struct CodexCommandTests {
  private static let keys: [StaticString] = [
    "id", "tool_use_id", "is_error", "running", "decision",
  ]

  private static func story(_ lines: [(Double, String, String)]) throws -> [String] {
    var store = TestImport()
    let log = lines.map { time, type, payload in
      let ts = Timestamp(microseconds: 1_790_000_000_000_000 + Int64(time * 1_000_000))
      return #"{"timestamp":"\#(ts)","type":"\#(type)","payload":\#(payload)}"#
    }
    try store.read(lines: log, .codex, source: LogSource(name: "t"), rests: .afterEachLine)
    let start = Timestamp(microseconds: 1_790_000_000_000_000)
    return store.entries.filter { !$0.event.kind.rawValue.hasPrefix("codex.") }.compactMap {
      entry in
      guard entry.event.kind != "run.started", entry.event.kind != "turn.start" else { return nil }
      let line = store.story(of: "codex:t", showing: Self.keys)
      let index = store.entries.firstIndex { $0.event.id == entry.event.id } ?? 0
      let ms = ((entry.event.ts ?? start).microseconds - start.microseconds) / 1000
      return line[index] + " at \(ms)"
    }
  }

  private static func call(
    _ at: Double,
    _ id: String,
    _ name: String,
    _ arguments: String
  )
    -> (Double, String, String)
  {
    let text = arguments.replacing("\"", with: "\\\"")
    return (
      at, "response_item",
      #"{"type":"function_call","name":"\#(name)","arguments":"\#(text)","call_id":"\#(id)"}"#
    )
  }

  private static func output(_ at: Double, _ id: String, _ text: String) -> (Double, String, String)
  {
    (
      at, "response_item",
      #"{"type":"function_call_output","call_id":"\#(id)","output":"\#(text)"}"#
    )
  }

  @Test("the exit that a poll reports is the exit of the command that began the process")
  func polls() throws {
    let story = try Self.story([
      Self.call(0, "a", "exec_command", #"{"cmd":"serve"}"#),
      Self.output(
        1,
        "a",
        #"Wall time: 1.0 seconds\nProcess running with session ID 31\nOutput:\n"#
      ),
      Self.call(2, "b", "write_stdin", #"{"session_id":31}"#),
      Self.output(
        4,
        "b",
        #"Wall time: 2.0 seconds\nProcess running with session ID 31\nOutput:\n"#
      ),
      Self.call(5, "c", "write_stdin", #"{"session_id":31}"#),
      Self.output(9, "c", #"Wall time: 4.0 seconds\nProcess exited with code 2\nOutput:\n"#),
      Self.call(10, "d", "write_stdin", #"{"session_id":31}"#),
      Self.output(11, "d", "write_stdin failed: Unknown process id 31"),
    ])
    #expect(
      story == [
        "tool_call id=a at 0", "tool_result tool_use_id=a is_error=false running=true at 1000",
        "tool_call id=b at 2000", "tool_result tool_use_id=b is_error=false at 4000",
        "tool_call id=c at 5000", "tool_result tool_use_id=a is_error=true at 9000",
        "tool_result tool_use_id=c is_error=false at 9000", "tool_call id=d at 10000",
        "tool_result tool_use_id=d is_error=true at 11000",
      ]
    )
  }

  @Test("A script that goes on in a cell ends when a wait for the cell says so")
  func cells() throws {
    let story = try Self.story([
      (0, "response_item", #"{"type":"custom_tool_call","name":"exec","input":"x","call_id":"s"}"#),
      (
        1, "response_item",
        #"{"type":"custom_tool_call_output","call_id":"s","output":[{"text":"Script running with cell ID 4\nWall time 1.0 seconds\nOutput:\n"}]}"#
      ),
      Self.call(2, "w", "wait", #"{"cell_id":"4"}"#),
      (
        6, "response_item",
        #"{"type":"function_call_output","call_id":"w","output":[{"text":"Script failed\nWall time 4.0 seconds\nOutput:\n"},{"text":"boom"}]}"#
      ),
    ])
    #expect(
      story == [
        "tool_call id=s at 0", "tool_result tool_use_id=s is_error=false running=true at 1000",
        "tool_call id=w at 2000", "tool_result tool_use_id=s is_error=true at 6000",
        "tool_result tool_use_id=w is_error=false at 6000",
      ]
    )
  }

  @Test(
    "An exit code of a command that a script ran is the script's failure",
    arguments: [
      #"{\"exit_code\":2}"#,
      #"[{\"exit_code\":0,\"output\":\"\"},{\"exit_code\":1,\"output\":\"x\"}]"#,
      #"{\"chunk_id\":\"a\",\"wall_time_seconds\":0.5,\"exit_code\":1,\"output\":\"x\"}"#,
    ]
  )
  func scripts(_ printed: String) throws {
    func story(_ block: String) throws -> String? {
      try Self.story([
        (
          0, "response_item",
          #"{"type":"custom_tool_call","name":"exec","input":"x","call_id":"s"}"#
        ),
        (
          1, "response_item",
          #"{"type":"custom_tool_call_output","call_id":"s","output":[{"text":"Script completed\nWall time 1.0 seconds\nOutput:\n"},{"text":"\#(block)"}]}"#
        ),
      ]).last
    }
    #expect(try story(printed) == "tool_result tool_use_id=s is_error=true at 1000")
    // What a program has printed for itself is not what a tool says of it.
    let own = #"{\"exit_code\":2,\"name\":\"a test report\"}"#
    #expect(try story(own) == "tool_result tool_use_id=s is_error=false at 1000")
  }

  @Test("A command that asks to leave the sandbox waits until its own time begins")
  func approval() throws {
    let ask = #"{"cmd":"x","sandbox_permissions":"require_escalated"}"#
    let done = #"Wall time: 2.5000 seconds\nProcess exited with code 0\nOutput:\n"#
    #expect(
      try Self.story([Self.call(0, "a", "exec_command", ask), Self.output(60, "a", done)]) == [
        "tool_call id=a at 0", "permission.request id=a at 0",
        "permission.decision id=a decision=allow at 57500",
        "tool_result tool_use_id=a is_error=false at 60000",
      ]
    )
    // Older versions say it in another way, and log the output with the call.
    let old = #"{"command":["x"],"with_escalated_permissions":true}"#
    let answer = #"{\"output\":\"\",\"metadata\":{\"exit_code\":0,\"duration_seconds\":1.8}}"#
    #expect(
      try Self.story([Self.call(0, "a", "shell", old), Self.output(1, "a", answer)])[2]
        == "permission.decision id=a decision=allow at 0"
    )
    // A refusal is waited for as long as it takes.
    let no = "exec command rejected by user"
    #expect(
      try Self.story([Self.call(0, "a", "exec_command", ask), Self.output(9, "a", no)])[2]
        == "permission.decision id=a decision=deny at 9000"
    )
    // Without a time of its own, nothing is known of a wait.
    #expect(
      try Self.story([Self.call(0, "a", "exec_command", ask), Self.output(9, "a", "fine")])[2]
        == "permission.decision id=a decision=allow at 0"
    )
  }

  @Test(
    "a call waits for a person only if the settings say that a person is asked",
    arguments: [#""approval_policy":"never""#, #""approvals_reviewer":"auto_review""#]
  )
  func reviewed(_ setting: String) throws {
    let ask = #"{"cmd":"x","sandbox_permissions":"require_escalated"}"#
    let story = try Self.story([
      (0, "turn_context", #"{"model":"m",\#(setting)}"#), Self.call(1, "a", "exec_command", ask),
    ])
    #expect(story == ["tool_call id=a at 1000"])
  }

  @Test("A question to a person waits for its answer")
  func question() throws {
    let story = try Self.story([
      Self.call(0, "q", "request_user_input", #"{"questions":[]}"#), Self.output(30, "q", "{}"),
    ])
    #expect(
      story == [
        "tool_call id=q at 0", "permission.request id=q at 0",
        "permission.decision id=q decision=allow at 30000",
        "tool_result tool_use_id=q is_error=false at 30000",
      ]
    )
  }

  @Test("The end of a command in a paginated log says what became of it, and how long it took")
  func completed() throws {
    let end =
      #"{"type":"item_completed","thread_id":"t","item":{"type":"CommandExecution","id":"a","exit_code":2,"status":"failed"},"started_at_ms":1000,"completed_at_ms":1900}"#
    let call = Self.call(0, "a", "exec_command", #"{"cmd":"x"}"#)
    let story = try Self.story([call, (1, "event_msg", end), Self.output(1, "a", "x")])
    #expect(story == ["tool_call id=a at 0", "tool_result tool_use_id=a is_error=true at 1000"])
  }
}
