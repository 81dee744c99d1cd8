import Events
import LogFormats
import TestSupport
import Testing

/// Small conversations of OpenHands' SDK, whose figures were worked out by hand.
@Suite("Conversations of OpenHands' SDK")
struct OpenHandsTests {
  private let folder = "/home/ada/.openhands/conversations/c0ffee/"
  private static let run = "openhands:c0ffee"

  /// What the agent asked for: 1000 of which 400 cached, then 1200 of which 1000; and a summary.
  private static var all: Totals {
    var totals = Totals()
    totals.add("claude-x", [600, 50, 400, 0])
    totals.add("claude-x", [200, 40, 1000, 0])
    totals.add("claude-small", [500, 30, 0, 0])
    return totals
  }

  @Test("Events: what was used in all becomes requests, a person's refusal is not a failure")
  func events() throws {
    let log = try TestFiles.fixture(.openHands, "sdk.jsonl")
    let store = try FormatContract(format: .openHands).check(log)
    #expect(store.problems.isEmpty)
    #expect(store.totals == Self.all)
    let run = try #require(store.runs.first).rawValue
    #expect(
      store.knownStory(of: run, ["status", "name", "is_error", "denied", "type", "cost_usd"]) == [
        "run.started", "run.started", "input", "turn.start", "thought", "tool_call name=terminal",
        "usage cost_usd=0.02", "tool_result name=terminal is_error=true",
        "tool_call name=file_editor", "permission.request",
        "tool_result name=file_editor is_error=true denied=true", "tool_call name=terminal",
        "tool_result name=terminal is_error=true", "usage cost_usd=0.01", "usage", "compaction",
        "text", "tool_call name=finish", "tool_result name=finish is_error=false",
        "turn.result status=success", "input", "turn.start", "error type=LLMRateLimitError",
        "turn.result status=error",
      ]
    )
  }

  @Test("The state of a conversation tells of each request, with the time at which it was paid")
  func state() throws {
    let state = try TestFiles.fixture(.openHands, "base_state.json")
    let store = try FormatContract(format: .openHands).check(state, name: "base_state")
    var expected = Totals()
    expected.add("claude-x", [800, 90, 1400, 0])
    expected.add("claude-small", [500, 30, 0, 0])
    #expect(store.totals == expected)
    let run = "openhands:c0ffee00000040008000000000000000"
    let usages = store.events(of: run, "usage")
    #expect(
      usages.map(\.ts).prefix(2) == [
        Timestamp("2026-03-01T10:00:04.5Z"), Timestamp("2026-03-01T10:00:15.25Z"),
      ]
    )
    let starts = store.story(of: run, showing: ["model", "project"])
    #expect(starts.first == "run.started model=claude-x project=/home/ada/shop")
  }

  @Test("Requests that events and the state tell of are counted once, in either order")
  func both() throws {
    let events = try TestFiles.fixture(.openHands, "sdk.jsonl")
    let state = try TestFiles.fixture(.openHands, "base_state.json")
    for isStateFirst in [true, false] {
      var store = TestImport()
      func readState(_ store: inout TestImport) throws {
        try store.read(state, .openHands, source: LogSource(path: folder + "base_state.json"))
      }
      if isStateFirst { try readState(&store) }
      try store.read(events, .openHands, source: LogSource(path: folder + "events"))
      if !isStateFirst { try readState(&store) }
      #expect(store.runs.map(\.rawValue) == [Self.run])
      #expect(store.totals == Self.all)
    }
  }

  @Test("A state that was rewritten tells only of what is new in it")
  func stateAgain() throws {
    let source = LogSource(path: folder + "base_state.json")
    let state = String(
      decoding: try TestFiles.fixture(.openHands, "base_state.json"),
      as: UTF8.self
    )
    var store = TestImport()
    var importer = try store.read(Array(state.utf8), .openHands, source: source)
    importer.startOver()
    let grown = state.replacing(
      #""costs":[],"response_latencies":[],"token_usages":["#,
      with: #""costs":[],"response_latencies":[],"token_usages":[],"was":["#
    ).replacing(
      #"],"response_latencies":[],"token_usages":[{"model":"claude-x""#,
      with:
        #",{"cost":0.5,"timestamp":1772359300}],"response_latencies":[],"token_usages":[{"model":"claude-x""#
    ).replacing(
      #""response_id":"r2"}"#,
      with: #""response_id":"r2"},{"prompt_tokens":7,"completion_tokens":1}"#
    )
    try store.read(Array(grown.utf8), .openHands, source: source, continuing: importer)
    var expected = Self.all
    expected.add("claude-x", [7, 1, 0, 0])
    #expect(store.totals == expected)
  }

  @Test("Requests of the state that have no time are not taken to have happened now")
  func timeless() throws {
    let state =
      #"{"agent":{},"workspace":{},"id":"s","stats":{"usage_to_metrics":{"agent":{"token_usages":[{"prompt_tokens":7}],"costs":[]}}}}"#
    var store = TestImport()
    try store.read(lines: [state], .openHands)
    #expect(store.entries.isEmpty)
  }
}
