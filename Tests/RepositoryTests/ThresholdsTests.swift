import Foundation
import TestSupport
import Testing

@Suite("check.py: figures of the benchmark beside their thresholds")
struct ThresholdsTests {
  private func check(_ figures: [String], _ options: String...) throws -> (Int32, String) {
    let folder = try TemporaryFolder()
    let file = folder.file("figures.jsonl")
    try Self.write(figures.joined(separator: "\n"), to: file)
    let result = try Script.run("Benchmarks/check.py", options + [file])
    return (result.status, result.output)
  }

  private static func write(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  private func append(ratio: Double) -> String {
    #"{"name":"append, batches of 100, committed","value":9,"plain_sqlite":9,"ratio":\#(ratio)}"#
  }

  @Test("a figure at its threshold is met, and one below it makes the command fail")
  func ratio() throws {
    let (met, _) = try check([append(ratio: 1)], "--partial")
    #expect(met == 0)
    let (missed, output) = try check([append(ratio: 0.999)], "--partial")
    #expect(missed == 1)
    #expect(output == "MISSED  append, batches of 100, committed: ratio 0.999 (min 1)\n")
  }

  @Test("of several figures of one name the median is compared")
  func median() throws {
    #expect(try check([0.5, 1.1, 1.2].map(append(ratio:)), "--partial").0 == 0)
    #expect(try check([0.5, 0.6, 1.2].map(append(ratio:)), "--partial").0 == 1)
  }

  @Test("a threshold without a figure makes the command fail")
  func absent() throws {
    let (status, output) = try check([append(ratio: 1)])
    #expect(status == 1)
    #expect(output.contains("absent  200 agents at once, folding on\n"))
  }

  @Test("a file that is not one of figures is refused")
  func damaged() throws {
    #expect(try check(["no figure"], "--partial").0 == 2)
  }

  @Test("the benchmark prints each figure that a threshold names")
  func names() throws {
    let folder = try TemporaryFolder()
    let bench = ["bench", "--json", "--scale", "0.001", "--seconds", "1", "--folder", folder.path]
    let (status, output) = try ChildProcess("digest-ctl", bench).finish()
    #expect(status == 0)
    let (_, compared) = try check([String(decoding: output, as: UTF8.self)])
    #expect(!compared.contains("absent"), "\(compared)")
  }
}
