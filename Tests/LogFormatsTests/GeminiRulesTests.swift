import Events
import FoundationEssentials
import LogFormats
import Testing

@Suite("Chats of Gemini CLI")
struct GeminiRulesTests {
  private let head =
    #"{"sessionId":"s1","projectHash":"h","startTime":"2026-03-01T10:00:00Z","kind":"main"}"#

  private func message(_ id: String, _ second: Int, _ type: String, _ rest: String) -> String {
    #"{"id":"\#(id)","timestamp":"2026-03-01T10:00:\#(second < 10 ? "0" : "")\#(second)Z","type":"\#(type)",\#(rest)}"#
  }

  private func tokens(_ input: Int, _ output: Int, cached: Int = 0, tool: Int = 0) -> String {
    #""model":"g","tokens":{"input":\#(input),"output":\#(output),"cached":\#(cached),"thoughts":0,"tool":\#(tool),"total":0}"#
  }

  private func usage(_ store: TestImport) -> [String] {
    store.story(of: "gemini:s1", showing: ["replaces", "input_tokens", "cache_read_tokens"])
      .filter { $0.hasPrefix("usage") }
  }

  @Test(
    "a message that comes again with other counts corrects its request, whichever way they went"
  )
  func corrections() throws {
    let words = #""content":"Hm","#
    var store = TestImport()
    try store.read(
      lines: [
        head, message("u", 1, "user", #""content":"One""#),
        message("g", 2, "gemini", words + tokens(100, 5)),
        #"{"$set":{"messages":[\#(message("g", 2, "gemini", words + tokens(100, 5, cached: 40)))]}}"#,
        message("g", 2, "gemini", words + tokens(90, 5, cached: 40)),
        // As it was before: nothing new but the order.
        message("g", 2, "gemini", words + tokens(90, 5, cached: 40)),
      ],
      .gemini
    )
    #expect(
      usage(store) == [
        "usage input_tokens=100 cache_read_tokens=0",
        "usage replaces=usage/g input_tokens=60 cache_read_tokens=40",
        "usage replaces=usage/g/1 input_tokens=50 cache_read_tokens=40",
      ]
    )
    #expect(store.totals.models["g"] == [50, 5, 40, 0])
    #expect(store.events(of: "gemini:s1", "text").count == 1)
  }

