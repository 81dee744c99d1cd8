import Engine
import Events
import Folding
import Storage
import Testing

@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

@Suite("The kinds in the log")
struct KindColumnTests {
  let test: TestStore
  let run: RunID

  init() async throws {
    test = try await TestStore()
    run = RunID("r")
  }

  /// What a statement that is not the store's own says, a row a line.
  private func lines(_ sql: String) throws -> [String] {
    try test.store.readers.read { connection in
      var lines: [String] = []
      try connection.prepare(sql).forEachRow { row in
        lines.append(row.isNull(at: 0) ? "NULL" : row.string(at: 0))
      }
      return lines
    }
  }

  /// Writes a row as no program of this version does.
  private func insert(_ kind: String, seq: Int) async throws {
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.connection.execute(
        """
        INSERT INTO events(run, seq, ts, kind, producer, payload)
        VALUES (1, \(seq), 1, \(kind), 0, '{}')
        """
      )
      // It lies right behind the event before it.
      try context.connection.execute(
        """
        UPDATE run_heads SET head = \(seq), positions = CAST(positions || x'01' AS BLOB)
        WHERE run = 1
        """
      )
      try (context as? SQLiteTransaction)?.dropHeads()
    }
  }

  @Test("have the numbers in the store that they have in the program")
  func table() throws {
    let names = KnownKind.allCases.sorted { $0.code < $1.code }.map(\.rawValue)
    #expect(try lines("SELECT name FROM kinds ORDER BY code") == names)
    #expect(try lines("SELECT code FROM kinds ORDER BY code") == names.indices.map { "\($0)" })
  }

  @Test("read back as they came, also those that look like a number")
  func readBack() async throws {
    let kinds = KnownKind.allCases.map(\.rawValue) + ["3", "0", "-1", "3.0", "Text", "größe", "\0"]
    try await test.store.append(kinds.map { Event(EventKind(rawValue: $0)) }, to: run)
    #expect(try test.events(of: "r").map(\.event.kind.rawValue) == kinds)
    // The shell shows them by name; what follows a NUL it does not show.
    #expect(try lines("SELECT kind FROM log ORDER BY seq") == kinds)
    let known = Int64(KnownKind.allCases.count)
    #expect(try test.number("SELECT count(*) FROM events WHERE typeof(kind) = 'integer'") == known)
    #expect(try test.number("SELECT count(*) FROM events WHERE typeof(kind) = 'text'") == 7)
  }

  @Test("are folded by their names, however they are stored")
  func storedAsText() async throws {
    try await test.store.append([.turnStart(id: "t"), Event("3")], to: run)
    try await insert("'text'", seq: 3)
    try await insert("0", seq: 4)
    let insight = try await test.store.freshInsight(run)
    let kinds = insight.digest.totals.kinds.sorted.map { "\($0.0) \($0.1)" }
    #expect(kinds == ["3 1", "text 2", "turn.start 1"])
    // Only that the rows were written without their checksums.
    #expect(try test.store.verify().differences.map(\.field) == ["events of seq 1 to 4"])
  }

  @Test("that are a number without a meaning are damage, and are said to be", arguments: [25, -1])
  func unknownNumber(code: Int) async throws {
    try await test.store.append([.text()], to: run)
    try await insert("\(code)", seq: 2)
    #expect(throws: StoreError.self) { try test.events(of: "r") }
    let code = await failure { _ = try await test.store.freshInsight(run) }
    #expect(code == .corrupt)
    // Other runs go on.
    let other = RunID("other")
    try await test.store.append([.text()], to: other)
    #expect(try await test.store.freshInsight(other).digest.watermark == 1)
  }

  @Test("are told apart when the same id comes again, by their names")
  func duplicates() async throws {
    try await test.store.append([Event("2", id: "a"), Event("tool_call", id: "b")], to: run)
    let again = try await test.store.append(
      [Event("2", id: "a"), Event("tool_call", id: "b")],
      to: run
    )
    #expect(again.outcomes == [.duplicate(1), .duplicate(2)])
    for other in [Event("tool_call", id: "a"), Event("2", id: "b")] {
      #expect(await failure { try await test.store.append([other], to: run) } == .conflict)
    }
  }

  @Test("in the view for people come with the names of everything else")
  func view() async throws {
    let event = Event(
      "text",
      ts: Timestamp(microseconds: 1_780_000_000_123_456),
      producer: .user,
      session: "s"
    )
    try await test.store.append([event], to: run)
    let line =
      "SELECT concat FROM (SELECT run || ' ' || seq || ' ' || session || ' ' || ordinal"
      + " || ' ' || time || ' ' || kind || ' ' || producer || ' ' || payload AS concat FROM log)"
    #expect(try lines(line) == ["r 1 s 1 2026-05-28T20:26:40.123Z text user {}"])
  }
}
