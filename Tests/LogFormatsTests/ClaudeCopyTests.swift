import Events
import LogFormats
import Testing

@Suite("History that logs of Claude Code repeat")
struct ClaudeCopyTests {
  /// Two turns, the first with a failed call.
  private func parent(_ session: String = "p", prefix: String = "p") -> ClaudeScript {
    var script = ClaudeScript(session, prefix: prefix)
    script.ask("count")
    script.call("c1", of: "\(prefix)a")
    script.result("c1", "Exit code 1", isError: true)
    script.done("\(prefix)b")
    script.ask("again")
    script.done("\(prefix)c")
    return script
  }

  private func own(_ session: String, prefix: String, from time: Double = 100) -> ClaudeScript {
    var script = ClaudeScript(session, prefix: prefix)
    script.ask("and now?", at: time)
    script.done("\(prefix)own", at: time + 1)
    return script
  }

  private func imported(_ logs: [[String]]) throws -> TestImport {
    var store = TestImport()
    for log in logs { try store.read(lines: log) }
    return store
  }

  private func counts(_ store: TestImport) -> [Int] {
    [
      store.all("turn.start"), store.all("turn.result"), store.all("tool_call"),
      store.all("tool_result"), store.all("input"), store.all("usage"),
    ]
  }

  @Test("a branch has its own part, and what it repeats is its parent's, in any order")
  func branch() throws {
    let parent = parent()
    let branch = parent.branched(into: "b") + own("b", prefix: "b").lines
    for logs in [[parent.lines, branch], [branch, parent.lines], [branch]] {
      let store = try imported(logs)
      #expect(counts(store) == [3, 3, 1, 1, 3, 4])
      #expect(store.events(of: "claude-code:b", "turn.start").count == 1)
      #expect(store.events(of: "claude-code:p", "turn.start").count == 2)
      #expect(store.seconds("claude-code:b", "run.started").first == 100)
      #expect(
        store.story(of: "claude-code:b", showing: ["forked_from"])
          .contains("run.started forked_from=claude-code:p")
      )
      #expect(Set(store.events(of: "claude-code:p", "usage").map(\.session)) == ["p"])
    }
  }

  @Test("a branch that repeats its lines once more without a word adds nothing, and is not a run")
  func twice() throws {
    let parent = parent()
    let branch = parent.branched(into: "b") + parent.forked(into: "b")
    for logs in [[parent.lines, branch], [branch, parent.lines]] {
      let store = try imported(logs)
      #expect(counts(store) == [2, 2, 1, 1, 2, 3])
      #expect(store.runs.map(\.rawValue) == ["claude-code:p"])
    }
  }

  @Test("a branch of a branch leaves each line to the session that lived it")
  func branchOfBranch() throws {
    let first = parent()
    let secondOwn = own("b", prefix: "b")
    let second = first.branched(into: "b") + secondOwn.lines
    // Its own lines, and the copies that it has of others, say that they come from the branch.
    let third =
      (first.branched(into: "c") + secondOwn.branched(into: "c")).map {
        $0.replacing(#""forkedFrom":{"sessionId":"p""#, with: #""forkedFrom":{"sessionId":"b""#)
      } + own("c", prefix: "c", from: 200).lines
    for logs in [
      [first.lines, second, third], [third, second, first.lines], [second, third, first.lines],
      [third, first.lines, second],
    ] {
      #expect(counts(try imported(logs)) == [4, 4, 1, 1, 4, 5])
    }
    let store = try imported([first.lines, second, third])
    for (run, turns) in [("p", 2), ("b", 1), ("c", 1)] {
      #expect(store.events(of: "claude-code:\(run)", "turn.start").count == turns)
    }
  }

  @Test("a branch that gives its copies new ids is known by those that it names")
  func newIDs() throws {
    let first = parent()
    let second = first.branched(into: "b").map {
      $0.replacing(#""uuid":"p"#, with: #""uuid":"q"#)
    }
    let third = second.map {
      $0.replacing(#""uuid":"q"#, with: #""uuid":"r"#)
        .replacing(#""messageUuid":"p"#, with: #""messageUuid":"q"#)
        .replacing(#""forkedFrom":{"sessionId":"p""#, with: #""forkedFrom":{"sessionId":"b""#)
        .replacing(#""sessionId":"b","timestamp""#, with: #""sessionId":"c","timestamp""#)
    }
    let store = try imported([first.lines, second, third])
    #expect(counts(store) == [2, 2, 1, 1, 2, 3])
  }

  @Test("a fork that keeps the ids of its lines has its own part only")
  func fork() throws {
    let parent = parent()
    let fork = parent.forked(into: "f") + own("f", prefix: "f").lines
    var later = parent
    later.ask("meanwhile", at: 50)
    later.done("later", at: 51)
    for logs in [[parent.lines, fork], [fork, parent.lines]] {
      #expect(counts(try imported(logs)) == [3, 3, 1, 1, 3, 4])
    }
    // The parent has gone on behind the fork.
    for logs in [[later.lines, fork], [fork, later.lines]] {
      #expect(counts(try imported(logs)) == [4, 4, 1, 1, 4, 5])
    }
    let store = try imported([parent.lines, fork])
    #expect(store.events(of: "claude-code:f", "tool_call").isEmpty)
    #expect(store.seconds("claude-code:f", "run.started").first == 100)
  }

  @Test("a fork's made-up answer to a call of its parent is not a result")
  func filler() throws {
    var parent = ClaudeScript("p", prefix: "p")
    parent.ask()
    parent.call("open", of: "a")
    var own = ClaudeScript("f", prefix: "f")
    own.result("open", "interrupted", isError: true, at: 900)
    own.ask("go on", at: 901)
    own.done("b", at: 905)
    let store = try imported([parent.lines, parent.forked(into: "f") + own.lines])
    #expect(store.events(of: "claude-code:f", "tool_result").isEmpty)
  }

  @Test("sessions whose lines have the same ids and other words are not copies")
  func sameIDs() throws {
    var other = ClaudeScript("o", prefix: "p")
    other.ask("something else")
    other.done("z")
    let store = try imported([parent().lines, other.lines])
    #expect(store.events(of: "claude-code:o", "turn.start").count == 1)
  }

  @Test("a sub-agent that begins with its session's talk has its own part only, in any order")
  func forkedAgent() throws {
    var main = ClaudeScript("p", prefix: "p")
    main.ask("long talk")
    main.done("a")
    main.ask("ask a fork", at: 60)
    main.call("t", "Agent", input: #"{"prompt":"look","subagent_type":"fork"}"#, of: "b", at: 61)
    let agent = #","isSidechain":true,"agentId":"f1""#
    var own = ClaudeScript("p", prefix: "h")
    own.more += agent
    own.ask("look", at: 63)
    own.done("h1", at: 65)
    let copies = main.branched(into: "p").map { String($0.dropLast()) + agent + "}" }
    main.result("t", "seen", at: 66)
    main.done("c", at: 67)
    for logs in [[main.lines, copies + own.lines], [copies + own.lines, main.lines]] {
      let store = try imported(logs)
      #expect(counts(store) == [3, 3, 1, 1, 3, 4])
      let helper = "claude-code:p/agent-f1"
      #expect(store.seconds(helper, "turn.start") == [63])
      #expect(store.events(of: helper, "tool_call").isEmpty)
    }
  }
}
