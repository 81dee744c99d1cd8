internal import Foundation
import Testing

@Suite("digest-ctl: how runs end")
struct EndTests {
  @Test(
    "every end seals once, and the first one counts",
    arguments: [
      ("stop", "completed"), ("crash", "crashed"), ("fail", "failed"), ("terminate", "completed"),
    ]
  )
  func ends(verb: String, status: String) throws {
    let tool = try Tool()
    try tool.run("append", "--run", "fix-42", input: SampleLog.text)
    let first = try tool.run(verb, "fix", "--reason", "why", "--json").json()
    #expect(first["changed"] as? Bool == true)
    #expect((first["outcome"] as? [String: Any])?["status"] as? String == status)
    let log = try tool.run("export", "events").output
    for other in ["stop", "crash", "fail", "terminate"] {
      let again = try tool.run(other, "fix", "--json").json()
      #expect(again["changed"] as? Bool == false)
      #expect((again["outcome"] as? [String: Any])?["cause"] as? String == verb)
    }
    #expect(try tool.run("export", "events").output == log)
    #expect(try tool.run("insight", "fix", "--json").json()["lag"] as? Int == 0)
  }

  @Test("a run that ended can be judged, and can go on")
  func verdictAndResume() throws {
    let tool = try Tool()
    try tool.run("append", "--run", "fix-42", input: SampleLog.text)
    try tool.run("stop", "fix")
    #expect(try tool.run("verdict", "fix", "blocked").output == "fix-42: blocked\n")
    #expect(try tool.run("resume", "fix").output == "fix-42: running\n")
    #expect(try tool.run("crash", "fix").output == "fix-42: crashed\n")
    #expect(try tool.run("verify").status == 0)
    #expect(try tool.run("rebuild").status == 0)
    #expect(try tool.run("verify", "fix").status == 0)
    #expect(try tool.run("health", "--json").json()["current"] as? Bool == true)
  }

  @Test("the event of a resumed run names who resumed it")
  func resumedBy() throws {
    let tool = try Tool()
    try tool.run("append", "--run", "fix-42", input: SampleLog.text)
    for (arguments, author) in [([], "digest-ctl"), (["--by", "ada"], "ada")] {
      try tool.run("stop", "fix")
      #expect(try tool.run(arguments: ["resume", "fix"] + arguments).status == 0)
      let events = try tool.run("events", "fix", "--json", "--limit", "1000").rows()
      let resumed = try #require(events.last { $0["kind"] as? String == "run.resumed" })
      #expect((resumed["payload"] as? [String: Any])?["by"] as? String == author)
    }
    #expect(try tool.run("verify").status == 0)
  }

  @Test("runs are ended by their session: those that it left, and those of one that is gone")
  func bySession() throws {
    let tool = try Tool()
    for (run, session) in [("a", "s1"), ("b", "s1"), ("c", "s2"), ("d", "s3")] {
      let line = #"{"kind":"text","session":"\#(session)"}"# + "\n"
      try tool.run("append", "--run", run, input: line)
    }
    let swapped = try tool.run("swap", "s1", "b", "--json").rows()
    #expect(swapped.map { $0["run"] as? String } == ["a"])
    #expect((swapped[0]["outcome"] as? [String: Any])?["by"] as? String == "swap")
    #expect(try tool.run("reap", "--gone", "s2").output == "c: terminated\n")
    #expect(try tool.run("reap", "--gone", "s2").output == "no run was to be ended\n")
    #expect(try tool.run("reap", "--alive", "s1").output == "d: terminated\n")
    #expect(try tool.run("insight", "b", "--json").json()["lag"] as? Int == 0)
    #expect(try tool.run("reap").status == 2)
    #expect(try tool.run("reap", "--gone", "x", "--alive", "y").status == 2)
    #expect(try tool.run("verify").status == 0)
  }
}
