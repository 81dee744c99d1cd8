import Events
import LogFormats
import TestSupport
import Testing

/// Small chats of Qwen Code, whose figures were worked out by hand.
@Suite("Qwen Code's chats")
struct QwenTests {
  private static let chat = "qwen:9e41"
  private static let helper = "qwen:9e41/explore-7f3c"
  private static let coder = "qwen3-coder-plus"

  @Test("What the client measured and what the message says is one request")
  func session() throws {
    let log = try TestFiles.fixture(.qwen, "chat.jsonl")
    let store = try FormatContract(format: .qwen).check(log)
    #expect(store.problems.isEmpty)
    var expected = Totals()
    // 1000 of which 400 cached; thoughts are a part of the output where the total says so.
    expected.add(Self.coder, [600, 50, 400, 0])
    // Here they are not: 1200 + 30 + 20.
    expected.add(Self.coder, [1200, 50, 0, 0])
    expected.add(Self.coder, [12, 4, 0, 0])
    // What only the client tells: a summary, and a sub-agent's request.
    expected.add("qwen-flash", [2000, 100, 0, 0])
    expected.add(Self.coder, [200, 20, 100, 0])
    #expect(store.totals == expected)
    #expect(store.events(of: Self.chat, "usage").count == 4)
    #expect(store.events(of: Self.helper, "usage").count == 1)
    #expect(
      store.knownStory(of: Self.chat) == [
        "run.started", "run.started", "run.started", "input", "turn.start", "usage",
        "run.started", "thought", "text",
        "tool_call name=list_directory", "tool_call name=read_file",
        "tool_call name=run_shell_command", "tool_result name=list_directory is_error=false",
        "tool_result name=read_file is_error=true",
        "tool_result name=run_shell_command denied=true is_error=true",
        "turn.result status=cancelled", "input", "turn.start", "error", "text", "usage",
        "turn.result status=success stop_reason=end_turn", "usage", "compaction", "run.started",
        "input",
        "turn.start", "thought", "tool_call name=glob", "usage", "input",
        "tool_result name=glob cancelled=true is_error=true",
        "turn.result status=cancelled stop_reason=cancelled", "turn.start", "text",
        "turn.result status=success",
      ]
    )
    let facts = store.story(of: Self.chat, showing: ["project", "title", "model"])
      .filter { $0.hasPrefix("run.started") }
    #expect(
      facts == [
        "run.started", "run.started project=/home/ada/shop",
        "run.started title=List the files, then tidy up.", "run.started model=\(Self.coder)",
        "run.started title=Two files",
      ]
    )
    let windows = store.story(of: Self.chat, showing: ["context_window", "reasoning_tokens"])
      .filter { $0.hasPrefix("usage") }
    // The client, which was first, does not know the window.
    #expect(windows.first == "usage reasoning_tokens=10")
  }

  @Test("A sub-agent's chat is a helper's run, whose requests the session's chat may tell too")
  func helpers() throws {
    let own = try TestFiles.fixture(.qwen, "agent.jsonl")
    let alone = try FormatContract(format: .qwen).check(own)
    var expected = Totals()
    expected.add("-", [600, 30, 100, 0])
    #expect(alone.totals == expected)
    #expect(
      alone.knownStory(of: Self.helper) == [
        "run.started", "run.started", "input", "turn.start", "thought", "text", "usage",
        "tool_call name=read_file", "tool_result name=read_file is_error=true", "input", "text",
        "usage", "turn.result status=success",
      ]
    )
    let starts = alone.story(of: Self.helper, showing: ["parent_run", "title"])
    #expect(starts[1] == "run.started parent_run=\(Self.chat) title=Explore")

    let chat = try TestFiles.fixture(.qwen, "chat.jsonl")
    for logs in [[chat, own], [own, chat]] {
      var store = TestImport()
      for log in logs { try store.read(log, .qwen) }
      let all = store.totals.models.values.reduce([0, 0, 0, 0]) { zip($0, $1).map(+) }
      #expect(all == [4412, 234, 500, 0], "400 and 10 more than the session's chat")
      let requests = store.story(of: Self.helper, showing: ["replaces", "model"]).filter {
        $0.hasPrefix("usage") && !$0.contains("replaces")
      }
      #expect(requests.count == 2)
      // Whichever is read first: the session's chat names the model, and corrects its own chat.
      let named = store.story(of: Self.helper, showing: ["model"]).contains {
        $0 == "usage model=\(Self.coder)"
      }
      #expect(named)
    }
  }

  @Test(
    "what a branch has from the session that it came from is stored once, in that session's run",
    arguments: [[0, 1], [1, 0], [1]]
  )
  func branches(_ order: [Int]) throws {
    let log = String(decoding: try TestFiles.fixture(.qwen, "chat.jsonl"), as: UTF8.self)
    let lines = log.split(separator: "\n").map(String.init)
    let fork = lines.enumerated().map { place, line in
      line.replacing(#""9e41","timestamp""#, with: #""9e42","timestamp""#)
        .replacing(#""parentUuid":null"#, with: #""parentUuid":"x\#(place)""#)
        .replacing(#""gitBranch""#, with: #""forkedFrom":{"sessionId":"9e41"},"gitBranch""#)
    }
    let own =
      #"{"uuid":"z1","parentUuid":"a5","sessionId":"9e42","timestamp":"2026-08-17T14:00:00.000Z","type":"assistant","message":{"role":"model","parts":[{"text":"New."}]},"model":"m","usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":2,"totalTokenCount":9}}"#
    var store = TestImport()
    for log in order { try store.read(lines: [lines, fork + [own]][log], .qwen) }
    var alone = TestImport()
    try alone.read(lines: lines, .qwen)
    var expected = alone.totals
    expected.add("m", [7, 2, 0, 0])
    #expect(store.totals == expected)
    let keys: [StaticString] = ["status", "name", "is_error", "output_tokens"]
    let work = { (story: [String]) in story.filter { !$0.hasPrefix("run.started") } }
    #expect(
      work(store.knownStory(of: Self.chat, keys)) == work(alone.knownStory(of: Self.chat, keys))
    )
    #expect(work(store.knownStory(of: "qwen:9e42", keys)) == ["text", "usage output_tokens=2"])
    let starts = store.story(of: "qwen:9e42", showing: ["forked_from"])
    #expect(starts.contains("run.started forked_from=qwen:9e41"))
  }

  @Test("A message that grows from record to record is billed once, for all of it")
  func growing() throws {
    func record(_ text: String, _ output: Int) -> String {
      #"{"uuid":"a","sessionId":"s","timestamp":"2026-08-17T14:00:00.000Z","type":"assistant","message":{"role":"model","parts":[{"text":"\#(text)"}]},"model":"m","usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":\#(output)}}"#
    }
    var store = TestImport()
    try store.read(
      lines: [record("A", 2), record("B", 5), record("B", 5), record("C", 5)],
      .qwen,
      rests: .afterEachLine
    )
    var expected = Totals()
    expected.add("m", [10, 5, 0, 0])
    #expect(store.totals == expected)
    #expect(store.events(of: "qwen:s", "text").count == 3)
  }

  @Test("A failed turn has one error, whether its request told of it or not")
  func failures() throws {
    func line(_ id: String, _ rest: String) -> String {
      #"{"uuid":"\#(id)","sessionId":"s","timestamp":"2026-08-17T14:00:00.000Z",\#(rest)}"#
    }
    let prompt = #""type":"user","message":{"role":"user","parts":[{"text":"x"}]}"#
    let error =
      #""type":"system","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.api_error","error_type":"down","error_message":"no"}}"#
    let result =
      #""type":"system","subtype":"turn_result","systemPayload":{"promptId":"p","state":"error","endedAt":1,"error":{"message":"no","code":"E"}}"#
    var store = TestImport()
    try store.read(
      lines: [
        line("1", prompt), line("2", error), line("3", result), line("4", prompt),
        line("5", result),
      ],
      .qwen
    )
    #expect(
      store.knownStory(of: "qwen:s", ["type", "status"]) == [
        "run.started", "run.started", "input", "turn.start", "error type=down",
        "turn.result status=error",
        "input", "turn.start", "error type=E", "turn.result status=error",
      ]
    )
  }
}
