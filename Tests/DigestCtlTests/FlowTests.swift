import Testing

@Suite("digest-ctl with RUNDIGEST_TIMING=1")
struct FlowTests {
  /// A phase's line, or the total's: its time in microseconds.
  private static func micros(_ line: Substring) -> Int? {
    let words = line.split(separator: " ")
    guard let unit = words.firstIndex(of: "ms"), unit > 0 else { return nil }
    return Int(words[unit - 1].filter { $0 != "." })
  }

  @Test(
    "says where the time of the verb went, in phases that sum to the total, and only on stderr",
    arguments: [
      ["insight", "fix"], ["turns", "fix"], ["runs"], ["session", "s1"], ["stats"],
      ["events", "fix"],
      ["timing", "fix"], ["health"], ["verify"], ["rebuild"], ["doctor"], ["crash", "fix"],
      ["insight", "nobody"],
    ]
  )
  func phases(_ words: [String]) throws {
    let tool = try Tool()
    try tool.run("import", try tool.write(SampleLog.text, to: "fix.jsonl"))
    let untimed = try tool.run(arguments: words + ["--json"])
    #expect(!untimed.error.contains("timing:"))
    tool.variables["RUNDIGEST_TIMING"] = "1"
    let timed = try tool.run(arguments: words + ["--json"])
    #expect(timed.status == untimed.status)
    #expect(!timed.output.contains("timing:"))
    let lines = timed.error.split(separator: "\n").drop { !$0.hasPrefix("timing: ") }
    #expect(lines.first == "timing: \(words[0])")
    let phases = lines.dropFirst().prefix { $0.hasPrefix("  ") }
    let times = phases.compactMap(Self.micros)
    #expect(times.count == phases.count && times.count >= 3, "\(timed.error)")
    #expect(times.last == times.dropLast().reduce(0, +), "\(timed.error)")
    #expect(phases.last?.contains("total") == true)
  }
}
