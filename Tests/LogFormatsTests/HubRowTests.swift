import Events
import LogFormats
import Testing

@Suite("Rows of another hub")
struct HubRowTests {
  static func row(
    _ seq: Int,
    _ kind: String,
    _ payload: String,
    producer: String = "agent",
    more: String = ""
  ) -> String {
    #"{"agent_id":"a1","seq":\#(seq),"kind":"\#(kind)","ts":"2026-06-01T00:00:0\#(seq)Z","#
      + #""session_id":"s1","producer":"\#(producer)"\#(more),"payload":\#(payload)}"#
  }

  static func read(_ rows: String...) throws -> TestImport {
    var store = TestImport()
    try store.read(lines: rows, .agentEvents)
    #expect(store.problems.isEmpty)
    return store
  }

  @Test("Cached tokens of a usage are counted under the hub's names and those of its agents")
  func cache() throws {
    let store = try Self.read(
      Self.row(
        1,
        "usage",
        #"{"model":"m","input_tokens":10,"output_tokens":5,"cache_read":900,"cache_create":50}"#
      ),
      Self.row(
        2,
        "usage",
        #"{"model":"m","input_tokens":1,"output_tokens":2,"cache_read_input_tokens":30,"cache_creation_input_tokens":4}"#
      ),
      Self.row(3, "usage", #"{"model":"m","input_tokens":1,"output_tokens":1}"#)
    )
    var expected = Totals()
    expected.add("m", [12, 8, 930, 54])
    #expect(store.totals == expected)
  }

  @Test("What a person types is a prompt, and names the run; what another agent sends is not")
  func prompts() throws {
    let store = try Self.read(
      Self.row(1, "input.text", #"{"body":"oil the mill\nplease"}"#, producer: "user"),
      Self.row(2, "turn.start", #"{"turn_id":"t1"}"#),
      Self.row(3, "turn.result", #"{"turn_id":"t1","status":"success","duration_ms":900}"#),
      Self.row(4, "input.attention_reply", #"{"request_id":"q","body":"yes"}"#, producer: "user"),
      Self.row(5, "input.text", #"{"body":"from a peer"}"#, producer: "a2a"),
      Self.row(6, "input.cancel", "{}", producer: "user")
    )
    #expect(
      store.story(of: "agent-events:a1", showing: ["title", "body", "duration_ms"]) == [
        "input body=oil the mill\nplease", "turn.start",
        "turn.result duration_ms=900", "input body=yes",
        "agent-events.input.text body=from a peer", "agent-events.input.cancel",
        "run.started title=oil the mill",
      ]
    )
  }

  @Test("A request for approval and its decision have the id of the request")
  func approvals() throws {
    let store = try Self.read(
      Self.row(1, "approval_request", #"{"request_id":"r1","tool_name":"Bash"}"#),
      Self.row(2, "input.approval", #"{"request_id":"r1","decision":"approve"}"#, producer: "user"),
      Self.row(3, "approval_request", #"{"request_id":"r2"}"#),
      Self.row(4, "input.approval", #"{"request_id":"r2","decision":"deny"}"#, producer: "user"),
      Self.row(
        5,
        "input.approval",
        #"{"request_id":"r3","decision":"proceed_once","option_id":"proceed_once"}"#,
        producer: "user"
      ),
      Self.row(6, "input.approval", #"{"request_id":"r4","decision":"cancel"}"#, producer: "user")
    )
    #expect(
      store.story(of: "agent-events:a1", showing: ["id", "name", "decision"]) == [
        "permission.request id=r1 name=Bash", "permission.decision id=r1 decision=allow",
        "permission.request id=r2", "permission.decision id=r2 decision=deny",
        "permission.decision id=r3 decision=allow", "permission.decision id=r4 decision=cancelled",
      ]
    )
  }

  @Test("Agent, team, host and project are told once, wherever the rows name them")
  func facts() throws {
    let more = #","team_id":"mill","host":"box""#
    let store = try Self.read(
      Self.row(
        1,
        "session.init",
        #"{"engine":"claude-code","model":"m","cwd":"/mill"}"#,
        more: more
      ),
      Self.row(2, "text", #"{"text":"x"}"#, more: more),
      Self.row(3, "text", #"{"text":"y"}"#, more: #","team_id":"other""#)
    )
    #expect(
      store.story(of: "agent-events:a1", showing: ["agent", "team", "host", "project"]) == [
        "run.started agent=claude-code project=/mill", "text", "text",
        "run.started team=other host=box",
      ]
    )
    var document = TestImport()
    let rows = Self.row(1, "text", "{}") + "," + Self.row(2, "text", "{}")
    try document.read(
      lines: [#"{"agent_id":"a1","team_id":"mill","engine":"codex","events":[\#(rows)]}"#],
      .agentEvents
    )
    #expect(
      document.story(of: "agent-events:a1", showing: ["agent", "team"]) == [
        "text", "text", "run.started agent=codex team=mill",
      ]
    )
  }
}
