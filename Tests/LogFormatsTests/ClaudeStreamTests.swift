import Events
import LogFormats
import Testing

@Suite("Streams of Claude Code")
struct ClaudeStreamTests {
  private static let run = "claude-stream:s"

  private func start(_ id: String, _ version: String = "2.1.250", session: String = "s") -> String {
    #"{"type":"system","subtype":"init","session_id":"\#(session)","cwd":"/home/ada/loom","tools":[],"model":"m[1m]","claude_code_version":"\#(version)","uuid":"\#(id)"}"#
  }

  private func says(
    _ id: String,
    _ message: String,
    at second: Double? = nil,
    session: String = "s"
  ) -> String {
    let time = second.map { #","timestamp":"\#(ClaudeScript.time($0))""# } ?? ""
    return
      #"{"type":"assistant","session_id":"\#(session)","parent_tool_use_id":null,"uuid":"\#(id)"\#(time),"message":{"id":"\#(message)","role":"assistant","model":"m","stop_reason":null,"content":[{"type":"text","text":"x"}],"usage":{"input_tokens":1,"output_tokens":1}}}"#
  }

  private func result(
    _ id: String,
    turn: (Int, Int),
    total: (Int, Int),
    cost: Double,
    place: Int? = nil,
    ms: Int = 1000,
    api: Int = 900,
    session: String = "s",
    _ more: String = ""
  ) -> String {
    let place = place.map { #","result_index":\#($0)"# } ?? ""
    return
      #"{"type":"result","subtype":"success","is_error":false,"session_id":"\#(session)","uuid":"\#(id)","duration_ms":\#(ms),"duration_api_ms":\#(api),"num_turns":1,"total_cost_usd":\#(cost)\#(place),"usage":{"input_tokens":\#(turn.0),"output_tokens":\#(turn.1)},"modelUsage":{"m[1m]":{"inputTokens":\#(total.0),"outputTokens":\#(total.1),"costUSD":\#(cost)}}\#(more)}"#
  }

  private func imported(_ logs: [String]...) throws -> TestImport {
    var store = TestImport()
    for log in logs { try store.read(lines: log, .claudeStream) }
    return store
  }

  private func costs(_ store: TestImport, run: String = Self.run) -> [String] {
    store.story(of: run, showing: ["cost_usd"]).filter { $0.hasPrefix("turn.result") }
      .map { String($0.dropFirst("turn.result cost_usd=".count)) }
  }

  @Test("totals that begin at zero in each process, or go on, are told apart by their figures")
  func totals() throws {
    let first = [
      start("i1"), says("a1", "m1"), result("r1", turn: (80, 6), total: (80, 6), cost: 0.25),
    ]
    // A larger total that does not cover what was there and the turn has begun at zero.
    let larger = [
      start("i2"), says("a2", "m2"), result("r2", turn: (140, 20), total: (140, 20), cost: 0.45),
    ]
    for store in [try imported(first, larger), try imported(first + larger)] {
      #expect(store.totals.models == ["m": [220, 26, 0, 0]])
      #expect(costs(store) == ["0.25", "0.45"])
    }
    let goesOn = [
      start("i2", "2.1.280"), says("a2", "m2"),
      result("r2", turn: (5, 1), total: (85, 7), cost: 0.27, place: 0),
    ]
    for store in [try imported(first, goesOn), try imported(first + goesOn)] {
      #expect(store.totals.models == ["m": [85, 7, 0, 0]])
      #expect(costs(store) == ["0.25", "0.02"])
    }
  }

  @Test(
    "hidden requests are the turn's, a first result that holds an earlier process's part is not"
  )
  func firstResult() throws {
    let hidden = [
      start("i", "2.1.280"), says("a", "m1"),
      result("r", turn: (5, 1), total: (900, 300), cost: 0.3, place: 0, ms: 4000, api: 4500),
    ]
    #expect(try imported(hidden).totals.models == ["m": [900, 300, 0, 0]])
    let resumed = [
      start("i", "2.1.280"), says("a", "m1"),
      result("r", turn: (5, 1), total: (900, 300), cost: 0.3, place: 0, ms: 1000, api: 90_000),
    ]
    let store = try imported(resumed)
    #expect(store.totals.models == ["m": [5, 1, 0, 0]])
    // Of $0.30 for 900 + 5 x 300 weighted tokens, 5 + 5 x 1 of them are this turn's.
    #expect(costs(store) == ["0.00125"])
  }

  @Test("a session that /clear begins goes on with the totals of its process")
  func clear() throws {
    let log = [
      start("i1"), says("a1", "m1"), result("r1", turn: (30, 6), total: (30, 6), cost: 0.1),
      start("i2", session: "t"), says("a2", "m2", session: "t"),
      result("r2", turn: (10, 7), total: (40, 13), cost: 0.15, session: "t"),
    ]
    let store = try imported(log)
    #expect(store.totals.models == ["m": [40, 13, 0, 0]])
    #expect(costs(store, run: "claude-stream:t") == ["0.05"])
    #expect(store.events(of: Self.run, "run.ended").count == 1)
    #expect(store.events(of: "claude-stream:t", "run.ended").count == 1)
  }

  @Test("a result before any prompt is not a turn")
  func empty() throws {
    let empty =
      #"{"type":"result","subtype":"success","is_error":false,"session_id":"s","uuid":"r0","num_turns":0,"usage":{"input_tokens":0,"output_tokens":0},"modelUsage":{}}"#
    let log = [
      start("i1"), empty, start("i2"), says("a", "m1"),
      result("r", turn: (3, 4), total: (3, 4), cost: 0.1),
    ]
    let store = try imported(log)
    #expect(store.events(of: Self.run, "turn.result").count == 1)
    #expect(store.events(of: Self.run, "turn.start").count == 1)
    #expect(store.totals.models == ["m": [3, 4, 0, 0]])
  }

  @Test("a failure is one also where its subtype says success, and costs nothing that came before")
  func failure() throws {
    let failed =
      #"{"type":"result","subtype":"success","is_error":true,"api_error_status":429,"session_id":"s","uuid":"r2","num_turns":1,"total_cost_usd":0,"terminal_reason":"api_error","usage":{"input_tokens":0,"output_tokens":0},"modelUsage":{}}"#
    let log = [
      start("i1"), says("a1", "m1"), result("r1", turn: (3, 4), total: (3, 4), cost: 0.1),
      start("i2"), failed,
      start("i3"), says("a3", "m3"), result("r3", turn: (2, 2), total: (5, 6), cost: 0.15),
    ]
    let store = try imported(log)
    #expect(
      store.story(of: Self.run, showing: ["status"]).filter { $0.hasPrefix("turn.result") } == [
        "turn.result status=success", "turn.result status=error", "turn.result status=success",
      ]
    )
    #expect(store.story(of: Self.run, showing: ["type"]).contains("error type=http_429"))
    #expect(store.totals.models == ["m": [5, 6, 0, 0]])
  }

  @Test("untimed frames happen when their neighbours do, and a turn is as long as its result says")
  func times() throws {
    let log = [
      start("i1"), says("a1", "m1", at: 5),
      result("r1", turn: (3, 4), total: (3, 4), cost: 0.1, ms: 700),
      start("i2"), says("a2", "m2", at: 21), says("a3", "m3", at: 24),
      result("r2", turn: (3, 4), total: (6, 8), cost: 0.2, ms: 3500),
    ]
    for rests in [TestImport.Rests.atEnd, .afterEachLine] {
      var store = TestImport()
      try store.read(lines: log, .claudeStream, rests: rests)
      #expect(store.seconds(Self.run, "run.started").first == 5)
      #expect(store.seconds(Self.run, "text") == [5, 21, 24])
      #expect(store.seconds(Self.run, "turn.result") == [5.7, 24.5])
      #expect(store.events(of: Self.run, "turn.start").count == 2)
    }
  }

  @Test("a prompt that is replayed begins its turn when it was sent; one sent in the middle steers")
  func replays() throws {
    func user(_ id: String, _ text: String, _ second: Double) -> String {
      #"{"type":"user","isReplay":true,"session_id":"s","parent_tool_use_id":null,"uuid":"\#(id)","timestamp":"\#(ClaudeScript.time(second))","message":{"role":"user","content":[{"type":"text","text":"\#(text)"}]}}"#
    }
    let log = [
      start("i1"), user("u1", "weave", 2), says("a1", "m1", at: 5), user("u2", "faster", 4),
      says("a2", "m2", at: 8), result("r1", turn: (3, 4), total: (3, 4), cost: 0.1, ms: 6000),
    ]
    let store = try imported(log)
    #expect(store.events(of: Self.run, "input").count == 2)
    #expect(store.seconds(Self.run, "turn.start") == [2])
    #expect(store.seconds(Self.run, "turn.result") == [8])
    #expect(store.story(of: Self.run, showing: ["title"]).contains("run.started title=weave"))
  }

  @Test("a person who stops a tool cancels the turn, and nothing has failed")
  func interrupt() throws {
    let call =
      #"{"type":"assistant","session_id":"s","uuid":"a1","message":{"id":"m1","role":"assistant","model":"m","content":[{"type":"tool_use","id":"c","name":"Bash","input":{}}],"usage":{"input_tokens":1,"output_tokens":1}}}"#
    let refused =
      #"{"type":"user","session_id":"s","uuid":"u1","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":"no"}]},"tool_use_result":"User rejected tool use"}"#
    let mark =
      #"{"type":"user","session_id":"s","uuid":"u2","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user for tool use]"}]}}"#
    let end =
      #"{"type":"result","subtype":"error_during_execution","is_error":true,"session_id":"s","uuid":"r1","terminal_reason":"aborted_tools","usage":{"input_tokens":3,"output_tokens":4},"modelUsage":{"m":{"inputTokens":3,"outputTokens":4}}}"#
    let store = try imported([start("i1"), call, refused, mark, end])
    #expect(
      store.story(of: Self.run, showing: ["status", "denied", "cause"]).filter {
        $0.hasPrefix("t") || $0.hasPrefix("e") || $0.hasPrefix("run.e")
      } == [
        "tool_call", "turn.start", "tool_result denied=true", "turn.result status=cancelled",
        "run.ended cause=stop",
      ]
    )
    #expect(store.totals.models == ["m": [3, 4, 0, 0]])
    // Killed before its result, it is cancelled all the same when the run is sealed.
    var killed = TestImport()
    let lines = [start("i1"), call, refused, mark].joined(separator: "\n")
    try killed.read(Array(lines.utf8), .claudeStream, seals: true)
    #expect(killed.story(of: Self.run, showing: ["status"]).last == "turn.result status=cancelled")
  }

  @Test("the frames of other programs are not taken for Claude Code's")
  func detection() {
    func format(_ line: String) -> String? {
      Array(line.utf8).withUnsafeBytes { LogFormat.detect($0)?.name }
    }
    #expect(format(start("i")) == "claude-stream")
    #expect(
      format(
        #"{"type":"system","subtype":"init","apiKeySource":"login","cwd":"/x","session_id":"s","model":"x","permissionMode":"default"}"#
      ) == nil
    )
    #expect(
      format(
        #"{"type":"system","subtype":"init","sessionId":"s","timestamp":1767812640310,"model":"x","cwd":"/x","tools":["Read"],"id":"y"}"#
      ) == nil
    )
  }
}
