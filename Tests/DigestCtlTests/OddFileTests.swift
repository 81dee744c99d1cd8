internal import Foundation
internal import Glibc
import LogFormats
import RunDigest
import TestSupport
import Testing

@Suite("digest-ctl import: whatever lies in a folder")
struct OddFileTests {
  @Test("names with spaces, line ends, quotes and dashes; others than UTF-8 are told of")
  func names() throws {
    let tool = try Tool()
    let names = ["a b.jsonl", "a\nb.jsonl", "-rf.jsonl", #"q"'$x`.jsonl"#, "ü😀.jsonl"]
    for (i, name) in names.enumerated() {
      try tool.write(#"{"run":"r\#(i)","kind":"x"}"# + "\n", to: "logs/" + name)
    }
    let bytes = (Array(tool.path("logs").utf8) + [0x2F, 0xFF] + Array(".jsonl".utf8) + [0]).map {
      CChar(bitPattern: $0)
    }
    let made = open(bytes, O_CREAT | O_WRONLY, 0o600)
    try #require(made >= 0)
    close(made)
    let result = try tool.run("import", "logs", "--json")
    #expect(try result.json()["events"] as? Int == names.count)
    #expect(result.status == 1 && result.error.contains("is not UTF-8; rename"), "\(result.error)")
  }

  @Test("pipes, sockets, devices, folders with a log's name and links to nothing block nothing")
  func special() throws {
    let tool = try Tool()
    try tool.write(SampleLog.text, to: "logs/fix.jsonl")
    try tool.write("", to: "logs/folder.jsonl/readme.txt")
    try #require(mkfifo(tool.path("logs/pipe.jsonl"), 0o600) == 0)
    let links = [("dangling", "nowhere"), ("ring", "ring2.jsonl"), ("ring2", "ring.jsonl")]
    for (name, target) in links {
      try #require(symlink(target, tool.path("logs/\(name).jsonl")) == 0)
    }
    try #require(symlink("/dev/zero", tool.path("logs/device.jsonl")) == 0)
    let socket = try tool.makeSocket("logs/socket.jsonl")
    defer { close(socket) }
    let result = try tool.run("import", "logs", "--json")
    let json = try result.json()
    #expect(json["events"] as? Int == 10)
    // The links in a ring are the only ones of which nobody can know what they meant to be.
    #expect((json["files"] as? [String: Int])?["failed"] == 2, "\(result.error)")
    #expect(result.error.contains("ring.jsonl is a symbolic link in a ring"))

    for (name, sentence) in [
      ("socket", "is no file"), ("device", "is no file"),
      ("ring", "in a ring"), ("dangling", "there is no file"), ("folder", "holds no logs"),
    ] {
      let named = try tool.run("import", "logs/\(name).jsonl")
      #expect(named.status == 1 || named.status == 3)
      #expect(named.error.contains(sentence), "\(named.error)")
    }
  }

  @Test("a pipe that is named is read as standard input is")
  func namedPipe() throws {
    let tool = try Tool()
    let log = try tool.write(SampleLog.text, to: "fix.log")
    let shell = ["/bin/bash", "-c", "\"$0\" import <(cat '\(log)') --json"]
    let result = try tool.run(arguments: [], through: shell)
    #expect(result.status == 0, "\(result.error)")
    #expect(try result.json()["events"] as? Int == 10)
  }

  @Test(
    "a file or folder that may not be read is told of, and the others are read",
    .enabled(if: Script.exists("setpriv"))
  )
  func unreadable() throws {
    let tool = try Tool()
    try tool.write(SampleLog.text, to: "logs/fix.jsonl")
    let secret = try tool.write(SampleLog.text, to: "logs/secret.jsonl")
    try tool.write(SampleLog.text, to: "logs/locked/fix.jsonl")
    try #require(chmod(secret, 0) == 0 && chmod(tool.path("logs/locked"), 0) == 0)
    defer { chmod(tool.path("logs/locked"), 0o700) }
    // A superuser may read anything, unless this is taken away.
    let drop = ["/usr/bin/env", "setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    let result = try tool.run(
      arguments: ["import", "logs", "--json"],
      through: getuid() == 0 ? drop + ["--inh-caps=-all"] : []
    )
    let json = try result.json()
    #expect(result.status == 1 && json["events"] as? Int == 10, "\(result.error)")
    #expect((json["files"] as? [String: Int])?["failed"] == 2)
    #expect(result.error.contains("secret.jsonl may not be read"))
    #expect(result.error.contains("locked may not be read"))
  }

  @Test("a file that goes, or becomes another thing, between being found and read")
  func removed() async throws {
    let tool = try Tool()
    for name in ["1", "2", "3"] {
      try tool.write(#"{"run":"r\#(name)","kind":"x"}"# + "\n", to: "logs/\(name).jsonl")
    }
    let (second, third) = (tool.path("logs/2.jsonl"), tool.path("logs/3.jsonl"))
    let store = try await RunStore.open(at: tool.store)
    var options = LogImport.Options()
    options.progress = { progress in
      guard progress.file == 1 else { return }
      unlink(second)
      unlink(third)
      mkfifo(third, 0o600)
    }
    let report = try await LogImport(store: store, options: options).run([tool.path("logs")])
    await store.close()
    #expect(report.events == 1)
    #expect(report.filesPassedOver == 1, "gone is gone")
    #expect(report.filesFailed == 1)
    #expect(report.problems.map(\.reason).joined().contains("is no file"))
  }

  @Test("a byte order mark, CRLF, NULs, empty lines, values without a line end between them")
  func oddBytes() throws {
    let lines = SampleLog.lines
    let glued = lines[2] + lines[3]
    var text = "\u{FEFF}" + lines[0] + "\r\n\r\n\0\0" + lines[1] + "\r\n" + glued + "\n"
    text += SampleLog.text(lines[4...8])
    let tail = lines[9].utf8.dropLast(20)
    let log = Data(text.utf8) + Data([0x22, 0xFF, 0xFE, 0x22, 0x0A])
    let tool = try Tool()
    let path = try tool.write(log + Data(tail) + Data(count: 4096), to: "odd.jsonl")
    let result = try tool.run("import", path, "--json")
    let json = try result.json()
    #expect(json["events"] as? Int == 9)
    #expect(json["unread"] as? Int == 1, "the line that is not UTF-8: \(result.error)")
    #expect((json["files"] as? [String: Int])?["torn"] == 1)

    // The last line came only in part, before the power went: now all of it is there.
    try tool.write(log + Data((lines[9] + "\n").utf8), to: "odd.jsonl")
    #expect(try tool.run("import", path, "--json").json()["events"] as? Int == 1)
    let whole = try Tool()
    try whole.run("import", try whole.write(SampleLog.text, to: "fix.jsonl"))
    #expect(
      try tool.run("insight", "fix-42", "--json").output
        == whole.run("insight", "fix-42", "--json").output
    )
  }

  /// `RUNDIGEST_LONG_LINE_MB=1024` makes it as long as they come.
  @Test("a line of any length is read in the same memory", .enabled(if: Script.exists("python3")))
  func longLine() throws {
    let megabytes = setting("RUNDIGEST_LONG_LINE_MB", default: 40)
    let tool = try Tool()
    let log = try tool.write(SampleLog.text(SampleLog.lines[..<5]), to: "long.jsonl")
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    try file.seekToEnd()
    let line = #"{"run":"fix-42","kind":"text","id":"big","payload":{"text":""#
    try file.write(contentsOf: Data(line.utf8))
    let text = Data(repeating: 0x78, count: 1 << 20)
    for _ in 0..<megabytes { try file.write(contentsOf: text) }
    try file.write(contentsOf: Data("\"}}\n[".utf8))
    let numbers = Data(String(repeating: "[1],", count: 1 << 18).utf8)
    for _ in 0..<megabytes { try file.write(contentsOf: numbers) }
    try file.write(contentsOf: Data(("0]\n" + SampleLog.text(SampleLog.lines[5...])).utf8))
    try file.close()

    let (result, used) = try tool.runMeasured("import", log, "--json")
    #expect(used < 128, "\(used) MB")
    let json = try result.json()
    #expect(json["events"] as? Int == 11)
    let problems = try #require(json["problems"] as? [[String: Any]])
    #expect(problems.map { $0["line"] as? Int } == [6, 7], "\(problems)")
    let size = line.utf8.count + (megabytes << 20) + 4
    #expect(try tool.unread().map { $0["size"] as? Int }.first == size)
    let events = try tool.run("export", "events").output.split(separator: "\n")
    let big = try #require(events.first { $0.contains(#""id":"big""#) })
    #expect(big.contains("bytes left out)") && big.utf8.count < 66_000)
    #expect(try tool.run("verify").status == 0)
  }
}

extension Tool {
  /// Makes a socket in the folder; the caller closes it.
  fileprivate func makeSocket(_ name: String) throws -> Int32 {
    let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(made >= 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path(name).utf8)
    try #require(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(made, $0, size) }
    }
    try #require(code == 0)
    return made
  }
}
