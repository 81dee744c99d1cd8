import Events
import Testing

@Suite("Events made in Swift")
struct EventMakingTests {
  static let all: [(Event, KnownKind, String)] = [
    (
      .runStarted(
        agent: "claude-code",
        model: "m",
        project: "/p",
        host: "h",
        parentRun: "q",
        title: "t"
      ),
      .runStarted,
      #"{"agent":"claude-code","model":"m","project":"/p","host":"h","parent_run":"q","title":"t"}"#
    ),
    (
      .runStarted(
        forkedFrom: "r0",
        repository: "https://example.org/a.git",
        branch: "main",
        commit: "abc",
        agentType: "reviewer",
        team: "red"
      ),
      .runStarted,
      #"{"forked_from":"r0","repository":"https://example.org/a.git","branch":"main","#
        + #""commit":"abc","agent_type":"reviewer","team":"red"}"#
    ),
    (
      .agentCost(usd: 1.25, source: "cost-state"), .agentCost,
      #"{"usd":1.25,"source":"cost-state"}"#
    ),
    (.runTag("slow"), .runTag, #"{"name":"slow"}"#),
    (.runTag("slow", isRemoved: true), .runTag, #"{"name":"slow","remove":true}"#),
    (.runNote("look again"), .runNote, #"{"text":"look again"}"#),
    (
      .runScore("tests", value: 0.5, comment: "half"), .runScore,
      #"{"name":"tests","value":0.5,"comment":"half"}"#
    ),
    (
      .runEnded(.crash, by: "hub", reason: "exit 137", exitCode: 137, verdict: .inReview),
      .runEnded,
      #"{"cause":"crash","by":"hub","reason":"exit 137","exit_code":137,"verdict":"in_review"}"#
    ),
    (.runResumed(), .runResumed, "{}"),
    (.verdict(.done), .verdict, #"{"state":"done"}"#),
    (.turnStart(id: "t1"), .turnStart, #"{"turn_id":"t1"}"#),
    (
      .turnResult(
        id: "t1",
        status: "success",
        stopReason: "end_turn",
        costUSD: 0.03,
        byModel: ["b": .init(input: 1), "a": .init(output: 2, costUSD: 0.01)]
      ),
      .turnResult,
      #"{"turn_id":"t1","status":"success","stop_reason":"end_turn","cost_usd":0.03,"by_model":{"#
        + #""a":{"input":0,"output":2,"cache_read":0,"cache_create":0,"cost_usd":0.01},"#
        + #""b":{"input":1,"output":0,"cache_read":0,"cache_create":0}}}"#
    ),
    (.input("go"), .input, #"{"text":"go"}"#),
    (.text("hi"), .text, #"{"text":"hi"}"#),
    (.thought("hm", isSubagent: true), .thought, #"{"text":"hm","subagent":true}"#),
    (
      .toolCall(id: "c1", name: "bash", input: ["command": "ls"]), .toolCall,
      #"{"id":"c1","name":"bash","input":{"command":"ls"}}"#
    ),
    (
      .toolCallUpdate(id: "c1", status: "failed"), .toolCallUpdate,
      #"{"toolCallId":"c1","status":"failed"}"#
    ),
    (
      .toolCallUpdate(id: "c1", status: "completed", durationMs: 7, isRunning: true),
      .toolCallUpdate,
      #"{"toolCallId":"c1","status":"completed","duration_ms":7,"running":true}"#
    ),
    (
      .toolResult(id: "c1", isError: true, isDenied: true), .toolResult,
      #"{"tool_use_id":"c1","is_error":true,"denied":true}"#
    ),
    (
      .toolResult(id: "c1", durationMs: 7, isRunning: true), .toolResult,
      #"{"tool_use_id":"c1","is_error":false,"duration_ms":7,"running":true}"#
    ),
    (.turnResult(durationMs: 1500), .turnResult, #"{"duration_ms":1500}"#),
    (
      .usage(isUnknown: true, tier: .fast, webSearches: 2, replaces: "u1"), .usage,
      #"{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"#
        + #""unknown":true,"tier":"fast","web_searches":2,"replaces":"u1"}"#
    ),
    (.permissionRequest(id: "c1", name: "bash"), .permissionRequest, #"{"id":"c1","name":"bash"}"#),
    (
      .permissionDecision(id: "c1", isAllowed: false), .permissionDecision,
      #"{"id":"c1","decision":"deny"}"#
    ),
    (
      .usage(
        model: "m",
        input: 1,
        output: 2,
        cacheRead: 3,
        cacheWrite: 4,
        cacheWrite1h: 5,
        reasoning: 6,
        costUSD: 0.5,
        contextWindow: 7,
        isPartial: true,
        isCopied: true,
        isSubagent: true
      ), .usage,
      #"{"model":"m","input_tokens":1,"output_tokens":2,"cache_read_tokens":3,"cache_write_tokens":4,"#
        + #""cache_write_1h_tokens":5,"reasoning_tokens":6,"cost_usd":0.5,"context_window":7,"#
        + #""partial":true,"copied":true,"subagent":true}"#
    ),
    (
      .error(type: "overloaded", message: "try later"), .error,
      #"{"type":"overloaded","message":"try later"}"#
    ),
    (
      .checkpoint(flow: "launch", phase: "spawn", stepMs: 12), .checkpoint,
      #"{"flow":"launch","phase":"spawn","step_ms":12}"#
    ),
    (
      .span(stage: "queue", durationMs: 5, queueMs: 1), .span,
      #"{"stage":"queue","duration_ms":5,"queue_ms":1}"#
    ),
    (.compaction(), .compaction, "{}"),
    (.retry(type: "529", delayMs: 500), .retry, #"{"type":"529","delay_ms":500}"#),
    (
      .rateLimit(resetsAt: Timestamp(microseconds: 0)), .rateLimit,
      #"{"resets_at":"1970-01-01T00:00:00.000Z"}"#
    ),
  ]

  @Test("Each kind can be made, with the keys that the fold reads", arguments: all)
  func makes(_ event: Event, _ kind: KnownKind, _ payload: String) {
    #expect(event.kind.rawValue == kind.rawValue)
    #expect(event.payload.json == payload)
    #expect(jsonProblem(event.payload.bytes) == nil)
  }

  @Test("No kind was forgotten")
  func complete() {
    #expect(Set(Self.all.map { $0.1 }) == Set(KnownKind.allCases))
  }

  @Test("The envelope is filled in afterwards, and what is not named stays")
  func with() {
    let event = Event.input("go").with(ts: Timestamp(microseconds: 5), id: "e").with(session: "s")
    #expect(event.producer == .user)
    #expect(event.ts?.microseconds == 5)
    #expect(event.id == "e")
    #expect(event.session == "s")
    #expect(event.with(producer: .system).producer == .system)
  }

  @Test("A payload is checked, and kept as it stands")
  func payloads() throws {
    #expect(try Payload(json: " {\"a\" : 1}\n").json == " {\"a\" : 1}\n")
    #expect(throws: JSONError(offset: 1, isTruncated: true)) { try Payload(json: "{") }
    #expect(throws: JSONError(offset: 0, isTruncated: false)) { try Payload(validating: [0xFF]) }
    let payload: Payload = ["b": 1, "a": [true, nil, 2.5, "x\(1)"], "c": [:]]
    #expect(payload.json == #"{"b":1,"a":[true,null,2.5,"x1"],"c":{}}"#)
  }
}
