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
}
