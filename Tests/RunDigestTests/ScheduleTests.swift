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

/// Worker, finalizers, appenders, rebuilds and readers in any order, step by step.
///
/// Measured, debug: 10 000 schedules take 60 s of one core, and the parts run on all there are. A
/// million, release, in ten parts of 100 000 by their seeds: none broke a promise.
///
/// `RUNDIGEST_SCHEDULES=1000000 swift test -c release -Xswiftc -enable-testing --filter ScheduleTests`
/// runs more of them, `RUNDIGEST_SCHEDULE_SEED=n` begins at another seed; a failure names the seed
/// that repeats it.
@Suite("Schedules")
struct ScheduleTests {
  static let count = setting("RUNDIGEST_SCHEDULES", default: 10_000)
  static let firstSeed =
    UInt64(setting("RUNDIGEST_SCHEDULE_SEED", default: 1))
  static let parts = max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  #if DEBUG
  static let isDebug = true
  #else
  static let isDebug = false
  #endif
  /// Runs stay in their store, where each rebuild folds them all.
  static let schedulesPerStore = 12

  @Test("of any order keep every promise", arguments: 0..<parts)
  func anyOrder(part: Int) async throws {
    // On threads that let others go first: a minute of them must not hold up what other tests time.
    try await BlockingWork.run {
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
      try runPart(part)
    }
  }

  private func runPart(_ part: Int) throws {
    let each = Self.count / Self.parts
    var done = 0
    while done < each {
      let world = try ScheduleWorld()
      for _ in 0..<min(Self.schedulesPerStore, each - done) {
        let seed = Self.firstSeed + UInt64(part * each + done)
        do { try run(seed, world) } catch {
          Issue.record("seed \(seed): \(error)")
          return
        }
        done += 1
      }
      let verification = try verifyAll(world)
      guard verification.isClean, world.witness.problems.isEmpty else {
        Issue.record(
          """
          up to seed \(Self.firstSeed + UInt64(part * each + done)): \
          \(verification.differences.prefix(5)) \(world.witness.problems.prefix(5))
          """
        )
        return
      }
    }
  }

  private func verifyAll(_ world: ScheduleWorld) throws -> Verification {
    try world.reads { reads in
      var verifier = Verifier(reads)
      try verifier.verifyAll()
      return verifier.result
    }
  }

  private func run(_ seed: UInt64, _ world: ScheduleWorld) throws {
    var random = SeededNumbers(scattering: seed)
    let runs = try (0...random.below(2)).map { try RunID("\(seed)-\($0)") }
    let keys = {
      try world.reads { reads in try runs.compactMap { try reads.tables.run(named: $0.name)?.row } }
    }
    let appenders = runs.flatMap { run in
      (0...random.below(2)).map {
        AppendingActor(world, $0, run, appends: 1 + random.below(4))
      }
    }
    // Ending an unknown run is refused: each has an event before the race.
    for appender in appenders { _ = try appender.step(&random) }
    let causes = EndCause.allCases
    let enders = runs.flatMap { run in
      (0...random.below(3)).map {
        EndingActor(world, $0 % 2, run, RunEnd(causes[random.below(4)], by: "\($0)"))
      }
    }
    var actors: [any ScheduledActor] = appenders + enders
    actors.append(WorkingActor(world, 0, runs: keys))
    if random.below(2) == 0 { actors.append(WorkingActor(world, 1, runs: keys)) }
    actors.append(ReadingActor(world, runs))
    let rebuilds = random.below(40)
    if rebuilds < 2 {
      for process in 0...rebuilds {
        actors.append(RebuildingActor(world, process))
      }
    }
    while !actors.isEmpty {
      let index = random.below(actors.count)
      if try !actors[index].step(&random) { actors.remove(at: index) }
    }
    for ender in enders where ender.outcome == nil {
      throw BrokenSchedule(description: "an end returned without an outcome")
    }
    try expectWhole(runs, appenders, world, &random)
    // What rebuilds do to each other shows in the sums over all runs.
    guard rebuilds < 2 else { return }
    let differences = try verifyAll(world).differences
    if !differences.isEmpty { throw BrokenSchedule(description: "\(differences.prefix(5))") }
  }

  /// After one more end of each run everything is as a fold of the log alone would have it.
  private func expectWhole(
    _ runs: [RunID],
    _ appenders: [AppendingActor],
    _ world: ScheduleWorld,
    _ random: inout SeededNumbers
  ) throws {
    for run in runs {
      let last = EndingActor(world, 0, run, RunEnd(.stop))
      while try last.step(&random) {}
      try world.reads { reads in
        guard let reference = try reads.tables.run(named: run.name),
          let insight = try reads.insight(reference)
        else { throw BrokenSchedule(description: "\(run) is gone") }
        guard insight.lag == 0, insight.digest.isSealed, last.outcome == insight.digest.outcome
        else { throw BrokenSchedule(description: "\(run) is not sealed at its head") }
        var verifier = Verifier(reads)
        try verifier.verify(reference)
        guard verifier.result.isClean else {
          throw BrokenSchedule(description: "\(verifier.result.differences.prefix(5))")
        }
        let ends = try Self.endIDs(of: reference.row, reads.tables)
        guard Set(ends).count == ends.count, ends.allSatisfy({ $0.hasPrefix("run.ended/") })
        else { throw BrokenSchedule(description: "\(run) has the ends \(ends)") }
      }
    }
    if let problem = world.witness.problems.first { throw BrokenSchedule(description: problem) }
  }

