internal import Foundation
import TestSupport
import Testing

@Suite("digest-ctl import: packed logs")
struct PackedLogTests {
  /// A way to pack, by the system's program.
  enum Packing: String, CaseIterable, Sendable {
    case gzip, zstd

    func pack(_ content: Data) throws -> Data {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [rawValue, "-c"]
      let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      try content.write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      process.standardInput = try FileHandle(forReadingFrom: file)
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let packed = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
      return packed
    }

    static var installed: [Packing] { allCases.filter { Script.exists($0.rawValue) } }
  }

  /// A log of so many lines that pieces of it are committed one by one.
  static func longLog(_ count: Int) -> Data {
    Data(
      SampleLog.text(
        (0..<count).map { number in
          let noise = String(StableNoise.word(number), radix: 36)
          return #"{"run":"long","ts":"2026-06-01T00:00:00Z","kind":"text","id":"e\#(number)","#
            + #""payload":{"n":\#(number),"text":"\#(String(repeating: noise, count: 20))"}}"#
        }
      ).utf8
    )
  }

  @Test("is known by its first bytes, whatever its name", arguments: Packing.installed)
  func byContent(_ packing: Packing) throws {
    let tool = try Tool()
    let packed = try packing.pack(Data(SampleLog.text.utf8))
    try tool.write(packed, to: "odd/-dc name.jsonl")
    let result = try tool.run("import", "odd", "--json")
    #expect(result.status == 0, "\(result.error)")
    #expect(try result.json()["events"] as? Int == 10)
    let again = try tool.run("import", "odd", "--json").json()
    #expect((again["files"] as? [String: Int])?["unchanged"] == 1)
    #expect(try tool.run("verify").status == 0)
  }

  @Test("a log that was packed when it was rotated adds nothing", arguments: Packing.installed)
  func rotated(_ packing: Packing) throws {
    let tool = try Tool()
    let log = try tool.write(SampleLog.text, to: "logs/fix.jsonl")
    try tool.run("import", "logs")
    let before = try tool.run("export", "events").output
    try FileManager.default.removeItem(atPath: log)
    let ending = packing == .gzip ? "gz" : "zst"
    try tool.write(packing.pack(Data(SampleLog.text.utf8)), to: "logs/fix.jsonl.\(ending)")
    let result = try tool.run("import", "logs", "--json")
    #expect(result.status == 0, "\(result.error)")
    // Known again by its ids; or as a whole, where it was given the number of the one before.
    #expect(try result.json()["events"] as? Int == 0)
    #expect(try tool.run("export", "events").output == before)
  }

  @Test("one that is cut off gives what stands before the cut, and later the rest")
  func cut() throws {
    for packing in Packing.installed {
      let whole = try Tool()
      let content = Self.longLog(9000)
      try whole.run("import", try whole.write(content, to: "long.jsonl"))
      let events = try whole.run("export", "events").output

      let packed = try packing.pack(content)
      let tool = try Tool()
      var heads: [Int] = []
      for part in [5, packed.count / 5, packed.count / 2, packed.count - 3] {
        let log = try tool.write(packed.prefix(part), to: "long.jsonl.packed")
        let result = try tool.run("import", log, "--json")
        #expect(result.status == 1)
        #expect(result.error.contains("damaged") || part == 5, "\(result.error)")
        let exported = try tool.run("export", "events").output
        #expect(events.hasPrefix(exported), "\(packing) cut at \(part): nothing is invented")
        heads.append(exported.utf8.count)
      }
      #expect(heads == heads.sorted() && heads[2] > 0, "\(heads)")
      #expect(try tool.unread().count == 1, "the damage is known once, where it is now")

      let log = try tool.write(packed, to: "long.jsonl.packed")
      let mended = try tool.run("import", log, "--json")
      #expect(mended.status == 0, "\(mended.error)")
      #expect(try mended.json()["duplicates"] as? Int == 0, "it goes on where it was left")
      #expect(try tool.run("export", "events").output == events)
      #expect(try tool.unread().isEmpty)
    }
  }

