import Events
import Testing

@testable import Engine
@testable import EventLog
@testable import RunDigest

@Suite("An append")
struct AppendTests {
  let test: TestStore
  let run: RunID

  init() async throws {
    test = try await TestStore()
    run = RunID("agent-1")
  }

  @Test("gives every event the next seq, ordinal and position, and keeps it byte for byte")
  func places() async throws {
    let payload = Payload(unchecked: Array(#"{ "ü" : "\u0000",  "a":1e400 }"#.utf8))
    let first = Event(
      "made.up",
      payload: payload,
      ts: Timestamp(microseconds: -5),
      producer: .system,
      session: "s-1",
      id: "e-1",
      traceparent: "not checked"
    )
    let receipt = try await test.store.append([first, .text(), .text(session: "s-1")], to: run)
    #expect(receipt.outcomes == [.appended(1), .appended(2), .appended(3)])
    #expect(receipt.head == 3)
    #expect(receipt.pos == 3)

    let events = try test.events(of: "agent-1")
    #expect(events.map(\.seq) == [1, 2, 3])
    #expect(events.map(\.ordinal) == [1, nil, 2])
    #expect(events.map(\.position) == [1, 2, 3])
    #expect(events.first?.event == first)
  }

  @Test("stamps the time of the append where an event has none")
  func time() async throws {
    let test = try await TestStore { $0.now = { Timestamp(microseconds: 42) } }
    try await test.store.append([.text(ts: nil), .text(ts: 7)], to: run)
    #expect(try test.events(of: "agent-1").map(\.event.ts?.microseconds) == [42, 7])
  }

  @Test("counts ordinals of one session over several runs")
  func ordinals() async throws {
    let other = RunID("agent-2")
    try await test.store.append([.text(session: "s"), .text(session: "t")], to: run)
    try await test.store.append([.text(session: "s")], to: other)
    try await test.store.append([.text(session: "t"), .text(session: "s")], to: run)
    #expect(try test.events(of: "agent-1").map(\.ordinal) == [1, 1, 2, 3])
    #expect(try test.events(of: "agent-2").map(\.ordinal) == [2])
    #expect(try test.number("SELECT head FROM sessions WHERE name = 's'") == 3)
  }

  @Test("goes on with the numbers after the store was opened again")
  func reopened() async throws {
    try await test.store.append([.text(session: "s"), .text()], to: run)
    await test.store.close()
    let again = try await test.another()
    let receipt = try await again.append([.text(session: "s")], to: run)
    #expect(receipt.outcomes == [.appended(3)])
    await again.close()
    #expect(await failure { try await again.append([.text()], to: run) } == .closed)
  }

  @Test("of nothing is nothing")
  func empty() async throws {
    let receipt = try await test.store.append([], to: run)
    #expect(receipt == AppendReceipt(outcomes: [], head: 0, pos: 0))
    #expect(try test.number("SELECT count(*) FROM runs") == 0)
  }

  @Test("takes empty text for absent, and refuses an event without a kind")
  func emptyText() async throws {
    let event = Event("text", session: "", id: "", traceparent: "")
    try await test.store.append([event, event], to: run)
    let stored = try test.events(of: "agent-1").map(\.event)
    #expect(stored.map(\.session) == [nil, nil])
    #expect(stored.map(\.id) == [nil, nil])
    #expect(stored.map(\.traceparent) == [nil, nil])
    let code = await failure { try await test.store.append([Event("")], to: run) }
    #expect(code == .invalidArgument)
  }

  @Test("refuses a payload above the limit")
  func tooBig() async throws {
    let test = try await TestStore { $0.payloadBytesMax = 20 }
    try await test.store.append([.text("short")], to: run)
    let code = await failure {
      try await test.store.append([.text("much longer than twenty bytes")], to: run)
    }
    #expect(code == .invalidArgument)
  }

  @Test("refuses names that no run can have", arguments: ["", "a\nb", "a\u{7F}", "a\u{9F}b"])
  func names(name: String) {
    #expect(throws: RunID.Problem.self) { try RunID(name) }
    #expect(throws: RunID.Problem.self) { try RunID(String(repeating: "x", count: 201)) }
    #expect((try? RunID(String(repeating: "x", count: 200))) != nil)
  }

  // MARK: Expectations

  /// Head before, expectation, and whether the append is made.
  static let expectations: [(Int, ExpectedHead, Bool)] = [
    (0, .any, true), (0, .newRun, true), (0, .seq(0), true), (0, .seq(1), false),
    (2, .any, true), (2, .newRun, false), (2, .seq(2), true), (2, .seq(1), false),
    (2, .seq(3), false),
  ]

  @Test("is made when the log is as expected, and is a conflict else", arguments: expectations)
  func expectation(head: Int, expecting: ExpectedHead, isMade: Bool) async throws {
    try await test.store.append([Event](repeating: .text(), count: head), to: run)
    let code = await failure {
      try await test.store.append([.text("new")], to: run, expecting: expecting)
    }
    #expect(code == (isMade ? nil : .conflict))
    #expect(try test.events(of: "agent-1").count == head + (isMade ? 1 : 0))
    if head == 0, !isMade { #expect(try test.number("SELECT count(*) FROM runs") == 0) }
  }

  // MARK: Duplicates

  @Test(
    "repeated gives the same seqs and stores nothing, whatever it expects",
    arguments: [ExpectedHead.any, .seq(0), .newRun, .seq(99)]
  )
  func repeated(expecting: ExpectedHead) async throws {
    let events: [Event] = [.text("a", id: "1", session: "s"), .text("b", id: "2")]
    try await test.store.append(events, to: run)
    try await test.store.append([.text("c")], to: run)
    let receipt = try await test.store.append(events, to: run, expecting: expecting)
    #expect(receipt.outcomes == [.duplicate(1), .duplicate(2)])
    #expect(receipt.head == 3)
    #expect(try test.events(of: "agent-1").count == 3)
    #expect(try test.number("SELECT head FROM sessions") == 1)
  }

  @Test("adds what is new beside what is a duplicate")
  func partlyRepeated() async throws {
    try await test.store.append([.text("a", id: "1")], to: run)
    let receipt = try await test.store.append(
      [.text("a", id: "1"), .text("b", id: "2"), .text("b", id: "2")],
      to: run,
      expecting: .seq(1)
    )
    #expect(receipt.outcomes == [.duplicate(1), .appended(2), .duplicate(2)])
  }

  @Test("does not take the same id in another run for a duplicate")
  func idsOfOtherRuns() async throws {
    try await test.store.append([.text("a", id: "1")], to: run)
    let receipt = try await test.store.append([.text("b", id: "1")], to: RunID("agent-2"))
    #expect(receipt.outcomes == [.appended(1)])
  }

  static let original = Event(
    "text",
    payload: Payload(unchecked: Array(#"{"a":1}"#.utf8)),
    ts: Timestamp(microseconds: 5),
    producer: .user,
    session: "s",
    id: "1",
    traceparent: "t"
  )

  static let others: [Event] = {
    let changes: [(inout Event) -> Void] = [
      { $0.kind = "thought" }, { $0.payload = Payload(unchecked: Array(#"{"a": 1}"#.utf8)) },
      { $0.payload = Payload(unchecked: Array(#"{"a":1"#.utf8)) },
      { $0.ts = Timestamp(microseconds: 6) }, { $0.producer = .agent }, { $0.session = "t" },
      { $0.session = nil }, { $0.traceparent = nil },
    ]
    return changes.map { change in
      var event = original
      change(&event)
      return event
    }
  }()

  @Test("of another body under the same id is a conflict, and leaves nothing", arguments: others)
  func conflict(other: Event) async throws {
    try await test.store.append([Self.original], to: run)
    let code = await failure { try await test.store.append([.text("x"), other], to: run) }
    #expect(code == .conflict)
    #expect(try test.events(of: "agent-1").map(\.event) == [Self.original])
    #expect(try test.number("SELECT count(*) FROM sessions") == 1)
    let receipt = try await test.store.append([.text("y", session: "s")], to: run)
    #expect(receipt.outcomes == [.appended(2)])
    #expect(try test.events(of: "agent-1").last?.ordinal == 2)
  }

  @Test("that names no time is a duplicate of the same event at any time")
  func repeatedWithoutTime() async throws {
    try await test.store.append([Self.original], to: run)
    var event = Self.original
    event.ts = nil
    let receipt = try await test.store.append([event], to: run)
    #expect(receipt.outcomes == [.duplicate(1)])
  }
}
