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

/// What is left of a store when the power goes at any moment.
///
/// A preloaded library (`Tests/PowerLoss/recorder.c`) writes down what a process does to its files
/// and what it acknowledges. From that journal states of a disk are made: everything that was synced,
/// and any part of what was not, whole or torn at sectors. Each state is opened like any store.
///
/// `RUNDIGEST_POWER_CUTS=1000000 swift test -c release -Xswiftc -enable-testing --filter
/// PowerLossTests` makes more of them, `RUNDIGEST_POWER_SEED=n` from another recording. The figures of
/// the last long campaign are in Figures.md.
@Suite("A power cut", .serialized)
struct PowerLossTests {
  static let cuts = setting("RUNDIGEST_POWER_CUTS", default: 5000)
  @Test(
    "takes nothing durable, of the rest only the last, and leaves no digest that disagrees",
    .enabled(if: Script.exists("cc"), "there is no C compiler to make the recorder with")
  )
  func anyMoment() async throws {
    let parts = 4
    let seed = setting("RUNDIGEST_POWER_SEED", default: 1)
    let recording = try await BlockingWork.run { try Recording(seed: seed) }
    #expect(recording.lastCommitted == 120)
    let summaries = try await withThrowingTaskGroup(of: PowerSummary.self) { group in
      for part in 0..<parts {
        group.addTask {
          try await BlockingWork.run {
            try PowerCuts(recording, seed: UInt64(seed * 100 + part)).make(Self.cuts / parts)
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let all = summaries.reduce(into: PowerSummary()) { $0.add($1) }
    print(
      """
      MEASURE \(all.states) states of a disk: \(all.lostSuffix) lost committed events, \
      \(all.lostMost) at most, \(all.verified) verified by brute force; \
      \(recording.operations.count) operations recorded
      """
    )
    #expect(all.problems.isEmpty, "\(all.problems.prefix(5))")
    // Else the cuts were too kind to show anything.
    #expect(all.lostSuffix > 0)
  }
}

/// A store that is created.
extension PowerLossTests {
  @Test(
    "a new store is on disk before it is open",
    .enabled(if: Script.exists("cc"), "there is no C compiler to make the recorder with")
  )
  func newStore() async throws {
    let recording = try await BlockingWork.run { try Recording(seed: 1) }
    // The process acknowledges its open first.
    let creation = recording.operations.prefix { $0.kind != .acknowledge }
    let files = Set(creation.filter { $0.kind == .write }.map(\.file))
    #expect(files.contains { $0.hasSuffix("-wal") })
    for file in files where !creation.contains(where: { $0.kind == .unlink && $0.file == file }) {
      let written = creation.lastIndex { $0.kind == .write && $0.file == file }
      let synced = creation.lastIndex { $0.kind == .sync && $0.file == file }
      #expect((written ?? 0) < (synced ?? 0), "\(file) is not synced")
    }
  }
}

/// What the recorded process did, and what it should have led to.
final class Recording: Sendable {
  struct Operation: Sendable {
    enum Kind: UInt8 {
      case write = 0x57
      case truncate = 0x54
      case sync = 0x53
      case syncFolder = 0x44
      case unlink = 0x55
      case acknowledge = 0x41
    }

    var kind: Kind
    var file: String
    var offset: Int
    /// Where its bytes lie in the journal.
    var data: Range<Int>
  }

  let journal: [UInt8]
  let operations: [Operation]
  let lastCommitted: Int
  /// The bytes of the digest of a run at a watermark, folded from the log alone.
  let digests: [String: [UInt8]]

  init(seed: Int) throws {
    let folder = try TemporaryFolder()
    let library = folder.file("recorder.so")
    let compiler = try Script.run(
      program: "cc",
      ["-O1", "-shared", "-fPIC", "-o", library, Script.path("PowerLoss/recorder.c"), "-ldl"]
    )
    guard compiler.status == 0 else { throw StoreError(.io, compiler.output) }
    let child = try ChildProcess(
      "CrashChild",
      ["record", folder.file(), "\(seed)"],
      settings: ["LD_PRELOAD=\(library)", "RUNDIGEST_JOURNAL=\(folder.file("journal"))"]
    )
    let (status, _) = child.finish()
    guard status == 0 else { throw StoreError(.io, "the recorded process failed: \(status)") }
    journal = contents(of: folder.file("journal"))
    operations = try Self.parse(journal)
    var all = Acknowledged()
    for operation in operations where operation.kind == .acknowledge {
      all.add(try Acknowledged(journal[operation.data]))
    }
    lastCommitted = all.committed
    digests = try Self.digests(in: folder.file())
  }

  private static func parse(_ journal: [UInt8]) throws -> [Operation] {
    var operations: [Operation] = []
    var at = 0
    try journal.withUnsafeBytes { bytes in
      while at < bytes.count {
        guard let kind = Operation.Kind(rawValue: bytes[at]) else {
          throw StoreError(.io, "the journal cannot be read at \(at)")
        }
        let name = Int(bytes[at + 1])
        let offset = bytes.loadUnaligned(fromByteOffset: at + 2, as: Int64.self)
        let count = Int(bytes.loadUnaligned(fromByteOffset: at + 10, as: UInt32.self))
        let file = String(decoding: bytes[(at + 14)..<(at + 14 + name)], as: UTF8.self)
        let start = at + 14 + name
        operations.append(
          Operation(kind: kind, file: file, offset: Int(offset), data: start..<(start + count))
        )
        at = start + count
      }
    }
    return operations
  }

  private static func digests(in path: String) throws -> [String: [UInt8]] {
    let connection = try Connection(path: path, mode: .readWrite)
    var digests: [String: [UInt8]] = [:]
    let tables = connection.tables
    for run in try tables.runs(afterRow: 0, limit: .max) {
      for watermark in 1...max(1, try tables.head(of: run.row)) {
        let fold = try ReferenceFold(of: run.row, through: watermark, from: tables)
        digests["\(run.name) \(watermark)"] = fold.digest.encodedBody() + fold.state
      }
    }
    return digests
  }
}

/// What one line of the recorded process promised.
struct Acknowledged {
  var committed = 0
  var durable = 0
  var sealed: [String] = []
  /// Events that are durable whatever others are.
  var present: [String] = []

  init() {}

  init(_ text: ArraySlice<UInt8>) throws {
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      switch words[0] {
      case "e": sealed.append(words[1])
      case "p": present.append(words[1])
      case "d":
        durable = Int(words[1]) ?? 0
        committed = durable
      default: committed = Int(words[1]) ?? 0
      }
    }
  }

  mutating func add(_ other: Acknowledged) {
    committed = max(committed, other.committed)
    durable = max(durable, other.durable)
    sealed += other.sealed
    present += other.present
  }
}

struct PowerSummary: Sendable {
  var states = 0
  var lostSuffix = 0
  var lostMost = 0
  var verified = 0
  var problems: [String] = []

  mutating func add(_ other: PowerSummary) {
    states += other.states
    lostSuffix += other.lostSuffix
    lostMost = max(lostMost, other.lostMost)
    verified += other.verified
    problems += other.problems
  }
}

/// Makes states of a disk from a recording, and looks at each.
final class PowerCuts {
  private let recording: Recording
  private var random: SeededNumbers
  private let folder: TemporaryFolder
  private var durable: [String: [UInt8]] = [:]
  private var pending: [Recording.Operation] = []
  private var promised = Acknowledged()
  private var summary = PowerSummary()

  init(_ recording: Recording, seed: UInt64) throws {
    self.recording = recording
    random = SeededNumbers(scattering: seed)
    folder = try TemporaryFolder(inMemory: true)
  }

  func make(_ count: Int) throws -> PowerSummary {
    let operations = recording.operations
    var moments = [Int](repeating: 0, count: operations.count + 1)
    for _ in 0..<count { moments[1 + random.below(operations.count)] += 1 }
    for (index, operation) in operations.enumerated() {
      for _ in 0..<moments[index] { try cut(at: index) }
      try take(operation)
    }
    for _ in 0..<moments[operations.count] { try cut(at: operations.count) }
    return summary
  }

  private func take(_ operation: Recording.Operation) throws {
    switch operation.kind {
    case .acknowledge: promised.add(try Acknowledged(recording.journal[operation.data]))
    case .sync:
      for other in pending where other.file == operation.file { apply(other, to: &durable) }
      pending.removeAll { $0.file == operation.file }
    case .syncFolder:
      for other in pending where other.kind == .unlink { apply(other, to: &durable) }
      pending.removeAll { $0.kind == .unlink }
    case .write, .truncate, .unlink: pending.append(operation)
    }
  }

  private func apply(
    _ operation: Recording.Operation,
    to disk: inout [String: [UInt8]],
    part: Range<Int>? = nil
  ) {
    if operation.kind == .unlink {
      disk[operation.file] = nil
      return
    }
    let part = part ?? 0..<operation.data.count
    let start = operation.offset + part.lowerBound
    let end = operation.kind == .truncate ? operation.offset : start + part.count
    var file = disk.removeValue(forKey: operation.file) ?? []
    if file.count < end { file.append(contentsOf: repeatElement(0, count: end - file.count)) }
    if operation.kind == .truncate {
      file.removeLast(file.count - end)
    } else {
      let from = operation.data.lowerBound + part.lowerBound
      file.withUnsafeMutableBytes { target in
        recording.journal.withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: target[start..<end])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<(from + part.count)]))
        }
      }
    }
    disk[operation.file] = file
  }

  /// One state: all that was synced, and of the rest nothing, everything, or some, torn or whole.
  private func cut(at moment: Int) throws {
    var disk = durable
    let mood = random.below(4)
    for operation in pending {
      switch mood {
      case 0: continue
      case 1: apply(operation, to: &disk)
      default:
        guard random.below(10) < 6 else { continue }
        if mood == 3, operation.kind == .write, operation.data.count > 512, random.below(3) == 0 {
          for sector in stride(from: 0, to: operation.data.count, by: 512)
          where random.below(2) == 0 {
            let end = min(sector + 512, operation.data.count)
            apply(operation, to: &disk, part: sector..<end)
          }
        } else {
          apply(operation, to: &disk)
        }
      }
    }
    for name in names(in: folder.path) { Glibc.remove(folder.file(name)) }
    for (name, bytes) in disk { try write(bytes, to: folder.file(name)) }
    summary.states += 1
    do { try look() } catch {
      summary.problems.append("at operation \(moment), mood \(mood): \(error)")
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0, Glibc.write(file, bytes, bytes.count) == bytes.count else {
      throw StoreError(.io, "cannot write \(path)")
    }
    close(file)
  }

  // MARK: Looking

  private func look() throws {
    let path = folder.file()
    guard access(path, F_OK) == 0 else { return try expect(promised.committed == 0, "no store") }
    let connection = try Connection(path: path, mode: .readWrite)
    guard try connection.integer("PRAGMA user_version") > 0 else {
      return try expect(promised.committed == 0, "an empty store")
    }
    let integrity = try connection.prepare("PRAGMA integrity_check").firstRow { $0.string(at: 0) }
    try expect(integrity == "ok", integrity ?? "no answer")
    let events = try eventsInOrder(connection)
    try expect(events >= promised.durable, "\(events) events, \(promised.durable) were durable")
    if events < promised.committed {
      summary.lostSuffix += 1
      summary.lostMost = max(summary.lostMost, promised.committed - events)
    }
    try lookFor(promised.present, connection)
    try lookAtDigests(connection)
    try expect(connection.tables.checkLog().isGood, "the index does not lead to the events")
    for run in promised.sealed { try expect(isSealed(run, connection), "\(run) is not sealed") }
    guard random.below(40) == 0 else { return }
    summary.verified += 1
    var verifier = Verifier(try ReadSnapshot(connection.tables))
    try verifier.verifyAll()
    try expect(verifier.result.isClean, "\(verifier.result.differences.prefix(3))")
  }

  private func expect(_ holds: @autoclosure () throws -> Bool, _ what: String) throws {
    guard try holds() else { throw StoreError(.corrupt, what) }
  }

  /// How many of the recorded events there are: all up to one, and none after it.
  private func eventsInOrder(_ connection: Connection) throws -> Int {
    var last = 0
    let select = try connection.statement(
      "SELECT event_id FROM events WHERE event_id LIKE 'n%' ORDER BY pos"
    )
    try select.forEachRow { row in
      let id = row.string(at: 0)
      try expect(id == "n\(last + 1)", "\(id) after n\(last)")
      last += 1
    }
    return last
  }

  private func lookFor(_ events: [String], _ connection: Connection) throws {
    var there: Set<String> = []
    let select = try connection.statement("SELECT event_id FROM events WHERE event_id LIKE 'b%'")
    try select.forEachRow { there.insert($0.string(at: 0)) }
    let lost = Set(events).subtracting(there)
    try expect(lost.isEmpty, "\(lost.sorted()) were durable and are not there")
  }

  private func lookAtDigests(_ connection: Connection) throws {
    let select = try connection.statement(
      """
      SELECT r.name, d.watermark, d.body, d.state,
        (SELECT max(seq) FROM events WHERE run = d.run)
      FROM digests d JOIN runs r ON r.id = d.run
      """
    )
    try select.forEachRow { row in
      let name = row.string(at: 0)
      let watermark = row.int64(at: 1)
      try expect(watermark <= row.int64(at: 4), "the digest of \(name) is ahead of its log")
      let stored = [UInt8](row.bytes(at: 2)) + [UInt8](row.bytes(at: 3))
      try expect(
        recording.digests["\(name) \(watermark)"] == stored,
        "the digest of \(name) at \(watermark) is another than its log's"
      )
    }
  }

  private func isSealed(_ run: String, _ connection: Connection) throws -> Bool {
    let select = try connection.statement(
      """
      SELECT 1 FROM digests d JOIN runs r ON r.id = d.run
      WHERE r.name = ?1 AND d.sealed = 1 AND d.status = 'crashed'
      """
    )
    try select.bind(run, at: 1)
    return try select.firstRow { _ in true } ?? false
  }
}