  @Test("one with an altered byte is reported, whatever comes of it", arguments: Packing.installed)
  func altered(_ packing: Packing) throws {
    let packed = try packing.pack(Self.longLog(2000))
    for place in stride(from: 40, to: packed.count, by: packed.count / 4) {
      var damaged = packed
      damaged[damaged.startIndex + place] ^= 0x10
      let tool = try Tool()
      let result = try tool.run("import", try tool.write(damaged, to: "log.jsonl"), "--json")
      #expect(result.status == 1)
      let problems = try #require(result.json()["problems"] as? [[String: Any]])
      let last = try #require(problems.last?["reason"] as? String)
      #expect(last.contains("the \(packing) file is damaged"))
      #expect(try tool.run("verify").status == 0)
    }
  }

  @Test("one that comes through a pipe is to be unpacked before", arguments: Packing.installed)
  func piped(_ packing: Packing) throws {
    let tool = try Tool()
    let log = try tool.write(packing.pack(Data(SampleLog.text.utf8)), to: "log.jsonl")
    let shell = ["/bin/bash", "-c", "exec \"$0\" import - < <(cat '\(log)')"]
    let result = try tool.run(arguments: [], through: shell)
    #expect(result.status == 1)
    #expect(result.error.contains("pass it through \(packing) first (\(packing) -dc"), "\(result.error)")
  }

  @Test("what is missing to unpack it is named", arguments: Packing.installed)
  func missingProgram(_ packing: Packing) throws {
    let tool = try Tool()
    let log = try tool.write(packing.pack(Data(SampleLog.text.utf8)), to: "log.jsonl")
    tool.variables["PATH"] = "/nowhere"
    let result = try tool.run("import", log)
    #expect(result.status == 1)
    #expect(result.error.contains("install the package \(packing.rawValue)"), "\(result.error)")
  }

  @Test("one that would fill all memory is gone through in little", arguments: Packing.installed)
  func bomb(_ packing: Packing) throws {
    let tool = try Tool()
    let zeros = try packing.pack(Data(count: 32 << 20))
    let text = try packing.pack(Data(repeating: 0x78, count: 32 << 20))
    let head = try packing.pack(Data(SampleLog.text.utf8))
    try tool.write(head + text + text + zeros + zeros, to: "bomb.jsonl")
    let (result, megabytes) = try tool.runMeasured("import", "bomb.jsonl", "--json")
    #expect(try result.json()["events"] as? Int == 10, "\(result.error)")
    #expect(megabytes < 128, "\(megabytes) MB")
  }
}

/// Numbers that look like chance and are the same each time, so that logs do not pack to nothing.
enum StableNoise {
  static func word(_ index: Int) -> UInt64 {
    var word = UInt64(index) &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return word ^ (word >> 27)
  }
}

extension Tool {
  /// The lines in quarantine, as `doctor` lists them.
  func unread() throws -> [[String: Any]] {
    try #require(run("doctor", "--json").json()["unread"] as? [[String: Any]])
  }

  /// Runs a verb, and says how much memory it had at most.
  func runMeasured(_ arguments: String...) throws -> (result: Result, megabytes: Int) {
    let report = path("memory")
    let script = """
      import os, subprocess, sys
      process = subprocess.Popen(sys.argv[2:])
      _, status, usage = os.wait4(process.pid, 0)
      open(sys.argv[1], "w").write(str(usage.ru_maxrss // 1024))
      sys.exit(os.waitstatus_to_exitcode(status))
      """
    let program = ["/usr/bin/env", "python3", "-c", script, report]
    let result = try run(arguments: arguments, through: program)
    let text = try String(contentsOfFile: report, encoding: .utf8)
    return (result, try #require(Int(text)))
  }
}
