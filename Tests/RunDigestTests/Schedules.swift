import Events
import Folding
import Glibc
import Storage
import Support
import TestSupport

@testable import Digests
@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

extension SeededNumbers {
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

/// A schedule in which something that must hold did not.
struct BrokenSchedule: Error, CustomStringConvertible {
  var description: String
}

/// One store with two processes on it, all on one thread: nothing runs but what is stepped.
///
/// What a process has of its own (the writer with its heads, the worker's folds) is there twice; a
/// transaction or a snapshot is one step, because SQLite makes them one.
final class ScheduleWorld {
  let folder: TemporaryFolder
  let options: StoreOptions
  let queue: WriteQueue
  let database: SQLiteDatabase
  var readers: ReaderPool { database.readers }
  let engines: [any EngineWriter]
  /// The reader that looks at what is committed in the middle of a write transaction.
  let witness = Witness()

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    var options = StoreOptions()
    options.checkpointBytes = .max
    options.now = { Timestamp(microseconds: 1_700_000_000_000_000) }
    let path = try StorageFile.prepare(folder.file(), .create)
    database = SQLiteDatabase(path: path)
    let (witness, readers) = (witness, database.readers)
    options.foldHooks = FoldHooks { point, run in witness.look(point, run, readers) }
    self.options = options
    queue = try WriteQueue(path: path, options: options)
    engines = [
      queue.writer, try SQLiteWriter(path: path, options: options, notices: CommitNotices()),
    ]
  }

  deinit {
    queue.startClosing()
    readers.close()
  }

  func write<R>(_ process: Int, _ body: (any EngineTransaction) throws -> R) throws -> R {
    try engines[process].transaction(mayBlock: true, body)
  }

  func reads<R>(_ body: (ReadSnapshot) throws -> R) throws -> R {
    try readers.snapshot { try body(ReadSnapshot($0.tables)) }
  }

  func finalizer() -> Finalizer {
    Finalizer(
      queue: queue,
      engine: database,
      options: options,
      restMax: 1,
      batchLimit: FoldLimit(events: 2, bytes: .max)
    )
  }
}

/// Checks what readers see, also while a transaction is half done.
final class Witness: Sendable {
  private let found = Locked<[String]>([])
  private let calls = Locked(0)
  private let watermarks = Locked<[RunRowID: Int64]>([:])

  var problems: [String] { found.withLock { $0 } }

  /// Called within folds; looks every fourth time, which is another point each time.
  func look(_ point: FoldHooks.Point, _ run: RunRowID, _ readers: ReaderPool) {
    let isDue = calls.withLock { calls in
      calls += 1
      return calls % 4 == 0
    }
    guard isDue else { return }
    do {
      try readers.snapshot { connection in
        try check(
          RunReference(row: run, name: "#\(run.rawValue)"),
          try ReadSnapshot(connection.tables),
          "\(point)"
        )
      }
    } catch { note("\(point): \(error)") }
  }

  /// What every snapshot must show of a run.
  func check(_ run: RunReference, _ reads: ReadSnapshot, _ place: String) throws {
    guard let insight = try reads.insight(run) else { return }
    let digest = insight.digest
    // The digest never runs ahead of its log, nor back, and its rows are those of its watermark.
    if digest.watermark > insight.head { note("\(place): \(run) is ahead of its log") }
    let turns = try reads.tables.turns(of: reads.key(of: run), from: 0, limit: .max)
    if Int64(turns.count) != digest.turnCount {
      note("\(place): \(run) has \(turns.count) turn rows, its digest \(digest.turnCount)")
    }
    let findings = try reads.tables.findings(
      of: reads.key(of: run),
      type: nil,
      from: 0,
      limit: .max
    )
    let counted = (digest.errors.entries + digest.issues.entries).reduce(0) { $0 + $1.value.count }
    if Int64(findings.count) != counted {
      note("\(place): \(run) has \(findings.count) findings, its digest \(counted)")
    }
    let before = watermarks.withLock { marks in
      defer { marks[run.row] = max(marks[run.row] ?? 0, digest.watermark) }
      return marks[run.row] ?? 0
    }
    if digest.watermark < before { note("\(place): \(run) went back to \(digest.watermark)") }
  }

  private func note(_ problem: String) { found.withLock { $0.append(problem) } }
}

/// Something that goes on in steps; between two of them anything else may happen.
protocol ScheduledActor: AnyObject {
  /// Does the next step; `false` when there is none.
  func step(_ random: inout SeededNumbers) throws -> Bool
}

/// Appends events to a run and keeps what it was told.
final class AppendingActor: ScheduledActor {
  private let world: ScheduleWorld
  private let process: Int
  private let run: RunID
  private var left: Int
  private(set) var acknowledged: Int64 = 0

