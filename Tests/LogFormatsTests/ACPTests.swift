import Events
import LogFormats
import Testing

@Suite("Agent Client Protocol")
struct ACPTests {
  static func request(_ id: Int, _ method: String, _ params: String) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
  }

  static func answer(_ id: Int, _ result: String) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#
  }

  static func update(_ session: String, _ update: String) -> String {
    #"{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"\#(session)","update":\#(update)}}"#
  }

  static func cost(_ amount: String) -> String {
    update(
      "a",
      #"{"sessionUpdate":"usage_update","used":1,"size":9,"cost":{"amount":\#(amount),"currency":"USD"}}"#
    )
  }

  static func turn(_ id: Int, _ words: String, cost: String) -> [String] {
    [
      request(
        id,
        "session/prompt",
        #"{"sessionId":"a","prompt":[{"type":"text","text":"\#(words)"}]}"#
      ),
      self.cost(cost), answer(id, #"{"stopReason":"end_turn"}"#),
    ]
  }

  static let first = [
    request(0, "session/new", #"{"cwd":"/mill"}"#), answer(0, #"{"sessionId":"a"}"#),
  ]
  static let load = [
    request(0, "session/load", #"{"sessionId":"a","cwd":"/mill"}"#),
    update("a", #"{"sessionUpdate":"user_message_chunk","content":{"type":"text","text":"one"}}"#),
    update(
      "a",
      #"{"sessionUpdate":"tool_call","toolCallId":"c","kind":"read","status":"completed"}"#
    ),
    answer(0, "{}"),
  ]

  @Test(
    "What a loaded session replays is not stored, and its cost goes on",
    arguments: [true, false]
  )
  func loaded(_ inOrder: Bool) throws {
    let logs = [
      Self.first + Self.turn(1, "one", cost: "0.02"),
      Self.load + Self.turn(1, "two", cost: "0.05") + Self.turn(2, "three", cost: "0.06"),
    ]
    var store = TestImport()
    for log in inOrder ? logs : logs.reversed() { try store.read(lines: log, .acp) }
    #expect(store.events(of: "acp:a", "input").count == 3)
    #expect(store.events(of: "acp:a", "tool_call").isEmpty)
    let costs = store.story(of: "acp:a", showing: ["cost_usd"]).filter {
      $0.hasPrefix("turn.result")
    }
    // The cost is that of the session: $0.06 in all, in either order.
    #expect(
      costs.sorted()
        == (inOrder
          ? ["turn.result cost_usd=0.01", "turn.result cost_usd=0.02", "turn.result cost_usd=0.03"]
          : ["turn.result cost_usd=0", "turn.result cost_usd=0.01", "turn.result cost_usd=0.05"])
    )
  }

  @Test("A fork is a run of its own that says where it comes from")
  func fork() throws {
    var store = TestImport()
    try store.read(
      lines: Self.first + [
        Self.request(5, "session/fork", #"{"sessionId":"a","cwd":"/mill"}"#),
        Self.answer(5, #"{"sessionId":"b"}"#),
      ],
      .acp
    )
    #expect(
      store.story(of: "acp:b", showing: ["forked_from", "project"]) == [
        "run.started project=/mill", "run.started forked_from=acp:a",
      ]
    )
  }

  @Test("Without requests, what a person says begins a turn, and its parts are one prompt")
  func updatesOnly() throws {
    func said(_ who: String, _ words: String) -> String {
      Self.update(
        "a",
        #"{"sessionUpdate":"\#(who)_message_chunk","content":{"type":"text","text":"\#(words)"}}"#
      )
    }
    var store = TestImport()
    try store.read(
      lines: [
        said("user", "oil "), said("user", "it"), said("agent", "o"), said("agent", "k"),
        said("user", "more"),
      ],
      .acp
    )
    #expect(
      store.story(of: "acp:a", showing: ["text", "status"]).filter { !$0.hasPrefix("run.") } == [
        "input text=oil ", "turn.start", "text text=ok", "turn.result status=success",
        "input text=more", "turn.start",
      ]
    )
  }
}
