import Events
import LogFormats
import TestSupport
import Testing

@Suite("Logs of other agents as they grow")
struct FormatsGrowthTests {
  @Test("A chat that is written anew with each message adds what is new of it")
  func rewritten() throws {
    let head = #"{"sessionId":"s","projectHash":"h","messages":["#
    let messages = [
      #"{"id":"u1","timestamp":"2026-03-01T10:00:01Z","type":"user","content":"One"}"#,
      #"{"id":"g1","timestamp":"2026-03-01T10:00:02Z","type":"gemini","content":"Hm","model":"m"}"#,
    ]
    let more = [
      #"{"id":"g1","timestamp":"2026-03-01T10:00:02Z","type":"gemini","content":"Hm","model":"m","tokens":{"input":10,"output":2,"cached":4}}"#,
      #"{"id":"g1","timestamp":"2026-03-01T10:00:02Z","type":"gemini","content":"Hm","model":"m","tokens":{"input":10,"output":2,"cached":4},"toolCalls":[{"id":"c","name":"ls","args":{},"status":"executing"}]}"#,
      #"{"id":"g1","timestamp":"2026-03-01T10:00:02Z","type":"gemini","content":"Hm","model":"m","tokens":{"input":10,"output":2,"cached":4},"toolCalls":[{"id":"c","name":"ls","args":{},"status":"success","timestamp":"2026-03-01T10:00:05Z"}]}"#,
      #"{"id":"g2","timestamp":"2026-03-01T10:00:06Z","type":"gemini","content":"Yes","model":"m","tokens":{"input":20,"output":3,"cached":0}}"#,
    ]
    let steps = [
      [messages[0]], messages, [messages[0], more[0]], [messages[0], more[1]],
      [messages[0], more[2]], [messages[0], more[2], more[3]],
    ]
    var store = TestImport()
    var importer: (any LogImporter)?
    for (i, step) in steps.enumerated() {
      importer?.startOver()
      let log = Array((head + step.joined(separator: ",\n") + "]}").utf8)
      importer = try store.read(log, .gemini, continuing: importer, seals: i == steps.count - 1)
    }
    #expect(
      store.knownStory(of: "gemini:s", ["status", "name", "output_tokens"]) == [
        "run.started", "run.started", "input", "turn.start", "run.started", "text",
        "usage output_tokens=2",
        "tool_call name=ls", "tool_result", "text", "usage output_tokens=3",
        "turn.result status=success",
      ]
    )
    #expect(store.duplicates == 0)
  }

  @Test(
    "A session whose log and whose stream are both read is billed once",
    arguments: [true, false]
  )
  func twice(_ streamFirst: Bool) throws {
    let stream = try TestFiles.fixture(.claudeStream, "two-turns.jsonl")
    let message =
      #"{"id":"m1","model":"claude-big","role":"assistant","content":[{"type":"text","text":"x"}],"#
      + #""stop_reason":"end_turn","usage":{"input_tokens":5,"cache_creation_input_tokens":100,"#
      + #""cache_read_input_tokens":1000,"output_tokens":30}}"#
    let line =
      #"{"type":"assistant","uuid":"l1","sessionId":"5e55","timestamp":"2026-03-01T10:00:00Z","#
      + "\"message\":" + message + "}"
    var store = TestImport()
    if streamFirst { try store.read(stream, .claudeStream) }
    try store.read(lines: [line])
    if !streamFirst { try store.read(stream, .claudeStream) }
    let requests = store.story(of: "claude-code:5e55").filter { $0.hasPrefix("usage") }
    #expect(requests == (streamFirst ? [] : ["usage"]))
    var expected = Totals()
    if streamFirst {
      expected.add("claude-big", [20, 85, 3300, 120])
      expected.add("claude-small", [7, 30, 50, 0])
    } else {
      // The first turn's totals have the copied message in them: its frames count, not they.
      expected.add("claude-big", [5 + 6 + 9, 30 + 1 + 25, 1000 + 1100 + 1200, 100 + 20])
      expected.add("claude-small", [7, 2, 50, 0])
    }
    #expect(store.totals == expected)
  }

  @Test("A stream that goes on after a result has not ended")
  func goesOn() throws {
    let stream = try TestFiles.fixture(.claudeStream, "two-turns.jsonl")
    let lines = stream.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    var store = TestImport()
    try store.read(lines: Array(lines.prefix(8)), .claudeStream)
    #expect(store.events(of: "claude-stream:5e55", "run.ended").count == 1)
    var whole = TestImport()
    try whole.read(lines: lines, .claudeStream)
    #expect(whole.events(of: "claude-stream:5e55", "run.ended").count == 1)
  }

  @Test("A sub-agent of a sub-agent is the child of that one")
  func nested() throws {
    func call(_ id: String, _ call: String, _ parent: String) -> String {
      #"{"type":"assistant","session_id":"s","uuid":"\#(id)","parent_tool_use_id":\#(parent),"#
        + #""message":{"id":"\#(id)","role":"assistant","model":"m","content":[{"type":"tool_use","#
        + #""id":"\#(call)","name":"Task","input":{}}],"usage":{"input_tokens":1,"output_tokens":1}}}"#
    }
    var store = TestImport()
    let lines = [call("a", "t1", "null"), call("b", "t2", #""t1""#), call("c", "t3", #""t2""#)]
    try store.read(lines: lines, .claudeStream)
    let parents = store.runs.map { run in
      store.story(of: run.rawValue, showing: ["parent_run"]).first ?? ""
    }
    #expect(
      parents == [
        "run.started", "run.started parent_run=claude-stream:s",
        "run.started parent_run=claude-stream:s/agent-t1",
      ]
    )
  }

  @Test("A single event of OpenHands is refused: its counters begin before it")
  func singleEvent() throws {
    let log = try TestFiles.fixture(.openHands, "events.jsonl")
    var store = TestImport()
    try store.read(log, .openHands, source: LogSource(name: "12"))
    #expect(store.entries.isEmpty && store.problems.count == 7)
  }

  @Test("A damaged log is read as far as it can be, whatever the format")
  func damaged() throws {
    let logs: [(LogFormat, String)] = [
      (.claudeStream, "two-turns.jsonl"), (.gemini, "chat.jsonl"), (.geminiStream, "call.jsonl"),
      (.agentEvents, "rows.jsonl"), (.pi, "session.jsonl"), (.openHands, "events.jsonl"),
      (.kimi, "wire.jsonl"), (.acp, "two-prompts.jsonl"),
      (.qwen, "chat.jsonl"), (.codexAppServer, "messages.jsonl"),
    ]
    for (format, name) in logs {
      let log = try TestFiles.fixture(format, name)
      let lines = log.split(separator: 0x0A).map { Array($0) }
      for i in lines.indices {
        var torn = lines
        torn[i] = Array(torn[i].prefix(torn[i].count / 2))
        var store = TestImport()
        try store.read(Array(torn.joined(separator: [0x0A])), format, seals: true)
        // A torn last line waits for its end.
        #expect(store.problems.contains { $0.line == i + 1 } == (i < lines.count - 1))
        #expect(!store.entries.isEmpty)
      }
      // Values of every kind in the place of what is expected.
      for junk in ["{}", "[]", "[1]", "5", "null", #"{"type":5}"#, #"{"type":"x"}"#] {
        var store = TestImport()
        try store.read(Array((junk + "\n").utf8) + log, format, seals: true)
        #expect(store.entries.count > lines.count / 2, "\(format.name) after \(junk)")
      }
    }
  }
}