  init(_ world: ScheduleWorld, _ process: Int, _ run: RunID, appends: Int) {
    self.world = world
    self.process = process
    self.run = run
    left = appends
  }

  func step(_ random: inout SeededNumbers) throws -> Bool {
    guard left > 0 else { return false }
    left -= 1
    var events: [Event] = []
    for _ in 0...random.below(3) { events.append(Self.event(&random)) }
    let call = try AppendCall(events, to: run, expecting: .any, options: world.options)
    let receipt = try world.write(process) { try $0.append(call) }
    for outcome in receipt.outcomes { acknowledged = max(acknowledged, outcome.seq) }
    return true
  }

  private static let fixedTime = Timestamp(microseconds: 1_700_000_000_000_000)

  static func event(_ random: inout SeededNumbers) -> Event {
    let id = "c\(random.below(3))"
    let event: Event =
      switch random.below(28) {
      case 0...3: .turnStart()
      case 4, 5: .turnResult(status: random.below(2) == 0 ? "success" : "error", costUSD: 0.5)
      case 6...8: .toolCall(id: id, name: "bash")
      case 9, 10: .toolResult(id: id, isError: random.below(2) == 0)
      case 11...13: .usage(model: "m", input: 3, output: 2, costUSD: 0.25)
      case 14: .permissionRequest(id: id, name: "edit")
      case 15: .permissionDecision(id: id, isAllowed: false)
      case 16: .runStarted(agent: "x", parentRun: random.below(2) == 0 ? "parent" : nil)
      case 17: .runResumed()
      case 18: random.below(4) == 0 ? .runEnded(.fail) : .verdict(.done)
      // The same id and body again and again: stored once.
      case 19: .error(type: "e").with(ts: fixedTime, id: "e-1")
      case 20: .usage(model: "m", input: 5).with(ts: fixedTime, id: "u-1")
      case 21: .usage(model: "n", input: 9, output: 1, costUSD: 0.5, replaces: "u-1")
      case 22: .toolResult(id: id, durationMs: 7, isRunning: true)
      case 23: .turnResult(durationMs: 60_000)
      case 24: .runTag("t")
      default: .thought()
      }
    guard event.id == nil else { return event }
    let session = random.below(3) == 0 ? "s" : nil
    return event.with(
      ts: Timestamp(microseconds: 1_700_000_000_000_000 + Int64(random.below(9)) * 110_000_000),
      session: session
    )
  }
}

/// The worker: reads and folds in one step, writes in another, and may die in between.
final class WorkingActor: ScheduledActor {
  private let world: ScheduleWorld
  private let process: Int
  private let runs: () throws -> [RunRowID]
  private var engine: FoldBatcher
  /// What is folded and not written.
  private var prepared: [PreparedFold] = []
  private var rounds: Int

  init(
    _ world: ScheduleWorld,
    _ process: Int,
    rounds: Int = 6,
    runs: @escaping () throws -> [RunRowID]
  ) {
    self.world = world
    self.process = process
    self.runs = runs
    self.rounds = rounds
    engine = FoldBatcher(hooks: world.options.foldHooks)
  }

  func step(_ random: inout SeededNumbers) throws -> Bool {
    guard prepared.isEmpty else {
      if random.below(12) == 0 {
        // Killed: all that it held is gone.
        engine = FoldBatcher(hooks: world.options.foldHooks)
        prepared = []
        return true
      }
      try write()
      return true
    }
    guard rounds > 0 else { return false }
    rounds -= 1
    try prepare(limit: FoldLimit(events: 1 + random.below(6), bytes: .max))
    return true
  }

  func prepare(limit: FoldLimit) throws {
    prepared = try runs().compactMap { run in
      try world.readers.snapshot { connection in
        engine.use(try connection.tables.liveGeneration())
        return try engine.prepare(run, limit: limit, from: connection.tables)?.batch
      }
    }
  }

  @discardableResult
  func write() throws -> [Bool] {
    guard !prepared.isEmpty else { return [] }
    let batches = prepared
    prepared = []
    let written = try world.write(process) {
      try FoldWriter($0, hooks: world.options.foldHooks)
        .writeIfLive(batches)
    }
    for (batch, isWritten) in zip(batches, written) {
      if isWritten { engine.didWrite(batch) } else { engine.forget(batch.key.run) }
    }
    return written
  }
}

/// The steps of ``Finalizer/end(_:_:durability:)``, one at a time, with deaths in between.
final class EndingActor: ScheduledActor {
  private enum Stage {
    case look
    case prepare
    case write(PreparedFold)
    case seal
    case done
  }

