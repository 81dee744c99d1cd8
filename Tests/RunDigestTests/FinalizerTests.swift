import Events
import Folding
import Glibc
import Storage
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

/// Every way in which a run can end, each in every circumstance.
///
/// Measured: the end of a run runs 12 reading statements and 48 of the writer (up to 62 in a debug
/// build, which looks at its invariants), whether the run has 100, 100 000 or, with `RUNDIGEST_LONG=1`, a
/// million events, and whether none or one is not folded yet.
@Suite("The end of a run")
struct FinalizerTests {
  /// What ends a run.
  struct Transition: Sendable, CustomTestStringConvertible {
    /// The call that ends it.
    enum Call: Sendable {
      case end
      case reap
      case swap
    }

    var testDescription: String
    var call = Call.end
    var end: RunEnd
    /// The status after a log whose last turn was cut short.
    var interrupted: String
    /// The status after a log whose last turn was completed.
    var completed: String

    /// Ends a run whose events are of the session `s`, and gives the outcome that it has then.
    func perform(_ store: RunStore, _ run: RunID) async throws -> Outcome {
      switch call {
      case .end: return try await store.end(run, end)
      case .reap: try await store.reap(end) { $0 == "s" }
      case .swap: try await store.swap(session: "s", to: RunID("next"), end)
      }
      return try store.insight(run).digest.outcome
    }
  }

  static let transitions = [
    Transition(
      testDescription: "stop",
      end: RunEnd(.stop, by: "user"),
      interrupted: "stopped",
      completed: "completed"
    ),
    Transition(
      testDescription: "crash",
      end: RunEnd(.crash, by: "hub", reason: "signal 9", exitCode: 137),
      interrupted: "crashed",
      completed: "crashed"
    ),
    Transition(
      testDescription: "fail",
      end: RunEnd(.fail, reason: "no model"),
      interrupted: "failed",
      completed: "failed"
    ),
    Transition(
      testDescription: "terminate without a session",
      end: RunEnd(.terminate),
      interrupted: "terminated",
      completed: "completed"
    ),
    Transition(
      testDescription: "the importer's end",
      end: RunEnd(.stop, by: "import"),
      interrupted: "stopped",
      completed: "completed"
    ),
    Transition(
      testDescription: "the reaper's end",
      call: .reap,
      end: RunEnd(.terminate, by: "reaper", reason: "its session is gone"),
      interrupted: "terminated",
      completed: "completed"
    ),
    Transition(
      testDescription: "a session swap",
      call: .swap,
      end: RunEnd(.stop, by: "swap", verdict: .inReview),
      interrupted: "in_review",
      completed: "in_review"
    ),
  ]

  enum Circumstance: String, CaseIterable, Sendable {
    case first
    case repeated
    case eightAtOnce = "eight at once"
    case anotherCause = "another cause follows"
    case busy = "while appends and the worker run"
  }

  // MARK: Every transition in every circumstance

