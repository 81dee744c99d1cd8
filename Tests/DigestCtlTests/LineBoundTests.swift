internal import Foundation
internal import Glibc
import LogFormats
import RunDigest
import TestSupport
import Testing

@Suite("digest-ctl: sources that do not end, or come late")
struct LineBoundTests {
  private func append(_ tool: Tool, _ text: String, _ arguments: String...) throws -> Tool.Result {
    let pipe = #"\#(text) | "$0" append --run r "$@""#
    return try tool.run(arguments: arguments, through: ["/bin/bash", "-c", pipe])
  }

  @Test(
    "append refuses a line beyond its bound, in bounded memory, and stores what stands around it"
  )
  func longLine() throws {
    let tool = try Tool()
    let event = #"echo '{"kind":"text"}'"#
    let long = "(\(event); head -c 600000000 /dev/zero | tr '\\0' a; echo; \(event))"
    let limited = "ulimit -v 700000; " + long
    let result = try append(tool, limited, "--json")
    #expect(result.status == 1)
    #expect(result.error.contains("line 2: the line is longer than 64 MiB"), "\(result.error)")
    let json = try result.json()
    #expect(json["appended"] as? Int == 2 && json["refused"] as? Int == 1)
    #expect(try tool.run("events", "r", "--json").rows().count == 2)
  }

  @Test("the bound of a line is an option: its bytes are the last that are taken")
  func bound() throws {
    let tool = try Tool()
    // {"kind":"x"} and spaces: 1 MiB exactly, and one more.
    for (spaces, appended) in [((1 << 20) - 12, 1), ((1 << 20) - 11, 0)] {
      let line = #"{"kind":"x"}"# + String(repeating: " ", count: spaces) + "\n"
      let result = try tool.run("append", "--run", "r", "--max-line", "1", "--json", input: line)
      #expect(try result.json()["appended"] as? Int == appended)
    }
  }

  @Test("a pipe whose writer comes later is waited for")
  func latePipe() throws {
    let tool = try Tool()
    try #require(mkfifo(tool.path("p"), 0o600) == 0)
    let started = try tool.start("import", "p", "--json")
    usleep(700_000)
    #expect(started.process.isRunning)
    let line = #"{"run":"r","kind":"text"}"# + "\n"
    let writer = try #require(fopen(tool.path("p"), "w"))
    fputs(line, writer)
    fclose(writer)
    #expect(try tool.finish(started).json()["events"] as? Int == 1)
  }

  @Test("an import that waits for a pipe's writer ends when it is interrupted")
  func interrupted() throws {
    let tool = try Tool()
    try #require(mkfifo(tool.path("p"), 0o600) == 0)
    let started = try tool.start("import", "p")
    usleep(700_000)
    kill(started.process.processIdentifier, SIGINT)
    #expect(try tool.finish(started).status == 130)
  }

  @Test("a file that grows while it is read is read to the size that it had")
  func growing() async throws {
    let tool = try Tool()
    let line =
      #"{"run":"r","kind":"text","payload":{"text":"\#(String(repeating: "x", count: 500))"}}"#
    let text = String(repeating: line + "\n", count: 5000)
    let path = try tool.write(text, to: "log.jsonl")
    let store = try await RunStore.open(at: tool.store)
    var options = LogImport.Options()
    // With each piece that is read as much comes behind it: without a bound it would never end.
    options.progress = { progress in
      guard progress.events < 40_000, let file = FileHandle(forWritingAtPath: path) else { return }
      file.seekToEndOfFile()
      file.write(Data(text.utf8))
      try? file.close()
    }
    let first = try await LogImport(store: store, options: options).run([path])
    #expect(first.events == 5000)
    options.progress = { _ in }
    let size = try Data(contentsOf: URL(fileURLWithPath: path)).count / (line.utf8.count + 1)
    let second = try await LogImport(store: store, options: options).run([path])
    #expect(second.events == Int64(size - 5000), "what came since is read by the next import")
    await store.close()
  }

  @Test(
    "a zstd file that needs a large window is not called damaged",
    .enabled(if: Script.exists("zstd"))
  )
  func largeWindow() throws {
    let tool = try Tool()
    let log = try tool.write(SampleLog.text, to: "fix.log")
    // From a pipe zstd does not know the size, and keeps the window that it was told.
    let pack = #"cat '\#(log)' | zstd --long=31 -qc > wide.jsonl.zst; "$0" import wide.jsonl.zst"#
    let result = try tool.run(arguments: [], through: ["/bin/bash", "-c", pack])
    #expect(result.status == 1)
    #expect(result.error.contains("zstd -d --long=31"), "\(result.error)")
    #expect(!result.error.contains("damaged"), "\(result.error)")
  }

  @Test("a source of which no line is a log's is given up after 1,000 lines; 999 are reported")
  func junk() throws {
    let tool = try Tool()
    let event = #"{"run":"r","kind":"text"}"# + "\n"
    try tool.write(String(repeating: "x\n", count: 1000) + event, to: "junk.jsonl")
    try tool.write(String(repeating: "x\n", count: 999) + event, to: "log.jsonl")
    let given = try tool.run("import", "junk.jsonl", "--format", "events", "--json")
    #expect(given.status == 1 && given.error.contains("the first 1000 lines"), "\(given.error)")
    #expect(try given.json()["events"] as? Int == 0)
    let kept = try tool.run("import", "log.jsonl", "--format", "events", "--json")
    #expect(try kept.json()["events"] as? Int == 1)
    #expect(try kept.json()["unread"] as? Int == 999)
  }
}
