import Events
import LogFormats
import Testing

@Suite("Sessions of pi")
struct PiRulesTests {
  private func session(_ id: String, _ time: String, parent: String? = nil) -> String {
    let parent = parent.map {
      #","parentSession":"/home/ada/.pi/x/2026-05-20T09-00-00Z_\#($0).jsonl""#
    }
    return
      #"{"type":"session","version":3,"id":"\#(id)","timestamp":"2026-05-20T\#(time)Z","cwd":"/home/ada/\#(id)"\#(parent ?? "")}"#
  }

  private func prompt(_ id: String, _ time: String) -> String {
    #"{"type":"message","id":"\#(id)","timestamp":"2026-05-20T\#(time)Z","message":{"role":"user","content":"Ask \#(id)"}}"#
  }

  private func reply(
    _ id: String,
    _ time: String,
    _ output: Int,
    reason: String = "stop",
    more: String = ""
  ) -> String {
    #"{"type":"message","id":"\#(id)","timestamp":"2026-05-20T\#(time)Z","message":{"role":"assistant","content":[{"type":"text","text":"Say \#(id)"}\#(more)],"model":"m","usage":{"input":1,"output":\#(output),"cacheRead":0,"cacheWrite":0,"cost":{"total":0.01}},"stopReason":"\#(reason)"}}"#
  }

  /// A session, a fork of it, and a fork of the fork.
  private var family: [[String]] {
    let first = [prompt("a1", "10:00:01"), reply("a2", "10:00:02", 10)]
    let second = [prompt("b1", "11:00:01"), reply("b2", "11:00:02", 20)]
    let third = [prompt("c1", "12:00:01"), reply("c2", "12:00:02", 40)]
    return [
      [session("one", "10:00:00")] + first,
      [session("two", "11:00:00", parent: "one")] + first + second,
      [session("three", "12:00:00", parent: "two")] + first + second + third,
    ]
  }

  @Test(
    "history that forks repeat is stored once, in the run that lived it, in whatever order logs are read",
    arguments: [[0, 1, 2], [1, 0, 2], [2, 1, 0], [2, 0, 1], [1, 2], [0, 2, 1]]
  )
  func forks(_ order: [Int]) throws {
    var store = TestImport()
    for log in order { try store.read(lines: family[log], .pi) }
    let usage = { (run: String) in store.events(of: run, "usage").count }
    let turns = store.entries.filter { $0.event.kind == "turn.result" }.count
    var expected = Totals()
    expected.add("m", [3, 70, 0, 0])
    #expect(store.totals == expected)
    #expect(turns == 3)
    #expect(usage("pi:three") == 1)
    // What is older than a fork whose log was not read yet is taken for the fork's.
    if order != [2, 1, 0], order != [2, 0, 1], order != [0, 2, 1] {
      #expect(usage("pi:one") == 1)
      #expect(usage("pi:two") == 1)
    }
    let facts = store.story(of: "pi:three", showing: ["project", "forked_from"])
    #expect(facts.contains("run.started project=/home/ada/three forked_from=pi:two"))
  }

  @Test("a parent whose log is read after its fork's keeps what it says of itself")
  func parentAfterFork() throws {
    var store = TestImport()
    try store.read(lines: family[1], .pi)
    try store.read(lines: family[0], .pi)
    let projects = store.story(of: "pi:one", showing: ["project"])
      .filter { $0.contains("project") }
    #expect(projects.last == "run.started project=/home/ada/one")
  }

  @Test(
    "compactions, summaries and tools that ask a model are requests, with one-hour cache writes"
  )
  func nestedRequests() throws {
    let usage =
      #""usage":{"input":5,"output":9,"reasoning":4,"cacheRead":1,"cacheWrite":8,"cacheWrite1h":6,"cost":{"total":0.5}}"#
    func line(_ id: String, _ type: String, _ rest: String) -> String {
      #"{"type":"\#(type)","id":"\#(id)","timestamp":"2026-05-20T10:01:00Z",\#(rest)}"#
    }
    let call = #",{"type":"toolCall","id":"c","name":"ask","arguments":{}}"#
    var store = TestImport()
    try store.read(
      lines: [
        session("one", "10:00:00"), prompt("a", "10:00:01"),
        reply("b", "10:00:02", 3, reason: "toolUse", more: call),
        line(
          "c",
          "message",
          #""message":{"role":"toolResult","toolCallId":"c","content":"x",\#(usage)}"#
        ),
        line("d", "compaction", #""summary":"s",\#(usage)"#),
        line("e", "branch_summary", #""summary":"s",\#(usage)"#),
        line("f", "compaction", #""summary":"s""#),
      ],
      .pi
    )
    let requests = store.story(
      of: "pi:one",
      showing: [
        "model", "output_tokens", "reasoning_tokens", "cache_write_tokens", "cache_write_1h_tokens",
        "cost_usd",
      ]
    ).filter { $0.hasPrefix("usage") }
    let nested =
      "usage model=m output_tokens=9 reasoning_tokens=4 cache_write_tokens=8 cache_write_1h_tokens=6 cost_usd=0.5"
    #expect(
      requests == [
        "usage model=m output_tokens=3 cache_write_tokens=0 cost_usd=0.01", nested, nested, nested,
      ]
    )
    #expect(store.events(of: "pi:one", "compaction").count == 2)
  }

  @Test("a session in which nobody said anything is not a run")
  func emptySession() throws {
    var store = TestImport()
    let importer = try store.read(
      Array(
        [
          session("one", "10:00:00"),
          #"{"type":"model_change","id":"m","timestamp":"2026-05-20T10:00:01Z","modelId":"m"}"#,
        ].joined(separator: "\n").utf8
      ),
      .pi
    )
    #expect(store.entries.isEmpty)
    #expect(importer.runs.isEmpty)
  }

  @Test("short ids that another session has too name other requests")
  func shortIds() throws {
    var store = TestImport()
    try store.read(lines: [session("one", "10:00:00"), reply("a", "10:00:02", 3)], .pi)
    try store.read(lines: [session("two", "11:00:00"), reply("a", "11:00:02", 5)], .pi)
    #expect(store.totals.models["m"] == [2, 8, 0, 0])
  }
}