  @Test("seals once, whatever happens around it", arguments: transitions, Circumstance.allCases)
  func seals(transition: Transition, circumstance: Circumstance) async throws {
    let test = try await TestStore { $0.foldsInBackground = circumstance == .busy }
    let run = RunID("r")
    let parent = RunID("parent")
    try await test.store.append([.runStarted(agent: "x", model: "m")], to: parent)
    try await test.store.append(Self.openTurn, to: run)
    if circumstance != .busy {
      // The tail is beyond the digest: what the end has to fold.
      try await fold(test.store)
      try await test.store.append(Self.lastWords, to: run)
    } else {
      try await test.store.append(Self.lastWords, to: run)
    }
    let outcomes = try await end(run, transition, circumstance, test.store)
    if circumstance == .busy { try await test.store.flush() } else { try await fold(test.store) }

    let insight = try test.store.insight("r")
    #expect(Set(outcomes).count == 1, "every caller has the same answer")
    #expect(outcomes.first == insight.digest.outcome)
    let busy = circumstance == .busy
    // While appends go on the last turn may have been closed by them or not.
    if !busy {
      #expect(insight.digest.outcome.status.rawValue == transition.interrupted)
      #expect(insight.digest.outcome.interrupted == true)
      let findings = try test.store.findings("r").map(\.errorClass)
      #expect(findings.filter { $0 == "missing_tool_result" }.count == 1)
      #expect(findings.filter { $0 == "unanswered_permission" }.count == 1)
      #expect(findings.filter { $0 == "incomplete_turn" }.count == 1)
    }
    #expect(insight.digest.outcome.cause == transition.end.cause)
    #expect(insight.digest.outcome.by == transition.end.by)
    #expect(insight.digest.outcome.reason == transition.end.reason)
    #expect(insight.digest.outcome.exitCode == transition.end.exitCode)
    #expect(insight.digest.isSealed && insight.lag == 0)
    #expect(insight.digest.watermark == insight.head)
    try expectOneEnd(test, ids: ["run.ended/0"])
    try expectOpenRows(test, none: true)
    #expect(try test.store.session("s").lag == 0)
    #expect(try test.store.insight("parent").family[.runs] == 2)
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  private func end(
    _ run: RunID,
    _ transition: Transition,
    _ circumstance: Circumstance,
    _ store: RunStore
  ) async throws -> [Outcome] {
    switch circumstance {
    case .first: return [try await transition.perform(store, run)]
    case .repeated:
      var outcomes: [Outcome] = []
      for _ in 0..<3 { outcomes.append(try await transition.perform(store, run)) }
      return outcomes
    case .anotherCause:
      var outcomes = [try await transition.perform(store, run)]
      for other in EndCause.allCases where other != transition.end.cause {
        outcomes.append(try await store.end(run, RunEnd(other, by: "late", verdict: .done)))
      }
      return outcomes
    case .eightAtOnce, .busy:
      return try await withThrowingTaskGroup(of: Outcome?.self) { group in
        for _ in 0..<(circumstance == .busy ? 2 : 8) {
          group.addTask { try await transition.perform(store, run) }
        }
        if circumstance == .busy {
          for _ in 0..<4 {
            group.addTask {
              for _ in 0..<25 { try await store.append(Self.lastWords, to: run) }
              return nil
            }
          }
        }
        return try await group.reduce(into: []) { if let outcome = $1 { $0.append(outcome) } }
      }
    }
  }

  @Test("judges a run whose last turn was closed by that turn", arguments: transitions)
  func afterAClosedTurn(transition: Transition) async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    let run = RunID("r")
    for (status, expected) in [
      ("success", "completed"), ("interrupted", "cancelled"), ("overloaded", "failed"),
    ] {
      let run = try RunID("r-" + status)
      let turn: [Event] = [.turnStart(), .turnResult(status: status)]
      try await test.store.append(turn.map { $0.with(session: "s") }, to: run)
      let outcome = try await transition.perform(test.store, run)
      let byTurn = transition.completed == "completed"
      #expect(outcome.status.rawValue == (byTurn ? expected : transition.completed))
      #expect(outcome.interrupted == false)
      #expect(outcome.lastTurnStatus?.rawValue == status)
    }
    // No turn at all was cut short before it could begin.
    try await test.store.append([.runStarted().with(session: "s")], to: run)
    #expect(try await transition.perform(test.store, run).status.rawValue == transition.interrupted)
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  // One after the other: what they tell their processes has one name.
  @Test(
    "is killed at every step, and the next end seals it",
    .serialized,
    arguments: transitions,
    FoldHooks.Point.allCases
  )
  func killedAtEveryStep(transition: Transition, point: FoldHooks.Point) async throws {
    let folder = try TemporaryFolder()
    try Handover.give(transition.testDescription, as: "end-transition")
    try Handover.give(folder.file(), as: "end-store")
    try Handover.give(point.rawValue, as: "end-point")
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let path = try Handover.take("end-store")
      let point = try Handover.take("end-point")
      var options = StoreOptions()
      options.foldsInBackground = false
      options.foldHooks = FoldHooks { reached, _ in
        if reached.rawValue == point { kill(getpid(), SIGKILL) }
      }
      let name = try Handover.take("end-transition")
      let transition = FinalizerTests.transitions.first { $0.testDescription == name }
      let store = try await RunStore.open(at: path, options: options)
      let run = RunID("r")
      try await store.append(FinalizerTests.openTurn, to: run)
      // More than an end leaves to its last transaction, so that every point is passed.
      let words = [[Event]](repeating: FinalizerTests.lastWords, count: 300).flatMap { $0 }
      try await store.append(words, to: run)
      _ = try await transition?.perform(store, run)
    }
    let store = try await RunStore.open(at: folder.file())
    #expect(
      try await transition.perform(store, RunID("r")).status.rawValue == transition.interrupted
    )
    let insight = try store.insight("r")
    #expect(insight.lag == 0 && insight.digest.isSealed)
    #expect(insight.digest.outcome.cause == transition.end.cause)
    #expect(try store.verify().differences == [])
    await store.close()
  }

  // MARK: By session

  @Test("by a reaper or a swap meets the runs of that session, and not the others")
  func bySession() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    func add(_ run: String, _ session: String?) async throws {
      try await test.store.append(
        [.turnStart(), .thought().with(session: session)],
        to: RunID(run)
      )
    }
    func status(_ run: String) throws -> String {
      try test.store.insight(RunID(run)).digest.outcome.status.rawValue
    }
    for (run, session) in [("a", "s1"), ("b", "s1"), ("c", "s2"), ("d", nil), ("moved", "s1")] {
      try await add(run, session)
    }
    // What counts is where it was last, and that may not be folded yet.
    try await test.store.flush()
    try await add("moved", "s2")
    let swapped = try await test.store.swap(session: "s1", to: RunID("b"))
    #expect(swapped.map(\.run.name) == ["a"])
    #expect(try test.store.insight("a").digest.outcome.by == "swap")
    #expect(try status("b") == "running" && status("moved") == "running")
    let reaped = try await test.store.reap { $0 == "s2" }
    #expect(reaped.map(\.run.name) == ["c", "moved"])
    #expect(reaped.allSatisfy { $0.outcome.cause == .terminate && $0.outcome.by == "reaper" })
    #expect(try await test.store.reap { $0 == "s2" } == [])
    #expect(try status("d") == "running")
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  @Test("by a reaper is not held up by a run that cannot be ended, and says so")
  func reapingPastDamage() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    for run in ["a", "b"] {
      try await test.store.append([.thought().with(session: "s")], to: RunID(run))
    }
    try await test.store.flush()
    try await test.store.queue.write(priority: .maintenance) {
      try $0.connection.execute("UPDATE digests SET state = x'FF00FF' WHERE run = 1")
    }
    try await test.store.append([.thought()], to: RunID("a"))
    #expect(await failure { try await test.store.reap { _ in true } } == .corrupt)
    #expect(try test.store.insight("b").digest.isSealed)
    await test.store.close()
  }

  // MARK: After the end

  @Test("counts late events, keeps the outcome, and resumes into a second end")
  func afterTheEnd() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    let run = RunID("r")
    try await test.store.append(Self.openTurn, to: run)
    let outcome = try await test.store.end(run, RunEnd(.crash))
    // An append to a sealed run is stored: money is money.
    let late = try await test.store.append(
      [.usage(model: "m", input: 5, costUSD: 0.25), .thought()],
      to: run
    )
    #expect(late.outcomes.count == 2)
    #expect(try test.store.insight("r").lag == 2)
    // An end folds them, and answers what was decided.
    #expect(try await test.store.end(run, RunEnd(.stop)) == outcome)
    let insight = try test.store.insight("r")
    #expect(insight.lag == 0 && insight.digest.totals[.lateEvents] == 2)
    #expect(insight.digest.turnCount == 1)
    #expect(insight.digest.totals.cost.value == 250_000_000)
    try expectOneEnd(test, ids: ["run.ended/0"])
    // A terminal event that comes after the seal is only late.
    try await test.store.append([.runEnded(.fail)], to: run)
    #expect(try await test.store.end(run, RunEnd(.stop)).status == .crashed)
    await test.store.close()

    let again = try await test.another()
    try await again.resume(run)
    try await again.resume(run)
    #expect(try again.insight("r").digest.outcome.status == .running)
    try await again.append([.turnStart(), .turnResult(status: "success")], to: run)
    #expect(try await again.end(run, RunEnd(.stop)).status == .completed)
    #expect(try await again.end(run, RunEnd(.crash)).status == .completed)
    let ids = try again.readers.snapshot { connection in
      try connection.tables.events(of: 1, after: 0, limit: .max)
        .filter { $0.event.kind == "run.ended" }.map(\.event.id)
    }
    #expect(ids == ["run.ended/0", nil, "run.ended/1"])
    #expect(try again.verify().differences == [])
    await again.close()
  }

  @Test("takes another's event under its own id for what it is")
  func stolenID() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    let run = RunID("r")
    try await test.store.append([.text(id: "run.ended/0")], to: run)
    #expect(try await test.store.end(run, RunEnd(.stop)).status == .stopped)
    #expect(try await test.store.end(run, RunEnd(.crash)).status == .stopped)
    #expect(try test.number("SELECT count(*) FROM log WHERE kind = 'run.ended'") == 1)
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  @Test("seals a run that the log itself has ended, without a second event")
  func endedByTheLog() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    let run = RunID("r")
    try await test.store.append(Self.openTurn + [.runEnded(.fail, reason: "own")], to: run)
    let outcome = try await test.store.end(run, RunEnd(.stop))
    #expect(outcome.status == .failed && outcome.reason == "own")
    #expect(try test.number("SELECT count(*) FROM log WHERE kind = 'run.ended'") == 1)
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  @Test("refuses a run that is unknown, and does not make one")
  func unknownRun() async throws {
    let test = try await TestStore()
    let unknown = RunID("no-such-run")
    #expect(await failure { try await test.store.end(unknown, RunEnd(.stop)) } == .notFound)
    #expect(try test.number("SELECT count(*) FROM runs") == 0)
    await test.store.close()
  }

  @Test("goes through although its caller was cancelled")
  func cancelledCaller() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    for index in 0..<20 {
      let run = try RunID("r\(index)")
      for _ in 0..<150 { try await test.store.append(Self.lastWords, to: run) }
      let ending = Task { try await test.store.end(run, RunEnd(.stop)) }
      if index > 0 { usleep(UInt32(index * 200)) }
      ending.cancel()
      _ = try? await ending.value
      // The end was begun, so the run has one, at the latest after what a next end does.
      #expect(try test.store.insight(run).digest.isSealed)
    }
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }

  // MARK: The cost

  @Test(
    "costs a fixed number of statements, however long the run",
    arguments: [(100, 0), (100, 1), (100_000, 0), (100_000, 1), (1_000_000, 0)]
  )
  func cost(events: Int, behind: Int) async throws {
    guard events < 1_000_000 || getenv("RUNDIGEST_LONG") != nil else { return }
    let test = try await TestStore { $0.foldsInBackground = false }
    let run = RunID("r")
    let batch = [Event](repeating: .checkpoint(phase: "p", stepMs: 1), count: 100)
      .map { $0.with(ts: Timestamp(microseconds: 1)) }
    for _ in 0..<(events / 100) { try await test.store.append(batch, to: run) }
    try await fold(test.store)
    if behind > 0 {
      try await test.store.append([Event](batch.prefix(behind)), to: run)
    }
    try test.store.readers.read { $0.countStatements() }
    try await test.store.queue.write(priority: .maintenance) { $0.connection.countStatements() }
    let outcome = try await test.store.end(
      run,
      RunEnd(.stop, ts: Timestamp(microseconds: 1)),
      durability: .committed
    )
    let reads = try test.store.readers.read { $0.statementCount }
    let writes = try await test.store.queue.write(priority: .maintenance) {
      $0.connection.statementCount
    }
    print("MEASURE end of \(events) events, \(behind) behind: \(reads) reads, \(writes) in all")
    #expect(outcome.status == .stopped)
    // Measured; what matters is that the length of the run is not in it.
    #expect(reads <= 16 && writes <= 75)
    #expect(try test.store.insight("r").digest.watermark == Int64(events + behind + 1))
    await test.store.close()
  }

  // MARK: Support

  /// A turn that is still open, with a call and a permission that nobody answered.
  static let openTurn: [Event] = [
    Event.runStarted(agent: "x", model: "m", project: "p", host: "h", parentRun: "parent"),
    Event.turnStart(id: "t1"),
    Event.toolCall(id: "c1", name: "bash"),
    Event.permissionRequest(id: "p1", name: "edit"),
  ].map { $0.with(ts: Timestamp(microseconds: 1_000_000), session: "s") }

  static let lastWords: [Event] = [
    Event.usage(model: "m", input: 10, output: 3, costUSD: 0.001), Event.thought(),
  ].map { $0.with(ts: Timestamp(microseconds: 2_000_000), session: "s") }

  /// Folds everything, on a store whose worker is off.
  private func fold(_ store: RunStore) async throws {
    let engine = FoldBatcher()
    let behind = try store.readers.snapshot { connection in
      let generation = try connection.tables.liveGeneration()
      engine.use(generation)
      return try connection.tables.laggingRuns(in: generation, rows: nil)
    }
    for run in behind.map(\.run) {
      while let next = try store.readers.snapshot({
        try engine.prepare(run, limit: .bulk, from: $0.tables)
      }) {
        let written = try await store.queue.write(priority: .fold) {
          try FoldWriter($0).writeIfLive([next.batch])
        }
        #expect(written == [true])
        engine.didWrite(next.batch)
      }
    }
  }

  private func expectOneEnd(_ test: TestStore, ids: [String]) throws {
    let ends = try test.events(of: "r").filter { $0.event.kind == "run.ended" }
    #expect(ends.map(\.event.id) == ids)
    #expect(ends.allSatisfy { $0.event.producer == .system })
  }

  private func expectOpenRows(_ test: TestStore, none: Bool) throws {
    #expect(try test.number("SELECT count(*) FROM calls WHERE status = 0") == 0)
    #expect(try test.number("SELECT count(*) FROM permissions WHERE open = 1") == 0)
    #expect(try test.number("SELECT count(*) FROM turns WHERE end_seq IS NULL") == 0)
  }
}
