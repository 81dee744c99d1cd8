import Events
import Testing

@testable import Folding

/// What the fold holds in memory between the tables and the next write.
@Suite struct WorkingSetTests {
  @Test("Trimming keeps what is not written yet, however much it is")
  func trimmingKeepsUnwrittenRows() throws {
    var run = FoldedRun()
    for entry in calls(5_000) { try run.step(entry) }
    run.fold.fold.trim()
    #expect(run.fold.fold.takeChanges().calls.count == 5_000)
  }

  @Test("Trimming forgets written rows, which are asked for again")
  func trimmingForgetsWrittenRows() throws {
    var run = FoldedRun()
    let entries = calls(5_001)
    for entry in entries.dropLast() { try run.step(entry) }
    let isAskedFor = entries[5_000].withFoldEvent { run.fold.fold.prepare($0).id != nil }
    #expect(!isAskedFor)
    run.write()
    run.fold.fold.trim()
    let isAskedForAgain = entries[5_000].withFoldEvent { run.fold.fold.prepare($0).id != nil }
    #expect(isAskedForAgain)
  }

  @Test("Of a run that was read back in the middle every id is asked for")
  func readBack() throws {
    var run = FoldedRun()
    let entries = calls(400)
    for entry in entries.prefix(300) { try run.step(entry) }
    run.write()
    let (body, state) = (run.digest.encodedBody(), run.fold.fold.encodedState())
    let box = run.fold
    try body.withUnsafeBytes { body in
      try state.withUnsafeBytes { box.fold = try RunFold(body: body, state: $0) }
    }
    for entry in entries.suffix(100) {
      let isAskedFor = entry.withFoldEvent { run.fold.fold.prepare($0).id != nil }
      #expect(isAskedFor)
    }
  }

  @Test("A permission leaves a row only while it waits, or while its refusal waits for the call")
  func permissionRows() throws {
    var run = FoldedRun()
    var log = MemoryLog()
    let events: [(event: Event, rows: Int)] = [
      (.permissionRequest(id: "a", name: "edit"), 1),
      (.permissionDecision(id: "a", isAllowed: true), 0),
      (.permissionDecision(id: "b", isAllowed: false), 1),
      (.toolCall(id: "b"), 0),
      (.permissionRequest(id: "b"), 1),
      (.toolResult(id: "b"), 0),
      (.permissionRequest(id: "c"), 1),
      (.turnStart(), 1),
      (.turnResult(), 0),
    ]
    for (event, rows) in events {
      log.append(event, to: "r")
      try run.step(try #require(log.runs["r"]?.last))
      run.write()
      #expect(run.permissions.count == rows, "after \(event.kind.rawValue)")
    }
    #expect(run.calls.values.map(\.status) == [.denied])
  }

  @Test("A payload that is no JSON at all, which no store would take, acts as {} and says where")
  func malformedPayload() throws {
    var log = MemoryLog()
    log.append(Event("error", payload: Payload(unchecked: Array(#"{"type":x"#.utf8))), to: "r")
    let run = try FoldedRun.folding(log.runs["r"] ?? [])
    #expect(run.findings.map(\.errorClass) == ["error"])
    #expect(run.quarantined.map(\.reason) == ["the payload is not JSON at byte 8"])
    #expect(run.digest.isDegraded)
  }

  private func calls(_ count: Int) -> [MemoryLog.Entry] {
    (0..<count).map {
      MemoryLog.Entry(event: .toolCall(id: "c\($0)"), seq: Int64($0) + 1, ordinal: nil)
    }
  }
}
