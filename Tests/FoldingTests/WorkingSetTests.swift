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
