internal import Foundation
import Testing

@Suite("digest-ctl: what goes wrong says so in one sentence, with its exit code")
struct BadInputTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var arguments: [String]
    var status: Int32
    var sentence: String
    var input = ""
    var limit: String?
  }

  static let cases = [
    Case(
      testDescription: "no such file",
      arguments: ["import", "nowhere.jsonl"],
      status: 3,
      sentence: "there is no file nowhere.jsonl"
    ),
    Case(
      testDescription: "a folder without logs",
      arguments: ["import", "hollow"],
      status: 1,
      sentence: "holds no logs"
    ),
    Case(
      testDescription: "an empty file",
      arguments: ["import", "empty.jsonl"],
      status: 1,
      sentence: "empty.jsonl is empty"
    ),
    Case(
      testDescription: "a binary file",
      arguments: ["import", "binary.jsonl"],
      status: 1,
      sentence: "is a binary file"
    ),
    Case(
      testDescription: "a gzip file with nothing in it but its first bytes",
      arguments: ["import", "packed.jsonl.gz"],
      status: 1,
      sentence: "packed.jsonl.gz: the gzip file is damaged"
    ),
    Case(
      testDescription: "a file of no known format",
      arguments: ["import", "other.json"],
      status: 1,
      sentence: "is not a log of a known format"
    ),
    Case(
      testDescription: "a line that is not JSON",
      arguments: ["append", "--run", "r"],
      status: 1,
      sentence: "line 1: this is not JSON",
      input: "hello\n"
    ),
    Case(
      testDescription: "a store that is a folder",
      arguments: ["import", "fix.jsonl", "--store", "hollow"],
      status: 4,
      sentence: "hollow is a folder; name a file in it"
    ),
    Case(
      testDescription: "a folder that cannot be written",
      arguments: ["import", "fix.jsonl", "--store", "/sys/kernel/runs.sqlite"],
      status: 4,
      sentence: "make its folder writable"
    ),
    Case(
      testDescription: "a store that is no SQLite file, for writing",
      arguments: ["import", "fix.jsonl", "--store", "fix.jsonl"],
      status: 4,
      sentence: "is not a SQLite file"
    ),
    Case(
      testDescription: "a store that is no SQLite file, for reading",
      arguments: ["runs", "--store", "fix.jsonl"],
      status: 4,
      sentence: "is not a SQLite file"
    ),
    Case(
      testDescription: "no store at all",
      arguments: ["runs", "--store", "none.sqlite"],
      status: 3,
      sentence: "there is no store at"
    ),
    Case(
      testDescription: "an unknown run",
      arguments: ["insight", "nobody"],
      status: 3,
      sentence: "there is no run nobody"
    ),
    Case(
      testDescription: "an unknown session",
      arguments: ["session", "nobody"],
      status: 3,
      sentence: "there is no session nobody"
    ),
    Case(
      testDescription: "an ambiguous beginning of a name",
      arguments: ["insight", "fix-4"],
      status: 2,
      sentence: "fix-4 is the beginning of several runs: fix-42, fix-43"
    ),
    Case(
      testDescription: "a name that no run can have",
      arguments: ["append", "--run", ""],
      status: 2,
      sentence: "a run id can't be empty"
    ),
    Case(
      testDescription: "an unknown verb",
      arguments: ["juggle"],
      status: 2,
      sentence: "unexpected argument 'juggle'"
    ),
    Case(
      testDescription: "an unknown dimension of sums",
      arguments: ["stats", "--by", "foo"],
      status: 2,
      sentence: "invalid for '--by <by>'; choose from total, day, agent, project, host, model, "
        + "tool, outcome; see digest-ctl stats --help"
    ),
    Case(
      testDescription: "an unknown order of runs",
      arguments: ["runs", "--sort", "foo"],
      status: 2,
      sentence: "choose from last, first, name, events"
    ),
    Case(
      testDescription: "an unknown format",
      arguments: ["import", "fix.jsonl", "--format", "x"],
      status: 2,
      sentence: "there is no format x; choose from events"
    ),
    Case(
      testDescription: "a turn that is not there",
      arguments: ["events", "fix-42", "--turn", "9"],
      status: 3,
      sentence: "has no turn 9"
    ),
    Case(
      testDescription: "a full disk",
      arguments: ["append", "--run", "much", "--store", "full.sqlite"],
      status: 5,
      sentence: "there is no room left for the store; free some space",
      input: String(repeating: #"{"kind":"x","payload":{"t":"0123456789"}}"# + "\n", count: 40_000),
      limit: "-f 600"
    ),
  ]

  @Test("each case", arguments: cases)
  func sentence(_ bad: Case) throws {
    let tool = try Tool()
    try tool.write(SampleLog.text, to: "fix.jsonl")
    try tool.run("import", "fix.jsonl")
    try tool.run("append", "--run", "fix-43", input: #"{"kind":"x"}"#)
    try tool.write("", to: "hollow/readme.txt")
    try tool.write("", to: "empty.jsonl")
    try tool.write(
      Data((0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 151) }),
      to: "binary.jsonl"
    )
    try tool.write(Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0]), to: "packed.jsonl.gz")
    try tool.write(#"{"a":1}"#, to: "other.json")
    let result = try tool.run(arguments: bad.arguments, input: bad.input, limit: bad.limit)
    #expect(result.status == bad.status, "\(result.error)")
    #expect(result.error.contains(bad.sentence), "\(result.error)")
    #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
    #expect(result.error.hasPrefix("digest-ctl: "))
  }

  @Test("reading creates nothing")
  func readsCreateNothing() throws {
    let tool = try Tool()
    for verb in [["runs"], ["insight", "r"], ["health"], ["verify"], ["export", "events"]] {
      #expect(try tool.run(arguments: verb).status == 3)
    }
    #expect(!tool.exists("runs.sqlite") && !tool.exists("runs.sqlite.gate"))
  }

  @Test(
    "a store of a program before the first release is refused by every verb, and stays as it is"
  )
  func beforeTheFirstRelease() throws {
    let tool = try Tool()
    try tool.run("append", "--run", "r", input: #"{"kind":"x"}"#)
    // The file's user_version, which is the number of its schema.
    var bytes = try Data(contentsOf: URL(fileURLWithPath: tool.store))
    bytes.replaceSubrange(60..<64, with: [0, 0, 0, 5])
    try bytes.write(to: URL(fileURLWithPath: tool.store))
    for verb in [["runs"], ["insight", "r"], ["doctor"], ["migrate"], ["stop", "r"], ["rebuild"]] {
      let result = try tool.run(arguments: verb)
      #expect(result.status == 4, "\(verb): \(result.error)")
      #expect(
        result.error == """
          digest-ctl: \(tool.store) was written before the first release (schema 5, this version \
          reads 10 and later); export its events with the program that wrote it (digest-ctl export \
          events) and import them into a new store with this one

          """
      )
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: tool.store)) == bytes)
  }

  @Test("a store is created for its owner only, with its folder, where XDG says")
  func creation() throws {
    let tool = try Tool()
    let store = tool.path("deep/er/runs.sqlite")
    try tool.run("append", "--run", "r", "--store", store, input: #"{"kind":"x"}"#)
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(store) == 0o600)
    #expect(try mode(tool.path("deep/er")) == 0o700)
  }
}
