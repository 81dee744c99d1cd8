import Events
import LogFormats
import Testing

@Suite("When turns of Claude Code begin and end")
struct ClaudeTimeTests {
  private let run = "claude-code:s"

  @Test("the pause before a queued prompt is not part of the turn before it")
  func pause() throws {
    var script = ClaudeScript()
    script.ask()
    script.done("a", at: 10)
    let time = ClaudeScript.time(3600)
    script.raw(
      #"{"type":"queue-operation","operation":"enqueue","sessionId":"s","timestamp":"\#(time)"}"#
    )
    script.ask(at: 3601)
    script.done("b", at: 3605)
    let store = try script.imported()
    #expect(store.seconds(run, "turn.result") == [10, 3605])
    let kinds = store.story(of: run)
    let end = try #require(kinds.firstIndex(of: "turn.result"))
    let queued = try #require(kinds.firstIndex(of: "claude-code.queue-operation"))
    #expect(end < queued)
  }

  @Test(
    "a notification, a schedule and a message of another session begin a turn, without a prompt"
  )
  func begun() throws {
    let lines = [
      (#""<task-notification>\n<task-id>x</task-id>""#, ""),
      (#""wake up""#, #","promptSource":"system""#),
      (#""tick""#, #","origin":{"kind":"human"},"turnOrigin":"scheduled""#),
      (#""hello""#, #","origin":{"kind":"peer"}"#),
      (#""<teammate-message teammate_id=\"w\">done</teammate-message>""#, ""),
      (#""Another Claude session sent a message:\n<x>hi</x>""#, ""),
    ]
    for (content, more) in lines {
      var script = ClaudeScript()
      script.user(content, more, at: 0)
      script.done("a", at: 9)
      let store = try script.imported()
      #expect(store.events(of: run, "input").isEmpty, "\(content)")
      #expect(store.seconds(run, "turn.start") == [0], "\(content)")
      #expect(store.seconds(run, "turn.result") == [9], "\(content)")
    }
  }

  @Test("a notification in the middle of the work begins no turn")
  func inTheMiddle() throws {
    var script = ClaudeScript()
    script.ask()
    script.call("c", of: "a")
    script.user(#""<task-notification>\n<task-id>x</task-id>""#)
    script.result("c")
    script.done("b")
    #expect(
      try script.story(["status"]) == [
        "input", "turn.start", "tool_call", "usage", "tool_result", "text", "usage",
        "turn.result status=success",
      ]
    )
  }

  @Test("what a command stands for begins the turn that answers it")
  func command() throws {
    var script = ClaudeScript()
    script.user(
      #""<command-message>plan</command-message>\n<command-name>/plan</command-name>""#,
      at: 0
    )
    script.user(
      #"[{"type":"text","text":"Make a plan of what was said."}]"#,
      #","isMeta":true"#,
      at: 0
    )
    script.done("a", at: 8)
    let store = try script.imported()
    #expect(store.seconds(run, "turn.start") == [0])
    #expect(store.events(of: run, "input").isEmpty)
    script = ClaudeScript()
    script.user(#""<command-name>/model</command-name>""#)
    script.user(#""Caveat: what follows was made by commands""#, #","isMeta":true"#)
    script.ask()
    #expect(try script.imported().events(of: run, "turn.start").count == 1)
  }

  @Test("the agent's own time of a turn is in its result, whatever hooks write before it")
  func duration() throws {
    var script = ClaudeScript()
    script.more = #","entrypoint":"cli","version":"2.1.250""#
    script.ask()
    script.done("a", at: 100)
    script.add("progress", #""data":{"type":"hook_progress","hookEvent":"Stop"}"#, at: 101)
    script.add("system", #""subtype":"stop_hook_summary","hookInfos":[{"durationMs":5}]"#, at: 102)
    // The log is at rest here for a moment: the turn must wait for its line.
    script.add("system", #""subtype":"turn_duration","durationMs":4200"#, at: 103)
    for rests in [TestImport.Rests.atEnd, .afterEachLine] {
      let store = try script.imported(rests: rests)
      let results = store.story(of: run, showing: ["status", "duration_ms"]).filter {
        $0.hasPrefix("turn.result")
      }
      #expect(results == ["turn.result status=success duration_ms=4200"])
      #expect(store.seconds(run, "turn.result") == [100])
    }
  }

  @Test("a terminal's log whose turns end without their time does not wait for it")
  func withoutDurations() throws {
    var script = ClaudeScript()
    script.more = #","entrypoint":"cli","version":"2.1.250""#
    script.ask()
    script.done("a")
    #expect(try script.imported().events(of: run, "turn.result").isEmpty)
    script.ask()
    script.done("b")
    #expect(try script.imported().events(of: run, "turn.result").count == 2)
  }

  @Test("a question to a person waits from the call to the answer")
  func asks() throws {
    for name in ["AskUserQuestion", "ExitPlanMode"] {
      var script = ClaudeScript()
      script.ask()
      script.call("c", name, of: "a", at: 5)
      script.result("c", at: 95)
      script.done("b", at: 99)
      let store = try script.imported()
      #expect(store.seconds(run, "permission.request") == [5])
      #expect(store.seconds(run, "permission.decision") == [95])
      #expect(
        store.story(of: run, showing: ["decision"]).contains("permission.decision decision=allow")
      )
    }
  }

  @Test("a result that stands before its call belongs to it")
  func swapped() throws {
    var script = ClaudeScript()
    script.ask()
    script.call("c1", "Read", of: "a")
    script.result("c2", "File has not been read yet.", isError: true, at: 5.034)
    script.call("c2", "Edit", of: "a", at: 5)
    script.result("c1")
    script.done("b")
    #expect(
      try script.story(["id", "tool_use_id"]).filter { $0.hasPrefix("tool_") } == [
        "tool_call id=c1", "tool_call id=c2", "tool_result tool_use_id=c2",
        "tool_result tool_use_id=c1",
      ]
    )
    let orphan = try {
      var script = ClaudeScript()
      script.ask()
      script.result("gone")
      script.done("b")
      return try script.story(["tool_use_id", "status"])
    }()
    #expect(orphan.suffix(2) == ["tool_result tool_use_id=gone", "turn.result status=success"])
  }

  @Test("a command left running ends its call, and what is said of it later is its end")
  func leftRunning() throws {
    func story(_ status: String) throws -> [String] {
      var script = ClaudeScript()
      script.ask()
      script.call("c", of: "a")
      script.result("c", "running", #","toolUseResult":{"stdout":"","backgroundTaskId":"b1"}"#)
      script.done("b")
      script.user(
        #""<task-notification>\n<task-id>b1</task-id>\n<tool-use-id>c</tool-use-id>\n<status>\#(status)</status>\n</task-notification>""#,
        #","origin":{"kind":"task-notification"}"#,
        at: 600
      )
      script.done("d", at: 603)
      return try script.story(["running", "is_error", "cancelled"]).filter {
        $0.hasPrefix("tool_result")
      }
    }
    let first = "tool_result running=true is_error=false"
    #expect(try story("failed") == [first, "tool_result is_error=true"])
    #expect(try story("completed") == [first, "tool_result is_error=false"])
    #expect(try story("killed") == [first, "tool_result is_error=true cancelled=true"])
    #expect(try story("running") == [first])
  }

  @Test("a helper's run begins with its own prompt, not with what it was given of its caller's")
  func compactionHelper() throws {
    var script = ClaudeScript()
    script.more += #","isSidechain":true,"agentId":"acompact-1""#
    script.user(#""old words""#, #","isMeta":true"#, at: -5000)
    script.user(#""Summarize this.""#, at: 60)
    script.done("a", at: 129)
    let store = try script.imported()
    let helper = "claude-code:s/agent-acompact-1"
    #expect(store.seconds(helper, "run.started").first == 60)
    #expect(store.seconds(helper, "turn.result") == [129])
  }
}
