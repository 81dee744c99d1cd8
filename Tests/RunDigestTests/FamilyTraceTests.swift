import Events
import Folding
import Storage
import Testing

@testable import Digests
@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

/// What is left of a parent link that turns out to close a ring.
@Suite struct FamilyTraceTests {
  private let engine = FoldBatcher()

  /// Run `a` names `b` as its parent, `b` names `c`, and last `c` names `a`; `q` is over nobody.
  private func fill(_ store: RunStore) async throws {
    for (run, parent) in [("a", "b"), ("b", "c"), ("c", "a")] {
      try await store.append(
        [.runStarted(model: "m-" + run, parentRun: parent), .usage(input: 5, costUSD: 0.25)],
        to: RunID(run)
      )
    }
  }

  @Test(
    "An ignored link leaves no trace in a family, whatever the order of folding",
    arguments: [[1, 2, 3], [3, 2, 1], [3, 1, 2], [2, 3, 1]] as [[RunRowID]]
  )
  func ring(order: [RunRowID]) async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    try await fill(test.store)
    let names = try test.store.readers.read { connection in
      try order.map { run in
        try connection.tables.runName(run) ?? ""
      }
    }
    for run in order { test.store.worker.fold([run], engine) }
    let families = try ["a", "b", "c"].map { name in
      try test.store.insight(name).family.models.entries.map(\.name).sorted()
    }
    // The link that closes the ring is the last of the log: c is the root, and no family has more.
    #expect(families == [["m-a"], ["m-a", "m-b"], ["m-a", "m-b", "m-c"]], "\(names)")
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  @Test("A family has a row of its own events and accepted helpers; no other row verifies")
  func rows() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    // Run `c` is folded first: its family goes to `a`, which has no digest yet.
    try await fill(test.store)
    let runs = try test.store.readers.read { connection in
      try ["a", "b", "c"].map { try connection.tables.run(named: $0)?.row ?? 0 }
    }
    test.store.worker.fold([runs[2]], engine)
    let families = "SELECT count(*) FROM rollups WHERE scope = 2"
    #expect(try test.number(families) == 2)
    test.store.worker.fold([runs[1]], engine)
    #expect(try test.number(families) == 3)
    // The link of `a` to `b` makes the ring, and the one of `c` to `a` is the one to ignore.
    test.store.worker.fold([runs[0]], engine)
    #expect(try test.number(families) == 3)
    #expect(try test.store.insight("a").family[.runs] == 1)
    #expect(try test.store.verify().differences == [])
    // A row of zeros is found by a verification.
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.store(Totals(), .family(99), in: 1)
    }
    #expect(try test.store.verify().differences.map(\.field) == ["sum"])
    await test.store.close()
  }
}
