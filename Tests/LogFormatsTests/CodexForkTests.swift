import Events
import FoundationEssentials
import LogFormats
import Testing

@Suite("Forks of Codex threads")
struct CodexForkTests {
  /// A log of lines that are a second apart, or all of one time.
  struct Script {
    var lines: [String] = []
    var seconds: Int64
    var step: Int64 = 1
    var total: [Int64] = [0, 0, 0]

    init(at seconds: Int64) {
      self.seconds = seconds
    }

    mutating func add(_ type: String, _ payload: String) {
      let time = Timestamp(microseconds: (1_780_000_000 + seconds) * 1_000_000)
      seconds += step
      lines.append(#"{"timestamp":"\#(time)","type":"\#(type)","payload":\#(payload)}"#)
    }

    mutating func header(_ id: String, _ more: String = "") {
      add("session_meta", #"{"id":"\#(id)","cwd":"/x"\#(more)}"#)
    }

    mutating func turn(_ id: String) {
      add("event_msg", #"{"type":"task_started","turn_id":"\#(id)"}"#)
      add("turn_context", #"{"turn_id":"\#(id)","model":"m"}"#)
      add("event_msg", #"{"type":"user_message","message":"go"}"#)
    }

    mutating func answer() {
      add("event_msg", #"{"type":"agent_message","message":"x"}"#)
    }

    /// A request that used this much, on top of what the thread has used.
    mutating func request(_ input: Int64, _ cached: Int64, _ output: Int64) {
      total = [total[0] + input, total[1] + cached, total[2] + output]
      count(last: [input, cached, output])
    }

    mutating func count(last: [Int64]) {
      func counts(_ n: [Int64]) -> String {
        #"{"input_tokens":\#(n[0]),"cached_input_tokens":\#(n[1]),"output_tokens":\#(n[2]),"#
          + #""reasoning_output_tokens":0,"total_tokens":\#(n[0] + n[2])}"#
      }
      add(
        "event_msg",
        #"{"type":"token_count","info":{"total_token_usage":\#(counts(total)),"#
          + #""last_token_usage":\#(counts(last))}}"#
      )
    }
  }

  // Threads and turns whose ids begin with the time at which they were made.
  static let parent = "019ca000-0000-7000-8000-00000000000a"
  static let child = "019ca000-5000-7000-8000-00000000000b"
  static let other = "019ca000-6000-7000-8000-00000000000c"
  static let third = "019ca000-7000-7000-8000-00000000000d"
  static let parentTurn = "019ca000-1000-7fff-8000-000000000001"
  static let sameMomentTurn = "019ca000-5000-7000-0000-000000000002"
  static let childTurn = "019ca000-5001-7000-8000-000000000002"

  /// The parent's own lines, as they are copied to a fork.
  static func history(_ script: inout Script, turnIDs: Bool = true) {
    if turnIDs { script.turn(parentTurn) } else { script.add("turn_context", #"{"model":"m"}"#) }
    script.add(
      "response_item",
      #"{"type":"function_call","name":"shell","arguments":"{}","call_id":"c1"}"#
    )
    script.request(1000, 400, 100)
    script.request(1500, 900, 50)
    script.answer()
  }

  static func parentLog(turnIDs: Bool = true) -> Script {
    var script = Script(at: 0)
    script.header(parent)
    history(&script, turnIDs: turnIDs)
    return script
  }

  static func fork(
    _ id: String,
    turnIDs: Bool = true,
    inOneGo: Bool = true,
    _ more: String = #","forked_from_id":"019ca000-0000-7000-8000-00000000000a""#
  ) -> Script {
    var script = Script(at: 1000)
    script.step = inOneGo ? 0 : 2
    script.header(id, more)
    script.header(parent)
    history(&script, turnIDs: turnIDs)
    script.step = 2
    script.seconds += 5
    return script
  }

  /// Input, cached input and output of a run, copies apart.
  static func own(_ store: TestImport, _ id: String) -> [Int64] {
    var sums: [Int64] = [0, 0, 0]
    for event in store.events(of: "codex:" + id, "usage") {
      event.payload.bytes.withUnsafeBytes { bytes in
        var fields = PayloadFields()
        fields.scan(bytes)
        guard !fields.isTrue(.copied) else { return }
        let counts = [
          fields.count(.inputTokens), fields.count(.cacheReadTokens), fields.count(.outputTokens),
        ]
        sums = zip(sums, counts).map { $0 + ($1 ?? 0) }
      }
    }
    return sums
  }

  @Test(
    "The own part begins with the first turn that is not older than the thread",
    arguments: [childTurn, sameMomentTurn]
  )
  func ownTurn(_ turn: String) throws {
    var script = Self.fork(Self.child)
    script.turn(turn)
    script.count(last: [1500, 900, 50])
    script.answer()
    script.request(2000, 1800, 10)
    for rests in [TestImport.Rests.atEnd, .afterEachLine] {
      var store = TestImport()
      try store.read(lines: script.lines, .codex, rests: rests)
      #expect(Self.own(store, Self.child) == [200, 1800, 10])
      let run = "codex:" + Self.child
      #expect(store.events(of: run, "usage").count == 1)
      #expect(store.events(of: run, "tool_call").isEmpty)
      // What is copied belongs to the run that lived it.
      #expect(Self.own(store, Self.parent) == [1200, 1300, 150])
      #expect(store.events(of: "codex:" + Self.parent, "tool_call").count == 1)
      #expect(store.events(of: run, "turn.start").count == 1)
      #expect(store.events(of: run, "input").count == 1)
      let started = store.story(of: run, showing: ["parent_run", "forked_from"])[0]
      #expect(started == "run.started forked_from=codex:" + Self.parent)
    }
  }

  @Test("Copied turns whose ids tell no time are older if they started before the thread was made")
  func otherTurnIDs() throws {
    var script = Script(at: 1000)
    script.header(Self.child, #","forked_from_id":"p""#)
    let old =
      #"{"type":"task_started","turn_id":"5e551011-0000-4000-8000-000000000001","started_at":1}"#
    script.add("event_msg", old)
    script.add(
      "turn_context",
      #"{"turn_id":"5e551011-0000-4000-8000-000000000001","model":"m"}"#
    )
    script.request(1000, 400, 100)
    script.add("event_msg", old.replacing(":1}", with: ":99999999999}"))
    script.answer()
    script.request(10, 4, 1)
    var store = TestImport()
    try store.read(lines: script.lines, .codex)
    #expect(Self.own(store, Self.child) == [6, 4, 1])
  }

  @Test("A sub-agent that goes on with its parent's count without its lines has its own part only")
  func inherited() throws {
    let more =
      #","forked_from_id":"\#(Self.parent)","source":{"subagent":{"thread_spawn":"#
      + #"{"parent_thread_id":"\#(Self.parent)","depth":1}}}"#
    var script = Script(at: 0)
    script.header(Self.child, more)
    script.turn(Self.childTurn)
    script.total = [50_000, 40_000, 900]
    // What the parent had come to, before the model has said anything.
    script.count(last: [1500, 900, 50])
    script.answer()
    script.request(700, 600, 7)
    script.request(900, 800, 9)
    var store = TestImport()
    try store.read(lines: script.lines, .codex)
    #expect(Self.own(store, Self.child) == [200, 1400, 16])

    // The same without that line.
    var store2 = TestImport()
    var lines = script.lines
    lines.remove(at: 4)
    try store2.read(lines: lines, .codex)
    #expect(Self.own(store2, Self.child) == [200, 1400, 16])
    let started = store2.entries[0].event
    #expect(started.session == Self.parent)
    #expect(
      store2.story(of: "codex:" + Self.child, showing: ["parent_run"])[0]
        == "run.started parent_run=codex:" + Self.parent
    )
    #expect(store2.events(of: "codex:" + Self.child, "input")[0].producer == .agent)
  }

  @Test("Without turn ids, the own part begins behind what the parent has too")
  func byParent() throws {
    var script = Self.fork(Self.child, turnIDs: false, inOneGo: false)
    script.request(2000, 1800, 10)
    script.request(100, 0, 1)
    var store = TestImport()
    try store.read(lines: Self.parentLog(turnIDs: false).lines, .codex)
    try store.read(lines: script.lines, .codex, rests: .afterEachLine)
    #expect(Self.own(store, Self.parent) == [1200, 1300, 150])
    #expect(Self.own(store, Self.child) == [300, 1800, 11])
  }

  @Test("A parent that is imported later settles it too")
  func byLaterParent() throws {
    var script = Self.fork(Self.child, turnIDs: false, inOneGo: false)
    script.request(2000, 1800, 10)
    script.request(100, 0, 1)
    var store = TestImport()
    let bytes = Array(script.lines.joined(separator: "\n").utf8)
    let waiting = try store.read(bytes, .codex)
    // What may be the parent's is not counted for the child.
    #expect(Self.own(store, Self.child) == [0, 0, 0])
    #expect((waiting as? CodexImporter)?.isUndecided == true)
    try store.read(lines: Self.parentLog(turnIDs: false).lines, .codex)
    #expect(Self.own(store, Self.parent) == [1200, 1300, 150])
    let state = waiting.encodedState
    let again = try LogFormat.codex.importer(for: LogSource(), decoding: state)
    let settled = try store.read([], .codex, continuing: again)
    #expect((settled as? CodexImporter)?.isUndecided == false)
    #expect(Self.own(store, Self.child) == [300, 1800, 11])
    // Nothing twice, whichever way it is read again.
    let count = store.entries.count
    try store.read(bytes, .codex)
    #expect(Self.own(store, Self.child) == [300, 1800, 11])
    #expect(store.entries.count == count)
  }

  @Test("A fork that was read too early, and is read again, has its own part")
  func readAgain() throws {
    var script = Self.fork(Self.child, turnIDs: false, inOneGo: false)
    script.request(2000, 1800, 10)
    var store = TestImport()
    try store.read(lines: script.lines, .codex)
    try store.read(lines: Self.parentLog(turnIDs: false).lines, .codex)
    try store.read(lines: script.lines, .codex)
    #expect(Self.own(store, Self.child) == [200, 1800, 10])
  }

  @Test("Without the parent, the own part begins behind what a sibling has too")
  func bySibling() throws {
    var first = Self.fork(Self.child, turnIDs: false, inOneGo: false)
    first.request(2000, 1800, 10)
    var second = Self.fork(Self.other, turnIDs: false, inOneGo: false)
    second.request(70, 60, 5)
    second.request(30, 20, 5)
    var store = TestImport()
    let waiting = try store.read(Array(first.lines.joined(separator: "\n").utf8), .codex)
    try store.read(lines: second.lines, .codex)
    #expect(Self.own(store, Self.other) == [20, 80, 10])
    // A mark can be left by one run only: a third fork finds those of the first two.
    var third = Self.fork(Self.third, turnIDs: false, inOneGo: false)
    third.request(5, 0, 1)
    let marked = store.facts
    try store.read(lines: third.lines, .codex)
    #expect(Self.own(store, Self.third) == [5, 0, 1])
    // What was known stays as it was.
    #expect(marked.allSatisfy { store.facts[$0.key] == $0.value })
    try store.read([], .codex, continuing: waiting)
    #expect(Self.own(store, Self.child) == [200, 1800, 10])
  }

  @Test("Where neither is known, what was written in one go is a copy")
  func byPause() throws {
    var script = Self.fork(Self.child, turnIDs: false)
    script.request(2000, 1800, 10)
    script.request(100, 0, 1)
    for rests in [TestImport.Rests.atEnd, .afterEachLine] {
      var store = TestImport()
      try store.read(lines: script.lines, .codex, rests: rests)
      #expect(Self.own(store, Self.child) == [300, 1800, 11])
    }
  }

  @Test("A fork of an old version is known by its parent's header")
  func byHeader() throws {
    var script = Self.fork(Self.child, "")
    script.turn(Self.childTurn)
    script.answer()
    script.request(2000, 1800, 10)
    var store = TestImport()
    try store.read(lines: script.lines, .codex)
    #expect(Self.own(store, Self.child) == [200, 1800, 10])
  }

  @Test("A thread that repeats its header is not a fork")
  func resumed() throws {
    var script = Self.parentLog()
    script.header(Self.parent)
    script.turn(Self.childTurn)
    script.answer()
    script.request(2000, 1800, 10)
    var store = TestImport()
    try store.read(lines: script.lines, .codex)
    #expect(Self.own(store, Self.parent) == [1400, 3100, 160])
  }

  @Test("Two unrelated threads with the same counts both count")
  func unrelated() throws {
    var store = TestImport()
    for id in [Self.parent, Self.child] {
      var script = Script(at: 0)
      script.header(id)
      script.turn(Self.childTurn)
      script.request(10, 4, 1)
      try store.read(lines: script.lines, .codex)
    }
    #expect(Self.own(store, Self.parent) == [6, 4, 1])
    #expect(Self.own(store, Self.child) == [6, 4, 1])
  }
}
