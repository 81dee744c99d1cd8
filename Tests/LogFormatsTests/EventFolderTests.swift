import Events
import RunDigest
import TestSupport
import Testing

@testable import LogFormats

extension Following {
  /// A folder with a file for each event is one log.
  @Suite("A folder with a file for each event")
  struct EventFolderTests {
    private static let run = "openhands:f00d"

    /// Twelve events, so that their names are in another order than their numbers.
    private static func events() throws -> [[UInt8]] {
      let log = try TestFiles.fixture(.openHands, "events.jsonl").split(separator: 0x0A).map(
        Array.init
      )
      let more = (log.count..<12).map { i in
        #"{"id":\#(i),"timestamp":"2025-07-09T13:51:\#(i)","source":"agent","action":"message","args":{"content":"Part\#(i)"}}"#
      }
      return log + more.map { Array($0.utf8) }
    }

    private static func write(
      _ events: [[UInt8]],
      _ range: Range<Int>,
      to folder: FollowedFolder
    ) throws {
      for i in range { try folder.write(events[i], to: "sessions/f00d/events/\(i).json") }
    }

    private static func run(
      _ folder: FollowedFolder,
      _ path: String = ""
    ) async throws -> ImportReport {
      try await LogImport(store: folder.store).run([folder.logs + path])
    }

    private static func story(_ folder: FollowedFolder) throws -> [String] {
      try FollowedFolder.events(of: folder.store)[run] ?? []
    }

    @Test("Its files are one run, in the order of their numbers, once and as more of them come")
    func grows() async throws {
      let events = try Self.events()
      let whole = try await FollowedFolder()
      try Self.write(events, 0..<12, to: whole)
      // A copy of some of them, which the program keeps beside.
      try whole.write(
        [0x5B] + Array(events[0..<3].joined(separator: [0x2C])) + [0x5D],
        to: "sessions/f00d/event_cache/0-3.json"
      )
      let first = try await Self.run(whole)
      #expect(first.filesRead == 1 && first.lines == 12 && first.filesPassedOver == 0)
      #expect(first.runs.map(\.rawValue) == [Self.run])
      let again = try await Self.run(whole)
      #expect(again.events == 0 && again.lines == 0 && again.filesUnchanged == 1)

      let parts = try await FollowedFolder()
      for range in [0..<1, 1..<4, 4..<4, 4..<11, 11..<12] {
        try Self.write(events, range, to: parts)
        let report = try await Self.run(parts)
        // The first event is no conversation as yet, and read again with those after it.
        let isFirst = range == 0..<1
        #expect((report.events > 0) == (!range.isEmpty && !isFirst))
        #expect(report.lines == (isFirst ? 0 : range == 1..<4 ? 4 : range.count))
        #expect(report.filesWithoutConversation == (isFirst ? 1 : 0))
        #expect(report.duplicates == 0 && report.unread == 0)
      }
      #expect(try Self.story(parts) == Self.story(whole))
      #expect(try Self.story(whole).last?.contains("Part11") == true)
    }

    @Test("An event that is named alone stands for its conversation")
    func named() async throws {
      let folder = try await FollowedFolder()
      try Self.write(Self.events(), 0..<12, to: folder)
      let report = try await Self.run(folder, "/sessions/f00d/events/3.json")
      #expect(report.runs.map(\.rawValue) == [Self.run] && report.lines == 12)
      #expect(try await Self.run(folder).events == 0)
    }

    @Test("An event that breaks off is waited for, and read when it is whole")
    func torn() async throws {
      let folder = try await FollowedFolder()
      let events = try Self.events()
      try Self.write(events, 0..<2, to: folder)
      try folder.write(events[2].prefix(60), to: "sessions/f00d/events/2.json")
      let torn = try await Self.run(folder)
      #expect(torn.lines == 2 && torn.filesTorn == 1 && torn.unread == 0)
      try Self.write(events, 2..<5, to: folder)
      let rest = try await Self.run(folder)
      #expect(rest.lines == 3 && rest.duplicates == 0)
      let whole = try await FollowedFolder()
      try Self.write(events, 0..<5, to: whole)
      _ = try await Self.run(whole)
      #expect(try Self.story(folder) == Self.story(whole))
    }

    @Test("Events that are written over many lines are events all the same")
    func pretty() async throws {
      let folder = try await FollowedFolder()
      let events = try Self.events().map { event in
        Array(String(decoding: event, as: UTF8.self).replacing(",\"", with: ",\n  \"").utf8)
      }
      try Self.write(events, 0..<12, to: folder)
      let report = try await Self.run(folder)
      #expect(report.lines == 12 && report.unread == 0 && report.runs.map(\.rawValue) == [Self.run])
    }

    @Test("A conversation of the SDK is its events, and its state beside them")
    func sdk() async throws {
      let folder = try await FollowedFolder()
      let log = try TestFiles.fixture(.openHands, "sdk.jsonl").split(separator: 0x0A)
      for (i, event) in log.enumerated() {
        let number = String(repeating: "0", count: 5 - "\(i)".count) + "\(i)"
        let name = "event-\(number)-0000000\(i % 10)-0000-4000-8000-000000000000.json"
        try folder.write(event, to: "conversations/c0ffee/events/" + name)
      }
      try folder.write(
        TestFiles.fixture(.openHands, "base_state.json"),
        to: "conversations/c0ffee/base_state.json"
      )
      let report = try await Self.run(folder)
      #expect(report.runs.map(\.rawValue) == ["openhands:c0ffee"] && report.filesRead == 2)
      let story = try FollowedFolder.events(of: folder.store)["openhands:c0ffee"] ?? []
      // Three requests, which both tell of.
      #expect(story.filter { $0.contains(#""kind":"usage""#) }.count == 3)
      #expect(try await Self.run(folder).events == 0)
    }

    @Test("Events are read as they come, also the last one that is still being written")
    func followed() async throws {
      let folder = try await FollowedFolder()
      let events = try Self.events()
      try Self.write(events, 0..<3, to: folder)
      let report = try await folder.follow {
        try await FollowedFolder.wait("what was there") { try folder.events(of: Self.run) > 4 }
        try folder.write(events[3].prefix(50), to: "sessions/f00d/events/3.json")
        try await Task.sleep(for: .milliseconds(200))
        try Self.write(events, 3..<12, to: folder)
        try await FollowedFolder.wait("the last event") {
          try Self.story(folder).last?.contains("Part11") == true
        }
      }
      #expect(report.unread == 0 && report.duplicates == 0)
      let whole = try await FollowedFolder()
      try Self.write(events, 0..<12, to: whole)
      _ = try await Self.run(whole)
      #expect(try Self.story(folder) == Self.story(whole))
    }
  }
}
