import Events
import LogFormats
import Testing

@Suite("Who said what in logs of Claude Code")
struct ClaudePromptTests {
  private let run = "claude-code:s"

  @Test("words behind an editor's hint or a reminder are a prompt, and name the run")
  func hints() throws {
    for hint in [
      "<ide_selection>lines 1 to 2\\nfoo\\n</ide_selection>\\n",
      "<system-reminder>\\nx\\n</system-reminder>\\n\\n",
      "<ide_opened_file>a</ide_opened_file><system-reminder>y</system-reminder>",
    ] {
      var script = ClaudeScript()
      script.ask(hint + "explain this")
      let store = try script.imported()
      #expect(store.events(of: run, "input").count == 1)
      #expect(store.story(of: run, showing: ["title"]).contains("run.started title=explain this"))
    }
    var script = ClaudeScript()
    script.ask("<system-reminder>only this</system-reminder>")
    #expect(try script.imported().entries.isEmpty)
  }

  @Test("what was typed while the agent worked reaches it when it is taken out of the queue")
  func queue() throws {
    func operation(_ name: String, _ content: String?, _ second: Double) -> String {
      let text = content.map { #","content":"\#($0)""# } ?? ""
      return
        #"{"type":"queue-operation","operation":"\#(name)","sessionId":"s","timestamp":"\#(ClaudeScript.time(second))"\#(text)}"#
    }
    var script = ClaudeScript()
    script.ask()
    script.call("c", of: "a")
    script.raw(operation("enqueue", "also test it", 2))
    script.raw(operation("enqueue", "/ide", 3))
    script.raw(operation("remove", nil, 4))
    script.raw(operation("popAll", "/ide", 5))
    script.raw(operation("enqueue", "<task-notification>x</task-notification>", 6))
    script.raw(operation("remove", nil, 7))
    script.result("c", at: 8)
    script.done("b")
    let store = try script.imported()
    #expect(
      store.story(of: run, showing: ["text"]).filter { $0.hasPrefix("input") } == [
        "input text=go", "input text=also test it",
      ]
    )
    #expect(store.seconds(run, "input") == [0, 4])
    #expect(store.events(of: run, "turn.start").count == 1)
    // Newer versions say by an attachment too what they give.
    script = ClaudeScript()
    script.ask()
    script.call("c", of: "a")
    script.raw(operation("enqueue", "also test it", 2))
    script.add(
      "attachment",
      #""attachment":{"type":"queued_command","prompt":"also test it","commandMode":"prompt"}"#
    )
    script.raw(operation("remove", nil, 4))
    #expect(try script.imported().events(of: run, "input").count == 2)
  }

  @Test(
    "why a call was not run is told by fields first",
    arguments: [
      (#","toolDenialKind":"user-rejected""#, "denied"),
      (#","toolDenialKind":"interrupted""#, "cancelled"),
      (#","toolDenialKind":"permission-rule""#, "failed"),
      (#","toolDenialKind":"automode-blocked""#, "failed"),
      (
        #","tool_result_meta":[{"id":"x","non_execution_kind":"cancelled"},{"id":"c","non_execution_kind":"user-rejected"}]"#,
        "denied"
      ),
      (#","tool_result_meta":{"non_execution_kind":"cancelled"}"#, "cancelled"),
    ]
  )
  func fields(_ field: String, _ expected: String) throws {
    // The words alone would say that a person refused.
    for words in ["Error", "The user doesn't want to proceed with this tool use."] {
      var script = ClaudeScript()
      script.ask()
      script.call("c", of: "a")
      script.result("c", words, field, isError: true)
      let result = try script.story(["denied", "cancelled"]).last
      let mark = expected == "failed" ? "" : " \(expected)=true"
      #expect(result == "tool_result" + mark)
    }
  }

  @Test(
    "without such fields the program's own words tell",
    arguments: [
      (
        "The agent proposed a plan that was rejected by the user. The user chose to stay",
        " denied=true"
      ),
      (
        "Permission for this tool use was denied. The tool use was rejected (eg. x). The user said:\\nno",
        " denied=true"
      ),
      ("Permission for this tool use was denied. It requires approval, and nobody is there", ""),
      (
        "Error: <tool_use_error>Streaming fallback - tool execution discarded</tool_use_error>",
        " cancelled=true"
      ),
      ("Claude requested permissions to write to /x, but you haven't granted it yet.", ""),
      ("User declined to answer questions", " denied=true"),
    ]
  )
  func words(_ words: String, _ mark: String) throws {
    var script = ClaudeScript()
    script.ask()
    script.call("c", of: "a")
    script.result("c", words, isError: true)
    #expect(try script.story(["denied", "cancelled"]).last == "tool_result" + mark)
  }

  @Test(
    "a limit's end is read where the message says it in full",
    arguments: [
      ("You've hit your session limit · resets 3pm (Europe/Berlin)", "2026-05-28T13:00:00.000Z"),
      ("You've hit your session limit · resets 7:30am (Asia/Tokyo)", "2026-05-28T22:30:00.000Z"),
      ("Weekly limit reached ∙ resets Jun 1, 9am (UTC)", "2026-06-01T09:00:00.000Z"),
      ("Claude AI usage limit reached|1780000000", "2026-05-28T20:26:40.000Z"),
      ("5-hour limit reached ∙ resets 3pm", nil),
      ("5-hour limit reached ∙ resets 3pm (Nowhere/Land)", nil),
    ] as [(String, String?)]
  )
  func limits(_ words: String, _ end: String?) throws {
    var script = ClaudeScript()
    // The script begins at 20:26:40 UTC.
    script.ask(at: -36_000)
    script.assistant(
      "e",
      #"{"type":"text","text":"\#(words)"}"#,
      #","isApiErrorMessage":true,"error":"rate_limit""#,
      at: -35_999
    )
    let limits = try script.story(["resets_at"]).filter { $0.hasPrefix("rate_limit") }
    #expect(limits == ["rate_limit" + (end.map { " resets_at=\($0)" } ?? "")])
  }
}
