internal import Foundation
import Testing

@Suite("digest-ctl: names and figures that mislead are shown so that they do not")
struct ShownNameTests {
  @Test("names of one word in two Unicode forms stay two through export and import")
  func unicodeForms() throws {
    let tool = try Tool()
    let words = [
      "caf\u{E9}", "cafe\u{301}", "\u{212B}", "\u{C5}", "A\u{30A}", "\u{1E69}", "s\u{307}\u{323}",
    ]
    var lines = ""
    for round in 1...3 {
      for (number, word) in words.enumerated() {
        lines += #"{"run":"\#(word)","session":"\#(word)","id":"n\#(round)","kind":"text","#
        lines += #""ts":"2026-06-01T00:00:0\#(number).00\#(round)Z"}"# + "\n"
      }
    }
    try tool.write(lines, to: "log.jsonl")
    try tool.run("import", "log.jsonl")
    let exported = try tool.run("export", "events").output
    for word in words {
      let name = Array(#""run":"\#(word)","#.utf8)
      let count = exported.split(separator: "\n").count { line in
        Array(line.utf8).starts(with: [0x7B] + name)
      }
      #expect(count == 3, "\(Array(word.utf8))")
    }
    try tool.write(exported, to: "copy.jsonl")
    #expect(try tool.run("import", "copy.jsonl", "--store", "copy.sqlite").status == 0)
    let copied = try tool.run("export", "events", "--store", "copy.sqlite").output
    #expect(copied.utf8.elementsEqual(exported.utf8))
  }

  @Test("what is not seen of a name is escaped, and a long name is cut, in every page for people")
  func unseen() throws {
    let tool = try Tool()
    let odd = "a\u{202E}b\u{200B}c\u{FEFF}d\u{2066}e\u{200D}f\u{E0041}g"
    let tool1 = "T\\u001b[31m" + String(repeating: "n", count: 5000)
    var log =
      #"{"run":"\#(odd)","session":"\#(odd)","kind":"run.started","payload":{"agent":"\#(odd)","#
    log += #""title":"\#(odd)","model":"\#(odd)","project":"\#(odd)"}}"# + "\n"
    log +=
      #"{"run":"\#(odd)","kind":"tool_call","payload":{"id":"\#(odd)","name":"\#(tool1)"}}"# + "\n"
    log += #"{"run":"\#(odd)","kind":"usage","payload":{"input_tokens":5}}"# + "\n"
    log += #"{"run":"\#(odd)","kind":"error","payload":{"type":"\#(odd)"}}"# + "\n"
    try tool.write(log, to: "log.jsonl")
    var pages = [try tool.run("import", "log.jsonl", "--format", "events")]
    for verb in ["insight", "turns", "calls", "findings", "events", "timing", "stop", "resume"] {
      pages.append(try tool.run(verb, odd))
    }
    pages += [try tool.run("runs"), try tool.run("session", odd), try tool.run("turns", "\(odd)x")]
    for part in ["model", "tool", "agent", "project"] {
      pages.append(try tool.run("stats", "--by", part))
    }
    for page in pages {
      for scalar in (page.output + page.error).unicodeScalars where scalar != "\n" {
        let category = scalar.properties.generalCategory
        #expect(
          category != .format && category != .control,
          "\(scalar.escaped(asASCII: true)): \(page)"
        )
      }
      #expect(page.output.split(separator: "\n").allSatisfy { $0.count < 700 }, "\(page.output)")
    }
    #expect(pages[9].output.contains(#"a\u202Eb\u200Bc\uFEFFd\u2066e\u200Df\uDB40\uDC41g"#))
    #expect(try tool.run("runs", "--json").rows().first?["run"] as? String == odd)
  }

  @Test("the year 1 has four digits")
  func yearOne() throws {
    let tool = try Tool()
    try tool.run("append", "--run", "r", input: #"{"kind":"text","ts":"0001-06-01T00:00:00Z"}"#)
    #expect(try tool.run("runs").output.contains("0001-06-01 00:00"))
  }

  @Test("stats of a part that no event has says that there are events")
  func nothingOfThat() throws {
    let tool = try Tool()
    try tool.run("append", "--run", "r", input: #"{"kind":"note"}"#)
    #expect(
      try tool.run("stats", "--by", "model").output
        == "events in that time, but no tokens of a model\n"
    )
    #expect(
      try tool.run("stats", "--by", "tool").output
        == "events in that time, but no calls of a tool\n"
    )
    let before = try tool.run(
      "stats",
      "--by",
      "model",
      "--until",
      "2020-01-01",
      "--since",
      "2019-12-01"
    )
    #expect(before.output == "no events in that time\n")
  }

  @Test("a correction over midnight is carried into the day before on screen, and marked in JSON")
  func negativeDay() throws {
    let tool = try Tool()
    let log = """
      {"run":"n","ts":"2026-06-01T23:59:00Z","kind":"turn.start","payload":{"turn_id":"t"}}
      {"run":"n","ts":"2026-06-01T23:59:10Z","kind":"usage","payload":{"model":"m","input_tokens":700,"output_tokens":60}}
      {"run":"n","ts":"2026-06-02T00:01:00Z","kind":"turn.result","payload":{"turn_id":"t","by_model":{"m":{"input":500,"output":40}}}}

      """
    try tool.write(log, to: "log.jsonl")
    try tool.run("import", "log.jsonl")
    let window = ["stats", "--since", "2026-06-01", "--until", "2026-06-03", "--by", "day"]
    let shown = try tool.run(arguments: window).output
    let day = try #require(shown.split(separator: "\n").first { $0.hasPrefix("2026-06-01") })
    // 700 - 200 and 60 - 20.
    #expect(
      day.split(separator: " ").contains("500") && day.split(separator: " ").contains("40"),
      "\(shown)"
    )
    #expect(!shown.contains("-200") && !shown.contains("-20 "), "\(shown)")
    let rows = try tool.run(arguments: window + ["--json"]).rows()
    #expect(rows.map { $0["corrects_earlier"] as? Bool } == [false, true])
    // One that begins behind what it corrects says so.
    let late = try tool.run(
      "stats",
      "--since",
      "2026-06-02",
      "--until",
      "2026-06-03",
      "--by",
      "model"
    )
    #expect(
      late.output.contains("-200") && late.output.contains("corrects what was counted before")
    )
  }
}
