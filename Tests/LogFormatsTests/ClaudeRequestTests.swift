import Events
import LogFormats
import Testing

@Suite("What requests of Claude Code used")
struct ClaudeRequestTests {
  private static let keys: [StaticString] = [
    "model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
    "cache_write_1h_tokens", "reasoning_tokens", "web_searches", "tier", "inference_geo", "partial",
    "unknown",
  ]

  /// The requests of a message whose lines have these usages, the last one with a stop reason.
  private func requests(
    _ usages: String...,
    id: String? = "a",
    more: String = ""
  ) throws -> [String] {
    var script = ClaudeScript()
    script.ask()
    for (place, usage) in usages.enumerated() {
      script.assistant(id, stop: place == usages.count - 1 ? "end_turn" : nil, usage: usage, more)
    }
    return try script.story(Self.keys).compactMap {
      $0.hasPrefix("usage ") ? String($0.dropFirst(6)) : nil
    }
  }

  @Test("the last line of a message counts as a whole, also where counts move between classes")
  func snapshot() throws {
    #expect(
      try requests(
        #""input_tokens":900,"output_tokens":1"#,
        #""input_tokens":20,"output_tokens":30,"cache_read_input_tokens":880"#
      ) == [
        "model=m input_tokens=20 output_tokens=30 cache_read_tokens=880 cache_write_tokens=0"
      ]
    )
  }

  @Test("cache writes that stand only in the split count, and the long part never exceeds them")
  func split() throws {
    #expect(
      try requests(
        #""input_tokens":1,"output_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":30,"ephemeral_1h_input_tokens":70}"#
      ) == [
        "model=m input_tokens=1 output_tokens=2 cache_read_tokens=0 cache_write_tokens=100 "
          + "cache_write_1h_tokens=70"
      ]
    )
    #expect(
      try requests(
        #""input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":10,"cache_creation":{"ephemeral_1h_input_tokens":25}"#
      ) == [
        "model=m input_tokens=1 output_tokens=2 cache_read_tokens=0 cache_write_tokens=25 "
          + "cache_write_1h_tokens=25"
      ]
    )
  }

  @Test(
    "a count that is not there, or is none, is unknown and not 0",
    arguments: [
      #""input_tokens":null,"output_tokens":3"#, #""input_tokens":5"#,
      #""input_tokens":5,"output_tokens":"7""#, #""input_tokens":-4,"output_tokens":3"#, "",
    ]
  )
  func unknown(_ usage: String) throws {
    let found = try requests(usage)
    #expect(found.count == 1)
    #expect(found.allSatisfy { $0.hasSuffix(" unknown=true") })
  }

  @Test("speed, tier, place, searches and reasoning of a request are told")
  func facts() throws {
    #expect(
      try requests(
        #""input_tokens":1,"output_tokens":9,"speed":"fast","service_tier":"standard","inference_geo":"us","server_tool_use":{"web_search_requests":2},"output_tokens_details":{"thinking_tokens":4}"#
      ) == [
        "model=m input_tokens=1 output_tokens=9 cache_read_tokens=0 cache_write_tokens=0 "
          + "reasoning_tokens=4 web_searches=2 tier=fast inference_geo=us"
      ]
    )
    #expect(
      try requests(
        #""input_tokens":1,"output_tokens":9,"service_tier":"batch","inference_geo":"not_available""#
      )
        == [
          "model=m input_tokens=1 output_tokens=9 cache_read_tokens=0 cache_write_tokens=0 tier=batch"
        ]
    )
  }

  @Test("each iteration is a request of its own, those of other models beside the flat counts")
  func iterations() throws {
    let found = try requests(
      #""input_tokens":7,"output_tokens":70,"cache_read_input_tokens":300,"iterations":["#
        + #"{"type":"message","input_tokens":3,"output_tokens":20,"cache_read_input_tokens":100},"#
        + #"{"type":"advisor_message","model":"wise","input_tokens":5000,"output_tokens":400},"#
        + #"{"type":"message","input_tokens":4,"output_tokens":50,"cache_read_input_tokens":200}]"#
    )
    #expect(
      found == [
        "model=wise input_tokens=5000 output_tokens=400 cache_read_tokens=0 cache_write_tokens=0",
        "model=m input_tokens=3 output_tokens=20 cache_read_tokens=100 cache_write_tokens=0",
        "model=m input_tokens=4 output_tokens=50 cache_read_tokens=200 cache_write_tokens=0",
      ]
    )
  }

  @Test(
    "a compaction and a fallback are billed beside their message, by its model where they name none"
  )
  func otherIterations() throws {
    let found = try requests(
      #""input_tokens":10,"output_tokens":5,"iterations":["#
        + #"{"type":"compaction","input_tokens":800,"output_tokens":60},"#
        + #"{"type":"fallback_message","model":"other","input_tokens":9,"output_tokens":1},"#
        + #"{"type":"message","input_tokens":10,"output_tokens":5}]"#
    )
    #expect(
      found.map { $0.prefix { $0 != "c" } } == [
        "model=m input_tokens=800 output_tokens=60 ", "model=other input_tokens=9 output_tokens=1 ",
        "model=m input_tokens=10 output_tokens=5 ",
      ]
    )
  }

  @Test("iterations that exceed the flat counts are not parts of them")
  func foreignIterations() throws {
    let found = try requests(
      #""input_tokens":10,"output_tokens":5,"iterations":[{"input_tokens":30,"output_tokens":4},{"input_tokens":10,"output_tokens":5}]"#
    )
    #expect(
      found == [
        "model=m input_tokens=10 output_tokens=5 cache_read_tokens=0 cache_write_tokens=0"
      ]
    )
  }

  @Test("lines without a message id are one response if they are one request")
  func requestID() throws {
    let usage = #""input_tokens":10,"output_tokens":5"#
    #expect(try requests(usage, usage, id: nil, more: #","requestId":"req_1""#).count == 1)
    #expect(try requests(usage, usage, id: nil).count == 2)
  }

  @Test("of two copies of a message the better one counts, in either order")
  func copies() throws {
    var poor = ClaudeScript("s1", prefix: "p")
    poor.ask()
    poor.assistant("a", usage: #""input_tokens":10,"output_tokens":1"#)
    var good = ClaudeScript("s2", prefix: "g")
    good.ask("other")
    good.assistant("a", stop: "end_turn", usage: #""input_tokens":10,"output_tokens":500"#)
    for scripts in [[poor, good], [good, poor]] {
      var store = TestImport()
      for script in scripts { try store.read(lines: script.lines) }
      #expect(store.totals.models == ["m": [10, 500, 0, 0]])
    }
  }

  @Test(
    "what the agent itself counts a session to have cost is told, unless a model's price is unknown"
  )
  func cost() throws {
    func costs(_ isUnknown: Bool) throws -> [String] {
      var script = ClaudeScript()
      script.ask()
      script.done("a")
      script.raw(
        #"{"type":"cost-state","sessionId":"s","totalCostUSD":1.25,"hasUnknownModelCost":\#(isUnknown)}"#
      )
      return try script.imported().story(of: "claude-code:s", showing: ["usd", "source"])
        .filter { $0.hasPrefix("agent.cost") || $0.hasPrefix("claude-code.cost") }
    }
    #expect(try costs(false) == ["agent.cost usd=1.25 source=cost-state"])
    #expect(try costs(true) == ["claude-code.cost-state"])
  }
}
