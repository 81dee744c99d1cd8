import Events
import Glibc
import Storage
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import EventLog
@testable import Folding
@testable import RunDigest

/// Each promise that the protocol numbers, broken behind the code's back: a debug build stops before
/// the transaction that breaks it commits, and says which it was.
///
/// One after the other: what they tell their processes has one name.
@Suite(
  "The protocol's invariants",
  .serialized,
  .enabled(if: ScheduleTests.isDebug, "a release build does not look")
)
struct InvariantTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    try Handover.give(folder.file(), as: "invariant-store")
  }

  private func expect(_ number: Int, _ result: ExitTest.Result?) throws {
    let said = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(said.contains("invariant \(number): "), "\(said)")
  }

  @Test("1: a run whose log moved behind the writer's back gets no event")
  func denseLog() async throws {
    try expect(
      1,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        let call = try Self.call(store)
        try await store.queue.write(priority: .maintenance) { context in
          try context.connection.execute(Self.nextEvent)
          _ = try context.append(call)
        }
      }
    )
  }

  @Test("2: a fold that skipped an event has not counted as many as its watermark says")
  func exactStep() async throws {
    try expect(
      2,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        try store.readers.snapshot { connection in
          let cached = CachedFold()
          cached.fold.digest.facts.watermark = 1
          var reader = FoldReader(connection.tables, of: DigestKey(1, 1))
          _ = try reader.step(cached, limit: .slice, sessions: SessionNames())
          cached.fold.settle()
        }
      }
    )
  }

  @Test("3: a batch that adds less to the sums than to its digest is not written")
  func equalRollups() async throws {
    try expect(
      3,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        try await Self.write(store) { batch, _ in batch.changes.cells.removeLast() }
      }
    )
  }

  @Test("4: no derived row is written on a digest that is not the one just set")
  func compareAndSet() async throws {
    try expect(
      4,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        try await Self.write(store) { _, connection in
          try connection.execute(
            """
            CREATE TRIGGER meddler AFTER INSERT ON digests
            BEGIN UPDATE digests SET revision = 7 WHERE id = new.id; END
            """
          )
        }
      }
    )
  }

  @Test("5: no digest and tail are read but in one snapshot")
  func oneSnapshot() async throws {
    try expect(
      5,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        try store.readers.read { connection in
          _ = try FoldBatcher(generation: 1).prepare(1, limit: .slice, from: connection.tables)
        }
      }
    )
  }

  @Test("6: nothing is committed when the gate is lost")
  func gate() async throws {
    try expect(
      6,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        let writer = try Writer(path: store.path, wait: .never)
        try writer.transaction(wait: .never) { _ in writer.gate.release() }
      }
    )
  }

  @Test("7: a digest never goes beyond its log")
  func watermark() async throws {
    try expect(
      7,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        try await Self.write(store) { batch, _ in batch.row.digest.facts.watermark += 1 }
      }
    )
  }

  @Test("8: an end that left an event out is none")
  func seal() async throws {
    try expect(
      8,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        try await store.queue.write(priority: .maintenance) {
          try $0.connection.execute(
            "CREATE TRIGGER meddler AFTER INSERT ON digests BEGIN \(Self.nextEvent); END"
          )
        }
        try await store.end(RunID("r"), RunEnd(.stop))
      }
    )
  }

  @Test("9: a state that is not its digest's is not stored")
  func agreement() async throws {
    try expect(
      9,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        try await Self.write(store) { batch, _ in
          batch.row.state = batch.row.state.reversed()
        }
      }
    )
  }

  @Test("10: no generation goes live in which a run lags")
  func oneLiveGeneration() async throws {
    try expect(
      10,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        try await store.queue.write(priority: .maintenance) {
          try $0.connection.execute(
            """
            CREATE TRIGGER meddler AFTER UPDATE OF live ON generations WHEN new.live = 1
            BEGIN \(Self.nextEvent); END
            """
          )
        }
        try await store.rebuild()
      }
    )
  }

  @Test("11: nothing is committed by a connection whose checkpoints do not sync")
  func answer() async throws {
    try expect(
      11,
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let store = try await Self.store()
        let writer = try Writer(path: store.path, wait: .never)
        try writer.connection.execute("PRAGMA synchronous = OFF")
        try writer.transaction(wait: .never) { _ in }
      }
    )
  }

  // MARK: In the process that stops

  /// An event that nobody appended.
  private static let nextEvent = """
    UPDATE run_heads SET head = head + 1, positions = CAST(positions || x'01' AS BLOB) WHERE run = 1;
    INSERT INTO events(run, seq, ts, kind, producer, payload)
    VALUES (1, (SELECT head FROM run_heads WHERE run = 1), 1, 'text', 0, '{}')
    """

  /// A store with a run `r` of two events that nobody has folded.
  private static func store() async throws -> RunStore {
    // To die as told, without seconds for a backtrace.
    for number in [SIGILL, SIGTRAP] { signal(number, SIG_DFL) }
    let path = try Handover.take("invariant-store")
    var options = StoreOptions()
    options.foldsInBackground = false
    // No checkpoint has the gate when a test wants it.
    options.checkpointAfterIdle = .seconds(3600)
    let store = try await RunStore.open(at: path, options: options)
    _ = try await store.append([.turnStart(), .thought()], to: RunID("r"))
    return store
  }

  private static func call(_ store: RunStore) throws -> AppendCall {
    try AppendCall([.thought()], to: RunID("r"), expecting: .any, options: store.options)
  }

  /// Folds the run and writes the batch, after somebody has had his hands on it.
  private static func write(
    _ store: RunStore,
    _ meddle: @escaping @Sendable (inout PreparedFold, Connection) throws -> Void
  ) async throws {
    try await store.queue.write(priority: .maintenance) { context in
      let engine = FoldBatcher(generation: 1)
      guard var batch = try engine.prepare(1, limit: .slice, from: context)?.batch else {
        return
      }
      try meddle(&batch, context.connection)
      _ = try FoldWriter(context).writeIfLive([batch])
    }
  }
}
