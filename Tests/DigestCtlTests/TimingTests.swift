internal import Foundation
import Testing

@Suite("digest-ctl timing")
struct TimingTests {
  /// A launch of two phases, one of them passed twice, another flow, and two stages.
  private static let slow = [
    #"{"run":"slow","kind":"checkpoint","payload":{"flow":"launch","phase":"spawn","step_ms":250}}"#,
    #"{"run":"slow","kind":"checkpoint","payload":{"flow":"launch","phase":"handshake","step_ms":100}}"#,
    #"{"run":"slow","kind":"checkpoint","payload":{"flow":"launch","phase":"handshake","step_ms":300}}"#,
    #"{"run":"slow","kind":"checkpoint","payload":{"flow":"resume","phase":"load","step_ms":7}}"#,
    #"{"run":"slow","kind":"span","payload":{"stage":"fold","duration_ms":10,"queue_ms":5}}"#,
    #"{"run":"slow","kind":"span","payload":{"stage":"fold","duration_ms":30}}"#,
    #"{"run":"slow","kind":"span","payload":{"stage":"send","duration_ms":1}}"#,
  ]

  /// The same launch, quicker, without one phase and with another.
  private static let quick = [
    #"{"run":"quick","kind":"checkpoint","payload":{"flow":"launch","phase":"warm","step_ms":20}}"#,
    #"{"run":"quick","kind":"checkpoint","payload":{"flow":"launch","phase":"spawn","step_ms":150}}"#,
    #"{"run":"quick","kind":"span","payload":{"stage":"fold","duration_ms":25}}"#,
  ]

  private func tool() throws -> Tool {
    let tool = try Tool()
    try tool.run("import", try tool.write(SampleLog.text(Self.slow + Self.quick), to: "t.jsonl"))
    return tool
  }

  @Test("of one run has its phases in their order, its flows and its stages")
  func one() throws {
    let tool = try tool()
    let json = try tool.run("timing", "slow", "--json").json()
    #expect(json["run"] as? String == "slow")
    #expect(json["diff"] is NSNull)
    let flows = try #require(json["launch"] as? [String: [String: Any]])
    #expect(Set(flows.keys) == ["launch", "resume"])
    let phases = try #require(flows["launch"]?["phases"] as? [[String: Any]])
    #expect(phases.map { $0["phase"] as? String } == ["spawn", "handshake"])
    #expect(
      phases[1]["run"] as? [String: Int]
        == ["steps": 2, "total_ms": 400, "last_ms": 300, "max_ms": 300]
    )
    #expect(phases[1]["diff"] == nil && phases[1]["change_ms"] == nil)
    #expect((flows["launch"]?["run"] as? [String: Int]) == ["total_ms": 650])
    let stages = try #require(json["stages"] as? [String: [String: [String: Any]]])
    #expect(Set(stages.keys) == ["fold", "send"])
    #expect(stages["fold"]?["run"]?["count"] as? Int == 2)
    #expect(stages["fold"]?["run"]?["queue_ms"] as? Int == 5)
    let text = try tool.run("timing", "slow").output
    #expect(
      text == """
        slow

        FLOW    PHASE      STEPS    LAST     MAX    TIME
        launch  spawn          1  250 ms  250 ms  250 ms
                handshake      2  300 ms  300 ms  400 ms
                total                             650 ms
        resume  load           1    7 ms    7 ms    7 ms
                total                               7 ms

        STAGE  COUNT  QUEUED    P50    P95   TIME
        fold       2    5 ms  10 ms  30 ms  40 ms
        send       1    0 ms   1 ms   1 ms   1 ms

        """
    )
  }

  @Test("of two runs has them side by side, with the change from the first to the second")
  func two() throws {
    let tool = try tool()
    let json = try tool.run("timing", "slow", "--diff", "quick", "--json").json()
    #expect(json["run"] as? String == "slow" && json["diff"] as? String == "quick")
    let flows = try #require(json["launch"] as? [String: [String: Any]])
    let phases = try #require(flows["launch"]?["phases"] as? [[String: Any]])
    #expect(phases.map { $0["phase"] as? String } == ["spawn", "handshake", "warm"])
    #expect(phases.map { $0["change_ms"] as? Int } == [-100, nil, nil])
    #expect(phases.allSatisfy { $0["change_ms"] != nil })
    #expect(phases[1]["diff"] is NSNull && phases[2]["run"] is NSNull)
    #expect(flows["launch"]?["change_ms"] as? Int == -480)
    #expect(flows["resume"]?["diff"] is NSNull)
    let stages = try #require(json["stages"] as? [String: [String: Any]])
    #expect(stages["fold"]?["change_ms"] as? Int == -15)
    let text = try tool.run("timing", "slow", "--diff", "quick").output
    #expect(text.hasPrefix("slow → quick\n"))
    let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(
      lines.contains(
        "launch spawn 1 → 1 250 ms → 150 ms 250 ms → 150 ms 250 ms → 150 ms −100 ms −40 %"
      )
    )
    #expect(lines.contains("handshake 2 → – 300 ms → – 300 ms → – 400 ms → – – –"))
    #expect(lines.contains("total 650 ms → 170 ms −480 ms −74 %"))
    #expect(lines.contains("total 7 ms → – – –"))
  }

  @Test("says so where there is nothing, and knows a run that is not there from one that is")
  func nothing() throws {
    let tool = try tool()
    try tool.run("append", "--run", "plain", input: #"{"kind":"text"}"#)
    try tool.run("verify")
    let none = try tool.run("timing", "plain")
    #expect(none.status == 0 && none.output == "no checkpoints and no spans in plain\n")
    #expect(try tool.run("timing", "plain", "--json").json()["launch"] as? [String: Int] == [:])
    #expect(try tool.run("timing", "nobody").status == 3)
    #expect(try tool.run("timing", "slow", "--diff", "nobody").status == 3)
  }
}
