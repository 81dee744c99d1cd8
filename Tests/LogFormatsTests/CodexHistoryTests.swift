import Events
import LogFormats
import Testing

/// Which run what a log tells belongs to: copied history, several threads in a log, exec's processes.
@Suite("Histories of Codex")
struct CodexHistoryTests {
  private static let parent = "codex:01a0f100-0000-7000-8000-0000000000f1"
  private static let fork = "codex:01a0f102-0000-7000-8000-0000000000f2"

  private static func facts(_ store: TestImport, _ run: String) -> [String] {
    let kinds = ["turn.start", "turn.result", "input", "text", "tool_call", "tool_result", "usage"]
    return store.story(of: run, showing: ["turn_id", "input_tokens", "text", "is_error"])
      .filter { line in kinds.contains { line == $0 || line.hasPrefix($0 + " ") } }
  }

  @Test("A history that a fork has copied is in the run that lived it, once, in any order")
  func orders() throws {
    let (parent, fork) = (
      try CodexFixture.bytes("parent.jsonl"), try CodexFixture.bytes("fork.jsonl")
    )
    var alone = TestImport()
    try alone.read(parent, .codex)
    let lived = Self.facts(alone, Self.parent)
    for logs in [
      [parent, fork], [fork, parent], [fork], [fork, fork, parent], [parent, fork, parent],
    ] {
      var store = TestImport()
      for log in logs { try store.read(log, .codex, rests: .afterEachLine) }
      #expect(Self.facts(store, Self.parent) == lived)
      #expect(
        Self.facts(store, Self.fork) == [
          "turn.start turn_id=01a0f102-0800-7000-8000-0000000000a3", "input text=Why seven?",
          "tool_call", "tool_result is_error=false", "usage input_tokens=200", "text text=For luck",
          "turn.result turn_id=01a0f102-0800-7000-8000-0000000000a3",
        ]
      )
      let started = store.story(of: Self.fork, showing: ["forked_from", "parent_run"])[0]
      #expect(started == "run.started forked_from=" + Self.parent)
    }
  }

  @Test("A copied turn has the times that it tells of itself, not those at which it was copied")
  func times() throws {
    var store = TestImport()
    try store.read(CodexFixture.bytes("fork.jsonl"), .codex)
    var alone = TestImport()
    try alone.read(CodexFixture.bytes("parent.jsonl"), .codex)
    for kind in ["turn.start", "turn.result"] as [EventKind] {
      let copied = store.events(of: Self.parent, kind).map(\.ts)
      let lived = alone.events(of: Self.parent, kind).map(\.ts)
      #expect(copied == lived)
    }
    let started = store.events(of: Self.parent, "run.started")[0]
    #expect(started.ts == alone.events(of: Self.parent, "run.started")[0].ts)
  }

  @Test("A log that holds a thread and its fork, or two others, has two runs")
  func together() throws {
    let bytes = try CodexFixture.bytes("parent.jsonl") + CodexFixture.bytes("fork.jsonl")
    for rests in [TestImport.Rests.atEnd, .afterEachLine] {
      var store = TestImport()
      try store.read(bytes, .codex, rests: rests)
      #expect(store.runs.map(\.rawValue) == [Self.parent, Self.fork])
      #expect(Self.facts(store, Self.fork).count == 7)
    }
  }

  @Test("The number of the first own line says what a sub-agent has copied")
  func ordinals() throws {
    func line(_ ordinal: Int, _ type: String, _ payload: String) -> String {
      #"{"timestamp":"2026-10-01T10:00:00Z","ordinal":\#(ordinal),"type":"\#(type)","payload":\#(payload)}"#
    }
    func said(_ ordinal: Int, _ role: String, _ text: String) -> String {
      line(
        ordinal,
        "response_item",
        #"{"type":"message","role":"\#(role)","content":[{"type":"input_text","text":"\#(text)"}]}"#
      )
    }
    let source =
      #""source":{"subagent":{"thread_spawn":{"parent_thread_id":"p","agent_role":"worker"}}}"#
    let log = [
      line(0, "session_meta", #"{"id":"c","subagent_history_start_ordinal":3,\#(source)}"#),
      said(1, "user", "The whole task"), said(2, "assistant", "I call a helper"),
      said(3, "user", "The helper's task"), said(4, "assistant", "Done"),
    ]
    var store = TestImport()
    try store.read(lines: log, .codex, rests: .afterEachLine, seals: true)
    #expect(
      Self.facts(store, "codex:c").filter { $0.hasPrefix("input") || $0.hasPrefix("text") }
        == ["input text=The helper's task", "text text=Done"]
    )
    #expect(
      Self.facts(store, "codex:p").filter { $0.hasPrefix("input") || $0.hasPrefix("text") }
        == ["input text=The whole task", "text text=I call a helper"]
    )
    let facts = store.story(of: "codex:c", showing: ["parent_run", "agent_type"])[0]
    #expect(facts == "run.started parent_run=codex:p agent_type=worker")
  }

  @Test("A fork whose history stays in its base has only lines of its own")
  func base() throws {
    let log = [
      #"{"timestamp":"2026-10-01T10:00:00Z","ordinal":9,"type":"session_meta","payload":{"session_id":"f","forked_from_id":"p","history_base":{"thread_id":"p","end_ordinal_exclusive":9,"end_byte_offset":99}}}"#,
      #"{"timestamp":"2026-10-01T10:00:01Z","ordinal":10,"type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"On we go"}]}}"#,
      #"{"timestamp":"2026-10-01T10:00:02Z","ordinal":11,"type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Yes"}]}}"#,
    ]
    var store = TestImport()
    try store.read(lines: log, .codex)
    #expect(store.runs.map(\.rawValue) == ["codex:f"])
    #expect(store.events(of: "codex:f", "input").count == 1)
    let facts = store.story(of: "codex:f", showing: ["forked_from", "title"])
    #expect(facts.contains("run.started forked_from=codex:p"))
    #expect(facts.contains("run.started title=On we go"))
  }

  // MARK: Turns

  @Test("In old logs a turn ends with its answer, and not with the prompt after the pause")
  func pauses() throws {
    func line(_ time: String, _ type: String, _ payload: String) -> String {
      #"{"timestamp":"2025-10-01T\#(time)Z","type":"\#(type)","payload":\#(payload)}"#
    }
    let count =
      #"{"type":"token_count","info":{"total_token_usage":{"input_tokens":9,"output_tokens":1,"total_tokens":10},"last_token_usage":{"input_tokens":9,"output_tokens":1,"total_tokens":10}}}"#
    let log = [
      line("10:00:00", "event_msg", #"{"type":"user_message","message":"one"}"#),
      line("10:00:05", "event_msg", #"{"type":"agent_message","message":"first"}"#),
      line("10:00:05", "event_msg", count),
      line(
        "11:00:00",
        "response_item",
        #"{"type":"message","role":"user","content":[{"type":"input_text","text":"two"}]}"#
      ),
      line("11:00:00", "event_msg", #"{"type":"user_message","message":"two"}"#),
      line("11:00:03", "event_msg", #"{"type":"agent_message","message":"second"}"#),
    ]
    var store = TestImport()
    try store.read(lines: log, .codex, source: LogSource(name: "t"), seals: true)
    let kinds = store.entries.map(\.event.kind.rawValue)
    let end = try #require(kinds.firstIndex(of: "turn.result"))
    #expect(store.entries[end].event.ts == Timestamp("2025-10-01T10:00:05Z"))
    // Nothing that happened later stands before it.
    #expect(
      store.entries[..<end].allSatisfy {
        ($0.event.ts ?? .init(microseconds: 0)) <= Timestamp("2025-10-01T10:00:05Z")
          ?? .init(microseconds: 0)
      }
    )
    #expect(kinds.filter { $0 == "turn.result" }.count == 2)
  }

  @Test(
    "What hooks and other programs say in a person's place is not a prompt",
    arguments: [
      #""content":[{"text":"<hook_prompt hook_run_id=\"a\">x</hook_prompt>"}]"#,
      #""content":[{"text":"<send_user_message_question_reply>\n[]"}]"#,
      #""content":[{"text":"x"}],"internal_chat_message_metadata_passthrough":{"content_item_kinds":["unknown"]}"#,
    ]
  )
  func prompts(_ content: String) throws {
    var store = TestImport()
    let log = [
      #"{"timestamp":"2026-10-01T10:00:00Z","type":"event_msg","payload":{"type":"task_started","turn_id":"a"}}"#,
      #"{"timestamp":"2026-10-01T10:00:01Z","type":"response_item","payload":{"type":"message","role":"user",\#(content)}}"#,
      #"{"timestamp":"2026-10-01T10:00:02Z","type":"event_msg","payload":{"type":"task_complete","turn_id":"a"}}"#,
    ]
    try store.read(lines: log, .codex, source: LogSource(name: "t"))
    #expect(store.events(of: "codex:t", "input").isEmpty)
    #expect(store.events(of: "codex:t", "turn.start").count == 1)
  }

  @Test("What an editor puts before a prompt does not name the run")
  func titles() throws {
    let log = [
      ##"{"timestamp":"2026-10-01T10:00:00Z","type":"event_msg","payload":{"type":"user_message","message":"# Context from my IDE setup:\n\n## Open tabs:\n- a.c\n\n## My request for Codex:\nMend the wheel\nsoon"}}"##
    ]
    var store = TestImport()
    try store.read(lines: log, .codex, source: LogSource(name: "t"))
    #expect(
      store.story(of: "codex:t", showing: ["title"]).contains("run.started title=Mend the wheel")
    )
  }

  // MARK: Exec

  private static func process(_ words: String, _ input: Int) -> [String] {
    [
      #"{"type":"thread.started","thread_id":"t"}"#, #"{"type":"turn.started"}"#,
      #"{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"\#(words)"}}"#,
      #"{"type":"turn.completed","usage":{"input_tokens":\#(input),"output_tokens":\#(input / 10)}}"#,
    ]
  }

  /// Input of all turns, corrections counted as such.
  private static func input(_ store: TestImport) -> Int64 {
    var events: [String: Int64] = [:]
    for entry in store.entries where entry.event.kind == "usage" {
      entry.event.payload.bytes.withUnsafeBytes { bytes in
        guard let value = try? JSONValue.parse(bytes) else { return }
        if let replaced = value["replaces"]?.text { events[replaced] = nil }
        events[entry.event.id ?? ""] = value["input_tokens"]?.count ?? 0
      }
    }
    return events.values.reduce(0, +)
  }

  @Test("The processes of a thread have used its last total, whatever order their logs come in")
  func exec() throws {
    let logs = [
      Self.process("one", 100), Self.process("one", 250), Self.process("two", 400),
    ]
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1, 0, 1, 2]] {
      var store = TestImport()
      for i in order { try store.read(lines: logs[i], .codexExec, rests: .afterEachLine) }
      #expect(Self.input(store) == 400, "\(order)")
      #expect(store.events(of: "codex-exec:t", "turn.start").count == 3, "\(order)")
      #expect(store.events(of: "codex-exec:t", "turn.result").count == 3, "\(order)")
      #expect(store.events(of: "codex-exec:t", "text").count == 3, "\(order)")
    }
    // As one log that grows by a process at a time.
    var grown = TestImport()
    try grown.read(lines: logs.flatMap { $0 }, .codexExec)
    #expect(Self.input(grown) == 400)
    #expect(grown.events(of: "codex-exec:t", "turn.start").count == 3)
  }

  @Test("A log that says that it resumes a thread marks its first total as one that may hold more")
  func resumed() throws {
    let notice =
      #"{"type":"item.completed","item":{"id":"item_0","type":"error","message":"is resuming with `b`"}}"#
    var store = TestImport()
    var log = Self.process("x", 500)
    log.insert(notice, at: 1)
    try store.read(lines: log, .codexExec)
    #expect(store.story(of: "codex-exec:t", showing: ["partial"]).contains("usage partial=true"))
    #expect(store.events(of: "codex-exec:t", "error").isEmpty)
    // Where the log before is known, nothing is left open.
    var known = TestImport()
    try known.read(lines: Self.process("y", 300), .codexExec)
    try known.read(lines: log, .codexExec)
    #expect(!known.story(of: "codex-exec:t", showing: ["partial"]).contains("usage partial=true"))
  }
}