  @Test(
    "a round of tools without tokens is not a request, and what tools were prompted with is input"
  )
  func toolRounds() throws {
    var store = TestImport()
    try store.read(
      lines: [
        head, message("u", 1, "user", #""content":"One""#),
        message("g", 2, "gemini", #""content":"","# + tokens(0, 0)),
        message("h", 3, "gemini", #""content":"Yes","# + tokens(10, 2, tool: 7)),
      ],
      .gemini
    )
    #expect(usage(store) == ["usage input_tokens=17 cache_read_tokens=0"])
  }

  @Test("the program's own words at the beginning are not a prompt, but name the project")
  func sessionContext() throws {
    let context =
      #""content":[{"text":"<session_context>\nThis is the Gemini CLI.\n- **Workspace Directories:**\n  - /home/ada/shop\n- **Directory Structure:**\n</session_context>"}]"#
    var store = TestImport()
    try store.read(
      lines: [
        head, #"{"$set":{"messages":[\#(message("c", 0, "user", context))]}}"#,
        message("u", 1, "user", #""content":"One""#),
      ],
      .gemini
    )
    #expect(store.events(of: "gemini:s1", "input").count == 1)
    let facts = store.story(of: "gemini:s1", showing: ["project", "title"])
    #expect(facts.contains("run.started project=/home/ada/shop"))
    #expect(facts.contains("run.started title=One"))
    var empty = TestImport()
    try empty.read(
      lines: [head, #"{"$set":{"messages":[\#(message("c", 0, "user", context))]}}"#],
      .gemini
    )
    #expect(empty.entries.isEmpty, "nobody has asked for anything")
  }

  @Test("a command that a person ran in a shell and a summary of the history are not prompts")
  func otherUserMessages() throws {
    let shell = #""content":"I ran the following shell command:\n```sh\nls\n```""#
    let made = message("m", 4, "gemini", #""content":"Got it.""#)
    let summary = message("s", 3, "user", #""content":"<state_snapshot>x</state_snapshot>""#)
    var store = TestImport()
    try store.read(
      lines: [
        head, message("u", 1, "user", #""content":"One""#), message("x", 2, "user", shell),
        #"{"$set":{"messages":[\#(summary),\#(made)]}}"#,
      ],
      .gemini
    )
    #expect(
      store.story(of: "gemini:s1").filter { $0 != "run.started" } == [
        "input", "turn.start", "gemini.user", "compaction", "gemini.gemini",
      ]
    )
  }

  @Test("a log that has several sessions behind one another has a run for each")
  func severalSessions() throws {
    var store = TestImport()
    try store.read(
      lines: [
        head, message("u", 1, "user", #""content":"One""#),
        head.replacing("s1", with: "s2"), message("v", 5, "user", #""content":"Two""#),
      ],
      .gemini
    )
    #expect(store.runs.map(\.rawValue) == ["gemini:s1", "gemini:s2"])
    #expect(store.events(of: "gemini:s2", "input").count == 1)
  }

  @Test("a person who stops a call instead of the model has cancelled the turn")
  func stoppedCalls() throws {
    let call =
      #""content":"","toolCalls":[{"id":"c","name":"run_shell_command","args":{},"status":"cancelled","timestamp":"2026-03-01T10:00:30Z"}]"#
    var store = TestImport()
    try store.read(
      lines: [
        head, message("u", 1, "user", #""content":"One""#), message("g", 2, "gemini", call),
        message("v", 40, "user", #""content":"Two""#),
      ],
      .gemini
    )
    let ends = store.story(of: "gemini:s1", showing: ["status"])
    #expect(ends.contains("turn.result status=cancelled"))
  }

  @Test("a question to a person is waited for")
  func questions() throws {
    let call =
      #""content":"","toolCalls":[{"id":"c","name":"ask_user","args":{},"status":"success","timestamp":"2026-03-01T10:00:30Z"}]"#
    var store = TestImport()
    try store.read(
      lines: [
        head, message("u", 1, "user", #""content":"One""#), message("g", 2, "gemini", call),
      ],
      .gemini
    )
    let waits = store.entries.filter { $0.event.kind.rawValue.hasPrefix("permission") }
    #expect(
      store.knownStory(of: "gemini:s1").suffix(4) == [
        "tool_call name=ask_user", "permission.request name=ask_user", "permission.decision",
        "tool_result is_error=false",
      ]
    )
    let seconds = waits.compactMap { $0.event.ts?.microseconds }.map { $0 / 1_000_000 % 60 }
    #expect(seconds == [2, 30])
  }

  @Test("a file beside the chats names the project, and helpers work where their session does")
  func projects() throws {
    let files = FileManager.default
    let root = files.temporaryDirectory.path + "/gemini-\(UInt64.random(in: 0 ... .max))"
    defer { try? files.removeItem(atPath: root) }
    let chats = root + "/tmp/shop/chats"
    try files.createDirectory(atPath: chats, withIntermediateDirectories: true)
    #expect(LogSource(path: chats + "/a.jsonl").project == nil)
    let names = #"{"projects":{"/home/ada/garden":"garden","/home/ada/shop":"shop"}}"#
    try Data(names.utf8).write(to: URL(filePath: root + "/projects.json"))
    #expect(LogSource(path: chats + "/a.jsonl").project == "/home/ada/shop")
    try Data("/srv/ada/shop\n".utf8).write(to: URL(filePath: root + "/tmp/shop/.project_root"))
    #expect(LogSource(path: chats + "/s1/b.jsonl").project == "/srv/ada/shop")
    var store = TestImport()
    let lines = [head, message("u", 1, "user", #""content":"One""#)]
    try store.read(lines: lines, .gemini, source: LogSource(path: chats + "/a.jsonl"))
    let facts = store.story(of: "gemini:s1", showing: ["project"])
    #expect(facts.contains("run.started project=/srv/ada/shop"))
    // A chat of a helper that lies elsewhere by itself.
    let helper = head.replacing("s1", with: "h1").replacing("main", with: "subagent")
    let place = LogSource(name: "h1", folders: ["x", "chats", "s1"])
    try store.read(lines: [helper, lines[1]], .gemini, source: place)
    let helped = store.story(of: "gemini:h1", showing: ["project", "parent_run"])
    #expect(helped.contains("run.started project=/srv/ada/shop parent_run=gemini:s1"))
  }

  @Test("the list of prompts that Gemini CLI keeps beside its chats is not a log")
  func leftovers() {
    let list = """
      [
        {"sessionId":"s","messageId":0,"type":"user","message":"Hi","timestamp":"2026-03-01T10:00:00Z"}
      ]
      """
    #expect(Array(list.utf8).withUnsafeBytes { LogFormat.detect($0)?.name } == nil)
  }

  @Test("a stream that another process goes on with ends once, behind the last frame")
  func streamOfTwoProcesses() throws {
    func frames(_ minute: Int) -> [String] {
      [
        #"{"type":"init","timestamp":"2026-03-01T10:0\#(minute):00Z","session_id":"s1","model":"g\#(minute)"}"#,
        #"{"type":"message","role":"user","content":"hello","timestamp":"2026-03-01T10:0\#(minute):01Z"}"#,
        #"{"type":"result","status":"success","stats":{"total_tokens":16,"input_tokens":12,"output_tokens":3,"cached":2},"timestamp":"2026-03-01T10:0\#(minute):09Z"}"#,
      ]
    }
    var store = TestImport()
    try store.read(lines: frames(1) + frames(5), .geminiStream)
    let story = store.knownStory(of: "gemini-stream:s1", ["status", "model", "cause"])
    #expect(
      story == [
        "run.started", "run.started model=g1", "run.started", "input", "turn.start",
        "turn.result status=success", "run.started model=g5", "input", "turn.start",
        "turn.result status=success", "run.ended cause=stop",
      ]
    )
    // What is in no class of the frame but its total are thoughts, which are output.
    #expect(store.totals.models == ["g1": [10, 4, 2, 0], "g5": [10, 4, 2, 0]])
    var apart = TestImport()
    try apart.read(lines: frames(1), .geminiStream)
    try apart.read(lines: frames(5), .geminiStream)
    #expect(apart.totals == store.totals)
    let starts = apart.story(of: "gemini-stream:s1", showing: ["model"])
    #expect(starts.contains("run.started model=g5"))
  }
}
