import Events
import FoundationEssentials
import Glibc
import LogFormats
import RunDigest
import TestSupport
import Testing

/// One after another: each of them waits for a follower that has to keep up.
@Suite("Following", .serialized)
enum Following {}

extension Following {
  @Suite("Logs that are followed as they grow")
  struct FollowTests {}
}

extension Following.FollowTests {
  typealias Folder = FollowedFolder

  static let measures = ProcessInfo.processInfo.environment["RUNDIGEST_MEASURE"] == "1"

  @Test(
    "New lines, files and folders are imported, whoever tells of them",
    arguments: [false, true]
  )
  func news(_ polls: Bool) async throws {
    let folder = try await Folder()
    try folder.write(Folder.line("a", 1).utf8, to: "a.jsonl")
    let report = try await folder.follow(polls: polls) {
      var waits: [Duration] = []
      #expect(try folder.events(of: "a") == 1, "what was there is imported first")
      try folder.append(Folder.line("a", 2), to: "a.jsonl")
      waits.append(try await Folder.wait("a new line") { try folder.events(of: "a") == 2 })
      try folder.write(Folder.line("b", 1).utf8, to: "x/y/z/b c\nd.jsonl")
      waits.append(try await Folder.wait("a new folder") { try folder.events(of: "b") == 1 })
      try folder.append(Folder.line("b", 2), to: "x/y/z/b c\nd.jsonl")
      waits.append(try await Folder.wait("a line in it") { try folder.events(of: "b") == 2 })
      if Self.measures { #expect(waits.allSatisfy { $0 < .seconds(1) }, "\(waits)") }
    }
    #expect(report.events == 4 && report.duplicates == 0 && report.filesRead == 2)
  }

  @Test("A line that breaks off waits for its end")
  func torn() async throws {
    let folder = try await Folder()
    let line = Folder.line("a", 1)
    let report = try await folder.follow {
      try folder.append(String(line.prefix(30)), to: "a.jsonl")
      try await Task.sleep(for: .milliseconds(700))
      #expect(try folder.events(of: "a") == 0)
      try folder.append(String(line.dropFirst(30)), to: "a.jsonl")
      try await Folder.wait("the end of the line") { try folder.events(of: "a") == 1 }
      try folder.append("{\"run\"", to: "a.jsonl")
      try await Task.sleep(for: .milliseconds(300))
    }
    #expect(report.filesTorn == 1 && report.unread == 0 && report.filesFailed == 0)
  }

  @Test("A log that is rotated, cut, replaced or deleted loses nothing and repeats nothing")
  func rotation() async throws {
    let folder = try await Folder()
    func count(_ count: Int64) async throws {
      try await Folder.wait("event \(count)") { try folder.events(of: "a") == count }
    }
    let report = try await folder.follow {
      try folder.append(Folder.line("a", 1) + Folder.line("a", 2), to: "a.jsonl")
      try await count(2)
      // Renamed, with a line that nobody has read yet, and made anew.
      try folder.append(Folder.line("a", 3), to: "a.jsonl")
      #expect(rename(folder.logs + "/a.jsonl", folder.logs + "/a.jsonl.1") == 0)
      try folder.append(Folder.line("a", 4), to: "a.jsonl")
      try await count(4)
      // Copied and cut.
      try folder.write(TestFiles.bytes(folder.logs + "/a.jsonl"), to: "a.jsonl.2")
      #expect(truncate(folder.logs + "/a.jsonl", 0) == 0)
      try folder.append(Folder.line("a", 5), to: "a.jsonl")
      try await count(5)
      // Replaced by another file, with old lines and a new one.
      try folder.write((Folder.line("a", 6) + Folder.line("a", 5)).utf8, to: "new.tmp")
      #expect(rename(folder.logs + "/new.tmp", folder.logs + "/a.jsonl") == 0)
      try await count(6)
      #expect(unlink(folder.logs + "/a.jsonl") == 0)
      try await Task.sleep(for: .milliseconds(300))
      try folder.append(Folder.line("a", 7), to: "a.jsonl")
      try await count(7)
    }
    #expect(report.events == 7 && report.filesFailed == 0 && report.problems.isEmpty)
  }

  @Test(
    "A log whose lines have no ids is rotated, and rotated again, and none of it is read twice",
    arguments: [false, true]
  )
  func rotationWithoutIDs(_ polls: Bool) async throws {
    let folder = try await Folder()
    let line = #"{"run":"a","ts":"2026-06-01T00:00:00Z","kind":"text"}"# + "\n"
    func count(_ count: Int64) async throws {
      try await Folder.wait("event \(count)") { try folder.events(of: "a") == count }
    }
    let log = folder.logs + "/a.jsonl"
    let report = try await folder.follow(polls: polls) {
      try folder.append(line, to: "a.jsonl")
      try await count(1)
      for round in 0..<3 {
        try folder.append(line, to: "a.jsonl")
        try await count(Int64(3 * round + 2))
        // Not seen before it has another name.
        try folder.append(line, to: "a.jsonl")
        for number in (1..<4).reversed() { rename("\(log).\(number)", "\(log).\(number + 1)") }
        #expect(rename(log, log + ".1") == 0)
        try folder.append(line + "\n", to: "a.jsonl")
        try await count(Int64(3 * round + 4))
      }
      try await Task.sleep(for: .milliseconds(700))
    }
    #expect(report.events == 10)
  }

  @Test("A log that is rotated between a look and the visit of what rests is read once, all of it")
  func rotationBetweenLooks() async throws {
    let folder = try await Folder()
    // Nothing tells one of them from another.
    let line = #"{"run":"a","ts":"2026-06-01T00:00:00Z","kind":"text"}"# + "\n"
    let log = folder.logs + "/a.jsonl"
    // Looks are half a second apart: what a look has read rests well before the next one.
    let report = try await folder.follow(rest: .milliseconds(100), polls: true) {
      for round in 0..<3 {
        // Not before what rests was visited: then it is a look that reads the next lines.
        try await Task.sleep(for: .milliseconds(700))
        try folder.append(line + line, to: "a.jsonl")
        try await Folder.wait("the lines of round \(round)") {
          try folder.events(of: "a") == Int64(4 * round + 2)
        }
        try folder.append(line, to: "a.jsonl")
        for number in (1..<3).reversed() { rename("\(log).\(number)", "\(log).\(number + 1)") }
        #expect(rename(log, log + ".1") == 0)
        try folder.append(line, to: "a.jsonl")
        try await Folder.wait("what came with the rotation \(round)") {
          try folder.events(of: "a") >= Int64(4 * round + 4)
        }
      }
      try await Task.sleep(for: .milliseconds(1200))
    }
    #expect(report.events == 12)
  }

  @Test("What cannot be read is reported once, and read when it can be")
  func unreadable() async throws {
    let folder = try await Folder()
    // A link to itself is what nobody may read, not even the administrator.
    #expect(symlink("ring.jsonl", folder.logs + "/ring.jsonl") == 0)
    try folder.write(Folder.line("a", 1).utf8, to: "a.jsonl")
    try folder.write("nothing to see here".utf8, to: "settings.json")
    let report = try await folder.follow {
      try folder.append(Folder.line("a", 2), to: "a.jsonl")
      try await Folder.wait("the other file") { try folder.events(of: "a") == 2 }
      unlink(folder.logs + "/ring.jsonl")
      #expect(symlink("a.jsonl", folder.logs + "/ring.jsonl") == 0)
      try await Task.sleep(for: .milliseconds(300))
    }
    #expect(report.problems.count == 1 && report.filesFailed == 0)
    #expect(report.filesPassedOver == 1 && report.events == 2)
  }

  @Test("A named file is followed where it is made later, and through a link that moves on")
  func named() async throws {
    let folder = try await Folder()
    let (later, link) = (folder.logs + "/later.txt", folder.logs + "/now")
    try folder.write(Folder.line("a", 1).utf8, to: "one.log")
    #expect(symlink("one.log", link) == 0)
    let report = try await folder.follow([later, link]) {
      try folder.append(Folder.line("b", 1), to: "later.txt")
      try await Folder.wait("the file that came") { try folder.events(of: "b") == 1 }
      try folder.append(Folder.line("a", 2), to: "one.log")
      try await Folder.wait("the file behind the link") { try folder.events(of: "a") == 2 }
      try folder.write(Folder.line("a", 3).utf8, to: "two.log")
      unlink(link)
      #expect(symlink("two.log", link) == 0)
      try await Folder.wait("the file behind the link now") { try folder.events(of: "a") == 3 }
      try folder.append(Folder.line("c", 1), to: "other.jsonl")
    }
    #expect(try folder.events(of: "c") == 0, "nobody named it")
    #expect(report.filesMissing == 0)
  }

  static func message(_ uuid: String, _ second: Int, _ output: Int, stop: String? = nil) -> String {
    let stop = stop.map { #""\#($0)""# } ?? "null"
    return
      #"{"type":"assistant","uuid":"\#(uuid)","sessionId":"s","timestamp":"2026-06-01T00:00:0\#(second)Z","#
      + #""message":{"id":"m1","model":"m","role":"assistant","content":[{"type":"text","text":"\#(uuid)"}],"#
      + #""stop_reason":\#(stop),"usage":{"input_tokens":5,"output_tokens":\#(output)}}}"# + "\n"
  }

  @Test("A message whose lines come apart is one message, however often they were looked at")
  func message() async throws {
    let folder = try await Folder()
    let lines = [
      Self.message("l1", 1, 2), Self.message("l2", 2, 9),
      Self.message("l3", 3, 40, stop: "end_turn"),
    ]
    let report = try await folder.follow(rest: .seconds(3600)) {
      for (index, line) in lines.enumerated() {
        try folder.append(line, to: "s.jsonl")
        try await Folder.wait("line \(index)") {
          // The run, its model, and of each line the words and what the message has used so far.
          try folder.events(of: "claude-code:s") == Int64(4 + 2 * index)
        }
      }
    }
    let once = try await Folder.importOnce([("s.jsonl", Array(lines.joined().utf8))])
    let differences = try await StoreFacts(folder.store).differences(
      from: try await StoreFacts(once.store)
    )
    #expect(differences.isEmpty)
    #expect(report.filesUnchanged == 0)
    // And the store knows that all of it is read.
    let again = try await LogImport(store: folder.store).run([folder.logs])
    #expect(again.events == 0 && again.filesUnchanged == 1)
  }

  @Test("What waited for more of a file is stored when the file is deleted")
  func deleted() async throws {
    let folder = try await Folder()
    _ = try await folder.follow(rest: .seconds(1)) {
      try folder.append(Self.message("l1", 1, 2), to: "s.jsonl")
      try await Folder.wait("the line") { try folder.events(of: "claude-code:s") >= 3 }
      #expect(unlink(folder.logs + "/s.jsonl") == 0)
      try await Folder.wait("the usage") { try folder.events(of: "claude-code:s") == 4 }
    }
  }

  @Test("Runs are ended once their log was at rest for long enough, and resumed by a later line")
  func seal() async throws {
    let folder = try await Folder()
    func count(_ kind: String) throws -> Int {
      let lines = try Folder.events(of: folder.store)["claude-code:s"] ?? []
      return lines.count { $0.contains("\"kind\":\"\(kind)\"") }
    }
    let report = try await folder.follow(sealIdle: .seconds(1)) {
      try folder.append(Self.message("l1", 1, 2), to: "s.jsonl")
      try await Folder.wait("the end") { try count("run.ended") == 1 }
      try folder.append(Self.message("l2", 5, 4, stop: "end_turn"), to: "s.jsonl")
      try await Folder.wait("the resumption") { try count("run.resumed") == 1 }
      try await Folder.wait("the end again") { try count("run.ended") == 2 }
    }
    #expect(report.sealed == 2)
    #expect(try folder.store.reader.verify().isClean)
  }
}
