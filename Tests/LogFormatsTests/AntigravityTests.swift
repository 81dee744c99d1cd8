import Events
import LogFormats
import Testing

@Suite("Antigravity")
struct AntigravityTests {
  static func step(
    _ index: Int,
    _ type: String,
    _ second: Int,
    _ more: String,
    source: String = "MODEL"
  ) -> String {
    let time = "2026-03-02T10:00:" + (second < 10 ? "0" : "") + "\(second)Z"
    return #"{"step_index":\#(index),"source":"\#(source)","type":"\#(type)","#
      + #""status":"DONE","created_at":"\#(time)",\#(more)}"#
  }

  static let prompt = step(
    0,
    "USER_INPUT",
    0,
    #""content":"<USER_REQUEST>\nOil it.\n</USER_REQUEST>""#,
    source: "USER_EXPLICIT"
  )
  static let asks = step(
    1,
    "PLANNER_RESPONSE",
    1,
    #""tool_calls":[{"name":"run_command","args":{"a":1}}]"#
  )

  static func source(_ conversation: String) -> LogSource {
    LogSource(
      path: "/h/.gemini/antigravity/brain/\(conversation)/.system_generated/logs/transcript.jsonl"
    )
  }

  @Test("A call begins with its step, and takes as long as the step says")
  func times() throws {
    var store = TestImport()
    let ran = Self.step(
      2,
      "RUN_COMMAND",
      9,
      #""content":"Created At: 2026-03-02T10:00:09Z\nCompleted At: 2026-03-02T10:00:14Z\n\n\tok""#
    )
    try store.read(lines: [Self.prompt, Self.asks, ran], .antigravity, source: Self.source("c1"))
    let call = try #require(store.events(of: "antigravity:c1", "tool_call").first)
    let result = try #require(store.events(of: "antigravity:c1", "tool_result").first)
    #expect(call.ts == Timestamp("2026-03-02T10:00:09Z"))
    #expect(result.ts == Timestamp("2026-03-02T10:00:14Z"))
    #expect(
      store.story(of: "antigravity:c1", showing: ["duration_ms", "input"]).suffix(2) == [
        #"tool_call input={"a":1}"#, "tool_result duration_ms=5000",
      ]
    )
  }

  @Test("A command of the program is no prompt")
  func commands() throws {
    var store = TestImport()
    let lines = ["/exit", "/home/ada", "/plan the mill"].map {
      Self.prompt.replacing("Oil it.", with: $0)
    }
    try store.read(lines: lines, .antigravity, source: Self.source("c1"))
    #expect(store.events(of: "antigravity:c1", "input").count == 2)
    #expect(store.events(of: "antigravity:c1", "antigravity.USER_INPUT").count == 1)
  }

  @Test("A turn ends when the system goes on behind its last response")
  func ends() throws {
    let answer = Self.step(1, "PLANNER_RESPONSE", 1, #""content":"Oiled.""#)
    let checkpoint = Self.step(2, "CHECKPOINT", 6, #""content":"x""#, source: "SYSTEM")
    var store = TestImport()
    try store.read(
      lines: [Self.prompt, answer, checkpoint],
      .antigravity,
      source: Self.source("c1"),
      rests: .afterEachLine
    )
    let ends = store.events(of: "antigravity:c1", "turn.result")
    #expect(ends.map(\.ts) == [Timestamp("2026-03-02T10:00:06Z")])
  }

  @Test("A call whose step never came is told before the next prompt")
  func given() throws {
    var store = TestImport()
    try store.read(lines: [Self.prompt, Self.asks], .antigravity, source: Self.source("c1"))
    #expect(store.events(of: "antigravity:c1", "tool_call").isEmpty)
    var whole = TestImport()
    let next = Self.prompt.replacing(#""step_index":0"#, with: #""step_index":3"#)
    try whole.read(lines: [Self.prompt, Self.asks, next], .antigravity, source: Self.source("c1"))
    #expect(whole.events(of: "antigravity:c1", "tool_call").count == 1)
  }

  @Test(
    "A conversation that another one has invoked is its helper, in either order",
    arguments: [true, false]
  )
  func helpers(_ parentFirst: Bool) throws {
    let invoked = Self.step(
      2,
      "INVOKE_SUBAGENT",
      2,
      #""content":"Created At: 2026-03-02T10:00:02Z\n{ \"conversationId\":  \"c2\" }""#
    )
    var store = TestImport()
    func readParent() throws {
      try store.read(
        lines: [Self.prompt, Self.asks, invoked],
        .antigravity,
        source: Self.source("c1")
      )
    }
    if parentFirst { try readParent() }
    try store.read(lines: [Self.prompt], .antigravity, source: Self.source("c2"))
    if !parentFirst { try readParent() }
    let parents = store.story(of: "antigravity:c2", showing: ["parent_run"])
    #expect(parents.filter { $0.contains("parent_run=antigravity:c1") }.count == 1)
    #expect(Set(store.entries.map(\.run.rawValue)) == ["antigravity:c1", "antigravity:c2"])
  }
}
