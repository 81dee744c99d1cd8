import Events
import LogFormats
import TestSupport
import Testing

@Suite("Importing Codex")
struct CodexTests {
  static func imported(
    _ name: String,
    _ format: LogFormat = .codex,
    rests: TestImport.Rests = .atEnd,
    seals: Bool = false
  ) throws -> TestImport {
    var store = TestImport()
    let source = LogSource(name: String(name.prefix { $0 != "." }))
    let bytes = try CodexFixture.bytes(name)
    try store.read(bytes, format, source: source, rests: rests, seals: seals)
    return store
  }

  static let keys: [StaticString] = [
    "turn_id", "status", "type", "title", "model", "name", "id", "tool_use_id", "toolCallId",
    "is_error", "denied", "cancelled", "input_tokens", "output_tokens", "cache_read_tokens",
    "cache_write_tokens", "reasoning_tokens", "copied", "resets_at", "cause",
  ]

  @Test("A rollout of these days becomes the story of its turns")
  func new() throws {
    let store = try Self.imported("new.jsonl")
    #expect(store.problems.isEmpty)
    let story = store.story(
      of: "codex:019ca000-0000-7000-8000-00000000000a",
      showing: Self.keys
    ).filter { !$0.hasPrefix("codex.") }
    #expect(
      story == [
        "run.started",
        "turn.start turn_id=019ca000-1000-7000-8000-000000000001",
        "run.started model=gpt-5.6-sol",
        "run.started title=Compute Bernoulli numbers",
        "input",
        "thought",
        "text",
        "tool_call name=exec_command id=call_1",
        "tool_result tool_use_id=call_1 is_error=true",
        // 1000 of input, of which 600 came from the cache and 100 went there.
        "usage model=gpt-5.6-sol input_tokens=300 output_tokens=100 cache_read_tokens=600 "
          + "cache_write_tokens=100 reasoning_tokens=40",
        "tool_call name=exec_command id=call_2",
        "tool_result tool_use_id=call_2 is_error=false",
        "tool_call name=write_stdin id=call_3",
        // What the look at the process is told is how the first call ended.
        "tool_result tool_use_id=call_2 is_error=false",
        "tool_result tool_use_id=call_3 is_error=false",
        "tool_call name=apply_patch id=call_4",
        "tool_result tool_use_id=call_4 is_error=false",
        // From 1000 to 2500 of input, 600 to 1600 of it cached; from 100 to 160 of output.
        "usage model=gpt-5.6-sol input_tokens=500 output_tokens=60 cache_read_tokens=1000 "
          + "cache_write_tokens=0 reasoning_tokens=10",
        "tool_call name=web_search id=ws_1",
        "tool_result tool_use_id=ws_1 is_error=false",
        "compaction",
        "text",
        "usage model=gpt-5.6-sol input_tokens=300 output_tokens=40 cache_read_tokens=200 "
          + "cache_write_tokens=0",
        "turn.result turn_id=019ca000-1000-7000-8000-000000000001 status=success",
        "run.started title=Bernoulli numbers",
        "turn.start turn_id=019ca000-2000-7000-8000-000000000002",
        "run.started model=gpt-5.6-terra",
        "input",
        "tool_call name=shell id=call_5",
        "tool_result tool_use_id=call_5 is_error=true denied=true",
        "tool_call name=mcp__docs__search id=call_6",
        "tool_result tool_use_id=call_6 is_error=true",
        "tool_call name=exec_command id=call_7",
        "input",
        "tool_result tool_use_id=call_7 is_error=false cancelled=true",
        "turn.result turn_id=019ca000-2000-7000-8000-000000000002 status=cancelled",
        "turn.start turn_id=019ca000-3000-7000-8000-000000000003",
        "input",
        "retry type=response_stream_disconnected",
        "error type=usage_limit_exceeded",
        "rate_limit resets_at=2026-03-02T14:00:00.000Z",
        "turn.result turn_id=019ca000-3000-7000-8000-000000000003 status=error",
        "turn.start turn_id=019ca000-4000-7000-8000-000000000004",
        "input",
        // The grand total was moved alone, which is not a request, and counted on from zero.
        "usage model=gpt-5.6-terra input_tokens=50 output_tokens=7 cache_read_tokens=20 "
          + "cache_write_tokens=0",
        "error status=502 type=response_too_many_failed_attempts",
        "turn.result turn_id=019ca000-4000-7000-8000-000000000004 status=error",
      ]
    )
  }

  @Test("What the log says of time, place and failure is kept")
  func details() throws {
    let run = "codex:019ca000-0000-7000-8000-00000000000a"
    let store = try Self.imported("new.jsonl")
    let started = store.story(of: run, showing: ["agent", "project", "version", "branch"])
    #expect(
      started[0]
        == "run.started agent=codex project=/home/ada/engine version=0.145.0 branch=main"
    )
    let results = store.story(of: run, showing: ["duration_ms", "ttft_ms", "reason", "exit_code"])
    #expect(results.contains("turn.result duration_ms=30000 ttft_ms=5000"))
    #expect(results.contains("turn.result duration_ms=9000 reason=interrupted"))
    #expect(results.contains("tool_result duration_ms=1500 exit_code=2"))
    // The call that left a process behind came back when it came back, and ended later.
    let running = store.entries.first { $0.event.id == "result/call_2" }?.event
    #expect(running?.ts == Timestamp("2026-03-02T10:00:15Z"))
    let end = store.entries.first { $0.event.id == "result/call_2/exit" }?.event
    #expect(end?.ts == Timestamp("2026-03-02T10:00:17Z"))
    let states = store.story(of: run, showing: ["running"]).filter { $0.contains("running=true") }
    #expect(states.count == 1)
    #expect(store.entries.allSatisfy { $0.event.session == "019ca000-0000-7000-8000-00000000000a" })
    #expect(store.events(of: run, "input").allSatisfy { $0.producer == .user })
  }

  @Test("A log without marks of turns has those that its prompts and answers make")
  func events() throws {
    let story = try Self.imported("events.jsonl").story(
      of: "codex:01997e76-0000-7592-9cac-00000000000b",
      showing: ["status", "model", "name", "is_error", "input_tokens", "output_tokens"]
    ).filter { !$0.hasPrefix("codex.") }
    #expect(
      story == [
        "run.started", "run.started", "input", "turn.start", "run.started model=gpt-5-codex",
        "thought",
        "usage model=gpt-5-codex input_tokens=200 output_tokens=20", "tool_call name=shell",
        "tool_result is_error=true", "text",
        "usage model=gpt-5-codex input_tokens=100 output_tokens=30",
        "thought",
        "turn.result status=success", "input", "turn.start", "thought",
        // A smaller total that is more than its last request is stale, and not a request.
        "turn.result status=cancelled", "input", "turn.start", "tool_call name=shell",
        "turn.result status=abandoned", "input", "turn.start", "text",
        // It goes on from the total before, stale or not. The turn is done, but only what is said
        // to the agent next, or the seal, shows that nothing more comes.
        "usage model=gpt-5-codex input_tokens=20 output_tokens=4",
      ]
    )
    let sealed = try Self.imported("events.jsonl", seals: true)
    #expect(
      sealed.story(of: "codex:01997e76-0000-7592-9cac-00000000000b", showing: ["status"]).last
        == "turn.result status=success"
    )
  }

  @Test("A very old log, of bare items, has its turns and calls")
  func bare() throws {
    let store = try Self.imported("bare.jsonl")
    let story = store.story(
      of: "codex:0a000000-0000-4000-8000-00000000000c",
      showing: ["status", "name", "is_error", "text"]
    )
    #expect(
      story == [
        "run.started", "codex.session_meta", "run.started", "input text=Say hi", "turn.start",
        "thought text=**Greeting**", "tool_call name=shell", "tool_result is_error=false",
        "tool_call name=local_shell", "tool_result is_error=true", "text text=hi",
        "turn.result status=success", "input text=Say hi", "turn.start", "text text=hi",
      ]
    )
    // Lines without times are told apart by what they follow.
    #expect(Set(store.entries.compactMap(\.event.id)).count == story.count)
  }

  @Test("a paginated log has its requests in records, and its exit codes in items and outputs")
  func paginated() throws {
    let run = "codex:01a0f000-0000-7000-8000-0000000000f1"
    let store = try Self.imported("paginated.jsonl", rests: .afterEachLine)
    // 800 + 600 + 200 + 10000 of the compaction + 2000 + 100 of input that no cache served.
    let sums = store.totals.models["gpt-6-astra"]
    #expect(sums == [13_700, 1025, 44_500, 0])
    let usage = store.story(of: run, showing: ["tier"]).filter { $0.hasPrefix("usage") }
    #expect(usage == Array(repeating: "usage tier=flex", count: 6))
    #expect(store.events(of: run, "compaction").count == 1)
    #expect(store.events(of: run, "input").count == 1)
    let results = store.story(of: run, showing: ["tool_use_id", "is_error", "running"])
      .filter { $0.hasPrefix("tool_result") }
    #expect(
      results == [
        "tool_result tool_use_id=c1 is_error=true",
        "tool_result tool_use_id=c2 is_error=false running=true",
        "tool_result tool_use_id=c2 is_error=true", "tool_result tool_use_id=c3 is_error=false",
      ]
    )
    let facts = store.story(of: run, showing: ["repository", "branch", "commit"])[0]
    #expect(
      facts
        == "run.started repository=https://example.org/ada/engine.git branch=gears commit=0f1e2d"
    )
  }

  @Test("What codex exec prints becomes a run that ends")
  func exec() throws {
    let store = try Self.imported("exec.jsonl", .codexExec)
    let story = store.story(
      of: "codex-exec:019ca000-0000-7000-8000-00000000000e",
      showing: [
        "status", "name", "is_error", "denied", "input_tokens", "output_tokens",
        "cache_read_tokens", "reasoning_tokens", "message", "cause",
      ]
    )
    #expect(
      story == [
        "run.started", "codex-exec.thread.started", "turn.start", "thought",
        "tool_call name=command_execution", "tool_result is_error=true",
        "tool_call name=command_execution", "tool_result is_error=true denied=true",
        "tool_call name=file_change", "tool_result is_error=false",
        "tool_call name=mcp__docs__find", "tool_result is_error=true",
        "codex-exec.todo_list", "text",
        "usage input_tokens=600 output_tokens=50 cache_read_tokens=400 reasoning_tokens=20",
        "turn.result status=success", "turn.start", "retry message=Reconnecting... 1/5",
        "error message=unexpected status 500", "turn.result status=error", "run.ended cause=fail",
      ]
    )
    #expect(store.entries.allSatisfy { $0.event.ts == nil })
  }

  @Test("A turn of codex exec has used what the thread's usage grew by")
  func execTotals() throws {
    func turn(_ input: Int) -> [String] {
      [
        #"{"type":"turn.started"}"#,
        #"{"type":"turn.completed","usage":{"input_tokens":\#(input),"output_tokens":1}}"#,
      ]
    }
    var store = TestImport()
    let head = [#"{"type":"thread.started","thread_id":"t"}"#]
    try store.read(lines: head + turn(100) + turn(150) + turn(20), .codexExec)
    let counts = store.story(of: "codex-exec:t", showing: ["input_tokens"])
      .filter { $0.hasPrefix("usage") }
    #expect(
      counts == ["usage input_tokens=100", "usage input_tokens=50", "usage input_tokens=20"]
    )
  }

  @Test("The log of another process of the same thread adds its turn to the run")
  func execResumed() throws {
    func log(_ words: String) -> [String] {
      [
        #"{"type":"thread.started","thread_id":"t"}"#, #"{"type":"turn.started"}"#,
        #"{"type":"item.started","item":{"id":"item_0","type":"command_execution","command":"\#(words)","#
          + #""status":"in_progress"}}"#,
        #"{"type":"item.completed","item":{"id":"item_0","type":"command_execution","#
          + #""command":"\#(words)","exit_code":0,"status":"completed"}}"#,
        #"{"type":"turn.completed"}"#,
      ]
    }
    var store = TestImport()
    try store.read(lines: log("one"), .codexExec)
    try store.read(lines: log("two"), .codexExec)
    try store.read(lines: log("one"), .codexExec)
    let turn = ["turn.start", "tool_call", "tool_result", "turn.result", "run.ended"]
    #expect(
      store.story(of: "codex-exec:t") == ["run.started", "codex-exec.thread.started"] + turn + turn
    )
    #expect(
      Set(store.story(of: "codex-exec:t", showing: ["id"])).filter { $0.hasPrefix("tool_call id") }
        .count == 2
    )
  }

  @Test(
    "A log that rests after each line gives the same",
    arguments: ["new.jsonl", "events.jsonl", "bare.jsonl", "exec.jsonl"]
  )
  func resting(_ name: String) throws {
    let format: LogFormat = name == "exec.jsonl" ? .codexExec : .codex
    let once = try Self.imported(name, format)
    let resting = try Self.imported(name, format, rests: .afterEachLine)
    #expect(resting.totals == once.totals)
    let kinds = { (store: TestImport) in
      // What rests behind an end has ended, and a thought without words opens no turn there.
      store.entries.map { $0.event.kind.rawValue }.filter {
        $0 != "run.ended" && $0 != "thought" && !$0.hasPrefix("codex.")
      }
    }
    #expect(kinds(resting) == kinds(once))
    // What was read in pieces, and then as a whole, is in the store once.
    var again = resting
    let source = LogSource(name: String(name.prefix { $0 != "." }))
    try again.read(CodexFixture.bytes(name), format, source: source)
    #expect(again.entries.count == resting.entries.count)
  }

  @Test("A memory of another version is refused")
  func state() {
    for format in [LogFormat.codex, .codexExec] {
      #expect(throws: ImportStateError.self) {
        try format.importer(for: LogSource(), decoding: Array(#"{"version":0}"#.utf8))
      }
    }
  }
}

/// The logs that were written by hand.
enum CodexFixture {
  static func bytes(_ name: String) throws -> [UInt8] {
    try TestFiles.bytes(TestFiles.fixtureFolder + "/codex/" + name)
  }
}