  /// The fixed ids of the ends of a run, in their order.
  private static func endIDs(of run: RunRowID, _ tables: any EngineSnapshot) throws -> [String] {
    var ids: [String] = []
    for event in try tables.events(of: run, after: 0, limit: .max) {
      if event.event.kind == "run.ended", let id = event.event.id { ids.append(id) }
    }
    return ids
  }

  // MARK: By name

  /// A world with one run of an unfolded tail, and its worker with the tail folded in memory.
  private func worldWithWaitingWorker() throws -> (ScheduleWorld, RunID, WorkingActor) {
    let world = try ScheduleWorld()
    let run = RunID("r")
    let call = try AppendCall(
      [.turnStart(), .usage(model: "m", input: 100, output: 10, costUSD: 1), .thought()],
      to: run,
      expecting: .any,
      options: world.options
    )
    _ = try world.write(0) { try $0.append(call) }
    let worker = WorkingActor(world, 0) {
      try world.reads { try [$0.tables.run(named: "r")?.row].compactMap { $0 } }
    }
    try worker.prepare(limit: .slice)
    return (world, run, worker)
  }

  @Test("The known double fold: a tail that the end folded while the worker held it counts once")
  func doubleFold() throws {
    let (world, run, worker) = try worldWithWaitingWorker()
    _ = try world.write(1) { try world.finalizer().seal(run, RunEnd(.crash), in: $0) }
    #expect(try worker.write() == [false])
    let insight = try world.reads { try $0.insight(RunReference(row: 1, name: "r")) }
    #expect(insight?.digest.totals.cost.value == 1_000_000_000)
    #expect(insight?.digest.outcome.status == .crashed)
    #expect(try verifyAll(world).differences == [])
  }

  @Test("A batch that the worker wrote while the end held the same counts once")
  func doubleFoldTheOtherWay() throws {
    let (world, run, worker) = try worldWithWaitingWorker()
    let held = try #require(try world.finalizer().prepareBatch(of: run))
    #expect(try worker.write() == [true])
    let written = try world.write(1) {
      try FoldWriter($0).writeIfLive([held])
    }
    #expect(written == [false])
    #expect(try verifyAll(world).differences == [])
  }

  @Test("A batch that was folded before the run was rebuilt is not written after")
  func foldAcrossARebuild() throws {
    let (world, run, worker) = try worldWithWaitingWorker()
    let rebuild = RebuildingActor(world, 1)
    var random = SeededNumbers(scattering: 1)
    while try rebuild.step(&random) {}
    #expect(try worker.write() == [false])
    _ = try world.write(0) { try world.finalizer().seal(run, RunEnd(.stop), in: $0) }
    #expect(try verifyAll(world).differences == [])
  }

  @Test(
    "Of two rebuilds at once the one whose generation was removed gives up, and readers keep one"
  )
  func twoRebuilds() throws {
    for stepsBefore in 2...4 {
      let (world, run, worker) = try worldWithWaitingWorker()
      try worker.write()
      var random = SeededNumbers(scattering: 1)
      let first = RebuildingActor(world, 0)
      let second = RebuildingActor(world, 1)
      // The second looks for what is unfinished, and removes what the first has begun.
      for _ in 0..<stepsBefore { _ = try first.step(&random) }
      for _ in 0..<2 { _ = try second.step(&random) }
      while try first.step(&random) {}
      #expect(first.wasBeaten)
      while try second.step(&random) {}
      #expect(!second.wasBeaten)
      let generations = try world.reads {
        try $0.tables.connection.integer("SELECT count(*) FROM generations")
      }
      #expect(generations == 1)
      _ = try world.write(0) { try world.finalizer().seal(run, RunEnd(.stop), in: $0) }
      let insight = try world.reads { try $0.insight(RunReference(row: 1, name: "r")) }
      #expect(insight?.digest.outcome.status == .stopped)
      #expect(try verifyAll(world).differences == [])
    }
  }

  @Test(
    "A generation of which another rebuild has removed a part does not go live, nor one that went live go"
  )
  func removedInPart() throws {
    for (stepsBefore, stepsOfSecond) in (2...8).flatMap({ a in (1...4).map { (a, $0) } }) {
      let (world, _, worker) = try worldWithWaitingWorker()
      try worker.write()
      for name in ["s", "t"] {
        let call = try AppendCall(
          [.usage(model: "m", input: 1, output: 1, costUSD: 1)],
          to: RunID(name),
          expecting: .any,
          options: world.options
        )
        _ = try world.write(0) { try $0.append(call) }
        _ = try world.write(0) { try world.finalizer().seal(RunID(name), RunEnd(.stop), in: $0) }
      }
      var random = SeededNumbers(scattering: 1)
      let first = RebuildingActor(world, 0)
      let second = RebuildingActor(world, 1)
      for _ in 0..<stepsBefore { _ = try first.step(&random) }
      for _ in 0..<stepsOfSecond { _ = try second.step(&random) }
      while try first.step(&random) {}
      while try second.step(&random) {}
      #expect(!second.wasBeaten)
      #expect(try verifyAll(world).differences == [], "\(stepsBefore), \(stepsOfSecond)")
    }
  }

  @Test("A run whose log has a gap is not folded beyond it, and says so")
  func gap() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    let run = RunID("r")
    try await test.store.append([.thought(), .thought(), .thought()], to: run)
    try await test.store.queue.write(priority: .maintenance) { context in
      try context.maintain("test") {
        try context.connection.execute("DELETE FROM events WHERE seq = 2")
      }
    }
    #expect(await failure { try await test.store.end(run, RunEnd(.stop)) } == .corrupt)
    #expect(try test.number("SELECT count(*) FROM digests") == 0)
    await test.store.close()
  }
}
