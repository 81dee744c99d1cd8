import Events
import LogFormats
import TestSupport
import Testing

@Suite("Importing Claude Code")
struct ClaudeCodeTests {
  static let session = "claude-code:5e551011-0000-4000-8000-00000000000"

  static func imported(
    _ names: String...,
    rests: TestImport.Rests = .atEnd
  ) throws -> TestImport {
    var store = TestImport()
    for name in names {
      let source = LogSource(name: String(name.prefix { $0 != "." }))
      try store.read(TestFiles.fixture(name), source: source, rests: rests)
    }
    return store
  }

  @Test("A session becomes the story of its turns")
  func turns() throws {
    let store = try Self.imported("turns.jsonl")
    let story = store.story(
      of: Self.session + "1",
      showing: [
        "turn_id", "status", "stop_reason", "type", "title", "model", "name", "tool_use_id",
        "is_error", "denied", "cancelled", "input_tokens", "output_tokens", "cache_read_tokens",
        "cache_write_tokens", "cache_write_1h_tokens", "partial", "replaces", "stage",
        "duration_ms", "delay_ms",
      ]
    )
    #expect(
      story == [
        "run.started",
        "claude-code.permission-mode type=permission-mode",
        "span stage=hook:SessionStart duration_ms=120",
        "run.started title=Compute the Bernoulli numbers",
        "input",
        "turn.start turn_id=u002",
        "run.started title=Bernoulli numbers",
        "run.started model=claude-opus-4-8",
        "thought",
        "tool_call name=Read",
        // The message goes on behind the result of its first call, and is corrected then.
        "usage model=claude-opus-4-8 input_tokens=10 output_tokens=40 cache_read_tokens=1000 "
          + "cache_write_tokens=500 cache_write_1h_tokens=200 partial=true",
        "tool_result tool_use_id=toolu_1 is_error=false",
        "tool_call name=Bash",
        "usage stop_reason=tool_use model=claude-opus-4-8 input_tokens=10 output_tokens=90 "
          + "cache_read_tokens=1000 cache_write_tokens=500 cache_write_1h_tokens=200 "
          + "replaces=usage/msg_a",
        "tool_result tool_use_id=toolu_2 is_error=true",
        "text",
        "usage stop_reason=end_turn model=claude-opus-4-8 input_tokens=5 output_tokens=30 "
          + "cache_read_tokens=1500 cache_write_tokens=20",
        "span stage=hook:Stop duration_ms=50",
        "turn.result turn_id=u002 status=success stop_reason=end_turn duration_ms=17000",
        "claude-code.user type=user",
        "compaction",
        "claude-code.user type=user",
        "input",
        "turn.start turn_id=u014",
        "run.started model=claude-sonnet-4-5",
        "tool_call name=Write",
        "usage model=claude-sonnet-4-5 input_tokens=7 output_tokens=20 cache_read_tokens=200 "
          + "cache_write_tokens=0 partial=true",
        "tool_result tool_use_id=toolu_3 is_error=true denied=true",
        "tool_call name=Bash",
        "tool_call name=Bash",
        "usage model=claude-sonnet-4-5 input_tokens=7 output_tokens=25 cache_read_tokens=220 "
          + "cache_write_tokens=0 partial=true",
        "tool_result tool_use_id=toolu_4 is_error=true cancelled=true",
        "claude-code.user type=user",
        "tool_result tool_use_id=toolu_5 is_error=false cancelled=true",
        "turn.result turn_id=u014 status=cancelled",
        "input",
        "turn.start turn_id=u021",
        "retry type=overloaded_error delay_ms=600",
        "error type=api_error",
        "turn.result turn_id=u021 status=error",
        "input",
        "turn.start turn_id=u024",
        "text",
        "run.started title=Note G",
        "usage model=claude-sonnet-4-5 input_tokens=3 output_tokens=4 cache_read_tokens=300 "
          + "cache_write_tokens=0 partial=true",
        "claude-code.ai-title type=ai-title",
      ]
    )
    #expect(store.problems.isEmpty)
  }

  @Test("Events carry the session, an id of the source's own, and the time of what they tell of")
  func envelopes() throws {
    let store = try Self.imported("turns.jsonl")
    let run = Self.session + "1"
    for entry in store.entries {
      #expect(entry.event.session == String(run.dropFirst("claude-code:".count)))
    }
    func times(_ kind: EventKind) -> [String] {
      store.events(of: run, kind).map { $0.ts.map { String($0.description.dropFirst(11)) } ?? "" }
    }
    #expect(
      times("turn.start") == ["10:00:10.000Z", "10:01:00.000Z", "10:01:30.000Z", "10:01:40.000Z"]
    )
    // A turn ends with its last line: that its end was reported two seconds later is not its own.
    #expect(times("turn.result") == ["10:00:25.000Z", "10:01:21.000Z", "10:01:35.000Z"])
    #expect(times("usage").prefix(2) == ["10:00:14.000Z", "10:00:16.000Z"])
    #expect(times("claude-code.permission-mode") == ["10:00:00.000Z"])
    #expect(store.events(of: run, "usage").first?.id == "usage/msg_a")
    #expect(store.events(of: run, "tool_call").first?.id == "u004/0")
    #expect(store.events(of: run, "input").map(\.producer) == [.user, .user, .user, .user])
    let started = try #require(store.events(of: run, "run.started").first)
    #expect(
      started.payload.json == #"{"agent":"claude-code","project":"/home/ada/engine","#
        + #""branch":"main","version":"2.1.143","entrypoint":"cli"}"#
    )
  }

  @Test("A log that is read again adds nothing, also from a state that was written down")
  func again() throws {
    for name in ["turns.jsonl", "subagents.jsonl", "sidechains.jsonl", "damaged.jsonl"] {
      let once = try Self.imported(name)
      #expect(try Self.imported(name, name).entries == once.entries)
      let resting = try Self.imported(name, rests: .afterEachLine)
      #expect(resting.totals == once.totals)
      #expect(Set(resting.runs) == Set(once.runs))
    }
  }

  @Test("History that a fork copies stays in the run that lived it, and the fork has its own part")
  func fork() throws {
    let first = try Self.imported("turns.jsonl", "fork.jsonl")
    #expect(
      first.story(of: Self.session + "2", showing: ["forked_from", "title", "turn_id", "status"])
        == [
          "run.started", "run.started forked_from=claude-code:5e551011-0000-4000-8000-000000000001",
          "run.started title=What about B10?", "input", "turn.start turn_id=u031", "run.started",
          "text", "usage", "turn.result turn_id=u031 status=success",
        ]
    )
    #expect(first.totals.models["claude-opus-4-8"] == [17, 126, 4100, 520])
    let reverse = try Self.imported("fork.jsonl", "turns.jsonl")
    #expect(reverse.totals == first.totals)
    for kind in ["tool_call", "tool_result", "turn.start", "input", "error"] as [EventKind] {
      let runs = [Self.session + "1", Self.session + "2"]
      let counts = runs.reduce(0) { $0 + reverse.events(of: $1, kind).count }
      #expect(counts == runs.reduce(0) { $0 + first.events(of: $1, kind).count }, "\(kind)")
    }
  }

  @Test("A sub-agent is a run of its own, whether its messages are embedded or in a file")
  func subagents() throws {
    let child = Self.session + "3/agent-a1b2c3d4"
    let embedded = try Self.imported("subagents.jsonl")
    #expect(embedded.runs.map(\.rawValue) == [Self.session + "3", child])
    #expect(
      embedded.story(of: child, showing: ["parent_run", "model", "status", "input_tokens"]) == [
        "run.started parent_run=\(Self.session)3", "run.started", "input", "turn.start",
        "run.started model=claude-haiku-4-5", "tool_call",
        "usage model=claude-haiku-4-5 input_tokens=30", "tool_result", "turn.result status=success",
      ]
    )
    #expect(embedded.events(of: child, "input").map(\.producer) == [.agent])
    #expect(embedded.events(of: child, "text").isEmpty)

    let both = try Self.imported("agent-a1b2c3d4.jsonl", "subagents.jsonl")
    #expect(
      both.story(of: child, showing: ["model", "status"]) == [
        "run.started", "run.started", "input", "turn.start", "run.started model=claude-haiku-4-5",
        "tool_call", "usage model=claude-haiku-4-5", "tool_result", "text",
        "usage model=claude-haiku-4-5", "turn.result status=success",
      ]
    )
    let other = try Self.imported("subagents.jsonl", "agent-a1b2c3d4.jsonl")
    for store in [both, other] {
      #expect(store.totals.models["claude-haiku-4-5"] == [61, 9, 50, 0])
      // What the call's result says of 99,999 tokens is a size of context, and is not added.
      #expect(store.totals.models["claude-opus-4-8"] == [23, 59, 60, 0])
      #expect(
        Set(store.entries.map { $0.event.session }) == ["5e551011-0000-4000-8000-000000000003"]
      )
    }
  }

  @Test("Side chains of old logs are told apart by their parents")
  func sidechains() throws {
    let store = try Self.imported("sidechains.jsonl")
    let run = Self.session + "4"
    #expect(store.runs.map(\.rawValue) == [run, run + "/agent-x1", run + "/agent-y1"])
    func tokens(_ run: String) -> [String] {
      store.story(of: run, showing: ["input_tokens"]).filter { $0.hasPrefix("usage") }
    }
    #expect(tokens(run) == ["usage input_tokens=8"])
    #expect(tokens(run + "/agent-x1") == ["usage input_tokens=1", "usage input_tokens=4"])
    #expect(tokens(run + "/agent-y1") == ["usage input_tokens=2"])
  }

  @Test("Damage is reported by line, and costs nothing that is whole")
  func damage() throws {
    let store = try Self.imported("damaged.jsonl")
    let story = store.story(of: Self.session + "5", showing: ["text", "status", "output_tokens"])
    #expect(
      story == [
        "run.started", "run.started", "input text=one", "turn.start", "run.started",
        "text text=eins",
        "usage output_tokens=1", "turn.result status=success", "input text=two", "turn.start",
        "text text=zwei", "usage output_tokens=2", "turn.result status=success",
      ]
    )
    #expect(
      store.problems.map(\.description) == [
        "line 4: the JSON breaks off at byte 26", "line 5: this is not JSON from byte 1 on",
        "line 6: the line is JSON, but not an object", "line 7: the line has no type",
      ]
    )
  }

  @Test("A state that can't be read back says so")
  func badState() {
    for state in ["", "{}", "[]", "{\"version\":99}", "{\"version\":1,\"threads\":[5]}"] {
      #expect(throws: ImportStateError.self) {
        try LogFormat.claudeCode.importer(for: LogSource(), decoding: Array(state.utf8))
      }
    }
  }
}