  private let world: ScheduleWorld
  private let process: Int
  private let run: RunID
  private let end: RunEnd
  private let finalizer: Finalizer
  private var stage = Stage.look
  private(set) var outcome: Outcome?

  init(_ world: ScheduleWorld, _ process: Int, _ run: RunID, _ end: RunEnd) {
    self.world = world
    self.process = process
    self.run = run
    self.end = end
    finalizer = world.finalizer()
  }

  func step(_ random: inout SeededNumbers) throws -> Bool {
    switch stage {
    case .look:
      outcome = try finalizer.storedOutcome(run)
      stage = outcome == nil ? .prepare : .done
    case .prepare:
      stage = try finalizer.prepareBatch(of: run).map(Stage.write) ?? .seal
    case .write(let batch):
      stage = .prepare
      // Killed, and asked again by another.
      if random.below(12) == 0 { stage = .look } else { try write(batch) }
    case .seal:
      outcome = try world.write(process) { try finalizer.seal(run, end, in: $0) }
      stage = .done
    case .done: return false
    }
    return true
  }

  private func write(_ batch: PreparedFold) throws {
    _ = try world.write(process) {
      try FoldWriter($0, hooks: world.options.foldHooks)
        .writeIfLive([batch])
    }
  }
}

/// Looks at runs from time to time.
final class ReadingActor: ScheduledActor {
  private let world: ScheduleWorld
  private let runs: [RunID]
  private var left = 4

  init(_ world: ScheduleWorld, _ runs: [RunID]) {
    self.world = world
    self.runs = runs
  }

  func step(_ random: inout SeededNumbers) throws -> Bool {
    guard left > 0 else { return false }
    left -= 1
    try world.reads { reads in
      for run in runs {
        guard let reference = try reads.tables.run(named: run.name) else { continue }
        try world.witness.check(reference, reads, "reader")
      }
    }
    return true
  }
}

/// A rebuild of everything, step by step; two may be at it at once.
final class RebuildingActor: ScheduledActor {
  private enum Stage {
    case begin
    case fold(Generation)
    case write(Generation, PreparedFold)
    case flip(Generation)
    case remove(Generation, after: RunRowID?)
    /// What others left unfinished, or have not finished yet.
    case tidy([Generation], after: RunRowID?)
    case done
  }

  private let world: ScheduleWorld
  private let process: Int
  private var stage = Stage.begin
  private var engine = FoldBatcher()
  private(set) var wasBeaten = false

  init(_ world: ScheduleWorld, _ process: Int) {
    self.world = world
    self.process = process
  }

  func step(_ random: inout SeededNumbers) throws -> Bool {
    do { return try next() } catch let error as StoreError where error.code == .busy {
      // Another rebuild removed or flipped the generation: this one gives up.
      wasBeaten = true
      stage = .done
      return false
    }
  }

  private func next() throws -> Bool {
    switch stage {
    case .begin:
      stage = .tidy(try world.readers.read { try $0.tables.otherGenerations() }, after: nil)
    case .tidy(let generations, let last):
      if let generation = generations.first {
        let last = try world.write(process) {
          try $0.deleteGeneration(generation, after: last, limit: 1)
        }
        stage = .tidy(last == nil ? Array(generations.dropFirst()) : generations, after: last)
        return true
      }
      let generation = try world.write(process) {
        try $0.beginGeneration(ofFold: Digest.version, now: 0)
      }
      engine = FoldBatcher(generation: generation)
      stage = .fold(generation)
    case .fold(let generation):
      let batch = try world.readers.snapshot { connection -> PreparedFold? in
        guard let run = try connection.tables.laggingRuns(in: generation, rows: nil).first?.run
        else {
          return nil
        }
        return try engine.prepare(run, limit: .bulk, from: connection.tables)?.batch
      }
      // What comes in before the flip is for the flip to fold.
      stage = batch.map { .write(generation, $0) } ?? .flip(generation)
    case .flip(let generation):
      let old = try world.write(process) { tables in
        var failed: [RunRowID: StoreError] = [:]
        let old = try Rebuilder.flip(to: generation, now: 0, without: &failed, in: tables)
        guard failed.isEmpty else { throw StoreError(.corrupt, "\(failed)") }
        return old
      }
      stage = .remove(old, after: nil)
    case .write(let generation, let batch):
      let isWritten = try world.write(process) {
        try Rebuilder.write([batch], into: $0) == [true]
      }
      if isWritten { engine.didWrite(batch) } else { engine.forget(batch.key.run) }
      stage = .fold(generation)
    case .remove(let generation, let last):
      let last = try world.write(process) {
        try $0.deleteGeneration(generation, after: last, limit: 8)
      }
      stage = last.map { .remove(generation, after: $0) } ?? .done
    case .done: return false
    }
    return true
  }
}
