internal import Foundation
import Testing

/// `insight` in its plain form is answered before there is a parser of arguments.
@Suite("digest-ctl insight: the plain command line")
struct PlainInsightTests {
  /// What is said after `insight`; `STORE` is the path of the store.
  private static let lines: [[String]] = [
    ["fix-42", "--json"], ["--json", "fix-42"], ["fix-42"], ["fix"],
    ["--store", "STORE", "fix-42", "--json"], ["fix-42", "--store", "STORE"],
    ["--json", "--store", "STORE", "fix-42"],
    // A name that is none, and one that is the beginning of two.
    ["nobody"], ["nobody", "--json"], ["fi"], [""], ["", "--json"], ["fïx"],
    // Wrong use.
    [], ["--json"], ["fix-42", "fin-1"], ["fix-42", "--json", "--json"], ["fix-42", "--store"],
    ["fix-42", "--store", ""], ["fix-42", "--store", "--json"], ["--jsn", "fix-42"],
    ["-j", "fix-42"],
    ["fix-42", "--store", "STORE", "--store", "none.sqlite"],
    // What only the parser knows.
    ["--store=STORE", "fix-42"], ["--", "fix-42"], ["fix-42", "--fresh"],
    // A store that is none.
    ["fix-42", "--store", "none.sqlite"], ["fix-42", "--store", "fix.jsonl", "--json"],
  ]

  @Test(
    "it is answered to the byte as where another option leaves it to the parser",
    arguments: lines
  )
  func answers(_ line: [String]) throws {
    let tool = try Tool()
    try tool.run("import", try tool.write(SampleLog.text, to: "fix.jsonl"))
    let other = SampleLog.text.replacingOccurrences(of: "fix-42", with: "fin-1")
    try tool.run("import", try tool.write(other, to: "fin.jsonl"))
    let line = line.map { $0.replacingOccurrences(of: "STORE", with: tool.store) }

    let plain = try tool.run(arguments: ["insight"] + line)
    // The option says what holds without it, and is none of the plain form.
    let parsed = try tool.run(arguments: ["insight", "--cost", "auto"] + line)
    #expect(plain.output == parsed.output)
    #expect(plain.error == parsed.error)
    #expect(plain.status == parsed.status)
    #expect(plain.status != 0 || plain.output.contains("fi"), "an answer is about the run")
  }
}
