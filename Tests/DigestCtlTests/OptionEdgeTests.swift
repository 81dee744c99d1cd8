internal import Foundation
import Testing

@Suite("digest-ctl: any value of any option")
struct OptionEdgeTests {
  private static let values = [
    "0", "-1", "\(Int64.min)", "\(Int64.max)", "\(Int64.max - 1)", "nan", "1e300",
    "9223372036854775807s", "2147483647-01-01", "",
  ]
  /// What a verb needs beside the option.
  private static let needed = [
    "append": ["--run", "r"], "turns": ["r"], "calls": ["r"], "findings": ["r"], "events": ["r"],
    "insight": ["r"], "session": ["s"], "timing": ["r"], "stop": ["r"], "crash": ["r"],
    "fail": ["r"], "terminate": ["r"], "resume": ["r"], "verdict": ["r", "done"],
    "import": ["log.jsonl"], "prices": ["gpt-5"], "swap": ["r", "q"], "reap": ["--gone", "nobody"],
  ]

  @Test("no value of an option ends a verb by a signal")
  func everyOption() throws {
    let tool = try Tool()
    try tool.write(SampleLog.text, to: "log.jsonl")
    let event = #"{"run":"r","session":"s","kind":"text"}"#
    #expect(try tool.run("append", "--run", "r", input: event).status == 0)
    let help = try tool.run("--experimental-dump-help").json()
    let root = try #require(help["command"] as? [String: Any])
    var tried = 0
    for verb in root["subcommands"] as? [[String: Any]] ?? [] {
      let name = try #require(verb["commandName"] as? String)
      for argument in verb["arguments"] as? [[String: Any]] ?? []
      where argument["kind"] as? String == "option" {
        let names = argument["names"] as? [[String: String]] ?? []
        let option = try #require(names.first?["name"])
        // A store or file of such a name is made, or is not there; a bench of size 0.. takes long.
        if ["store", "prices"].contains(option) || name == "bench" { continue }
        for value in Self.values {
          let result = try tool.run(
            arguments: [name] + (Self.needed[name] ?? []) + ["--\(option)=\(value)"]
          )
          tried += 1
          #expect((0...5).contains(result.status), "\(name) --\(option)=\(value): \(result.error)")
          #expect(!result.error.contains("Fatal error"), "\(name) --\(option)=\(value)")
        }
      }
    }
    #expect(tried > 300, "\(tried)")
  }

  @Test("the bench refuses sizes that it cannot do", arguments: ["--scale", "--seconds"])
  func bench(option: String) throws {
    let tool = try Tool()
    for value in ["0", "-1", "\(Int64.min)", "\(Int64.max)", "nan", "inf"] {
      #expect(try tool.run("bench", "\(option)=\(value)").status == 2, "\(option)=\(value)")
    }
  }

  @Test("a page around any seq, with any context, holds that seq")
  func around() throws {
    let tool = try Tool()
    let lines = (1...9).map { _ in #"{"kind":"text"}"# }.joined(separator: "\n")
    try tool.run("append", "--run", "r", input: lines)
    for context in ["9", "\(Int64.max)"] {
      let rows = try tool.run("events", "r", "--around", "5", "--context", context, "--json").rows()
      #expect(rows.map { $0["seq"] as? Int } == Array(1...9))
    }
  }

  @Test(
    "few descriptors or little memory are refused with a sentence",
    arguments: ["append", "runs"]
  )
  func limits(verb: String) throws {
    let tool = try Tool()
    let arguments = verb == "append" ? ["append", "--run", "r"] : ["runs"]
    for count in 4...14 {
      let result = try tool.run(
        arguments: arguments,
        input: #"{"kind":"text"}"#,
        limit: "-n \(count)"
      )
      #expect(result.status == 4, "\(count): \(result.status) \(result.error)")
      #expect(result.error.contains("limit on open files"), "\(count): \(result.error)")
    }
    let result = try tool.run(arguments: arguments, limit: "-v 60000")
    #expect(result.status == 4 && result.error.contains("limit on memory"), "\(result.error)")
  }

  @Test(
    "a day that no calendar has is refused",
    arguments: ["2026-02-30", "10000-01-01", "26-1-1"]
  )
  func days(day: String) throws {
    let tool = try Tool()
    #expect(try tool.run("stats", "--since", day).status == 2)
    #expect(try tool.run("runs", "--since", day).status == 2)
  }
}
