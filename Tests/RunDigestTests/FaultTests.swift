import Events
import Folding
import Glibc
import Storage
import TestSupport
import Testing

@testable import Digests
@testable import Engine
@testable import RunDigest
@testable import SQLiteEngine

/// A short life of a store, once for each system call in it that may fail.
///
/// A preloaded library (`Tests/Faults/faults.c`) makes the k-th write, sync or truncation of a store's
/// files fail with EIO or ENOSPC, that one alone or all from then on. An everyday run takes a sample
/// of the k; `RUNDIGEST_FAULTS=all swift test --filter FaultTests` takes every one, and
/// `RUNDIGEST_FAULTS='pwrite64 EIO once'` every one of that fault alone.
///
/// The figures of the last whole sweep are in Figures.md.
@Suite("A system call that fails", .serialized)
struct FaultTests {
  static let chosen = getenv("RUNDIGEST_FAULTS").map { String(cString: $0) }
  /// How many k of each call an everyday run takes.
  static let sample = 4

  struct Fault: Sendable, CustomTestStringConvertible {
    var call: String
    var code: Int32
    var forEver: Bool

    var testDescription: String {
      "\(call) \(code == EIO ? "EIO" : "ENOSPC") \(forEver ? "for ever" : "once")"
    }

    func setting(_ k: Int) -> String {
      "RUNDIGEST_FAULT=\(call) \(k) \(code) \(forEver ? 1 : 0)"
    }
  }

  static let faults = allFaults.filter { [nil, "all", $0.testDescription].contains(chosen) }

  private static let allFaults = ["pwrite64", "fdatasync", "ftruncate64"].flatMap { call in
    [EIO, ENOSPC].flatMap { code in
      [false, true].map { Fault(call: call, code: code, forEver: $0) }
    }
  }

  @Test(
    "is a typed error, nothing false is answered, and what was answered is there afterwards",
    .enabled(if: Script.exists("cc"), "there is no C compiler to make the library with"),
    arguments: faults
  )
  func sweep(fault: Fault) async throws {
    let result = try await BlockingWork.run { try Self.sweep(fault) }
    print(
      """
      MEASURE \(fault.testDescription): \(result.states) of \(result.calls) calls failed in turn, \
      \(result.failures) operations failed and \(result.recovered) of them went through at the \
      second try
      """
    )
    #expect(result.problems.isEmpty, "\(result.problems.prefix(5).joined(separator: "\n"))")
    #expect(result.states > 0)
  }

  struct Result: Sendable {
    var calls = 0
    var states = 0
    var failures = 0
    var recovered = 0
    var problems: [String] = []
  }

  private static func sweep(_ fault: Fault) throws -> Result {
    let tools = try TemporaryFolder()
    let library = tools.file("faults.so")
    let compiler = try Script.run(
      program: "cc",
      ["-O1", "-shared", "-fPIC", "-o", library, Script.path("Faults/faults.c"), "-ldl"]
    )
    guard compiler.status == 0 else { throw StoreError(.io, compiler.output) }
    var result = Result()
    let whole = try FaultedLife(fault, 0, library)
    result.calls = whole.calls
    result.problems += whole.evidence.problems
    // How many there are differs a little from life to life: the worker keeps its own time.
    let step = chosen == nil ? max(1, result.calls / sample) : 1
    for k in stride(from: 1 + step / 2, through: result.calls, by: step) {
      let life = try FaultedLife(fault, k, library)
      result.states += 1
      result.failures += life.failures
      result.recovered += life.failures - life.surrenders
      result.problems += life.evidence.problems
    }
    return result
  }
}

/// One life with one fault, and what is left of it.
private struct FaultedLife {
  let evidence: Evidence
  private(set) var calls = 0
  /// Operations that failed, and those that failed at the second try too.
  private(set) var failures = 0
  private(set) var surrenders = 0
  private let fault: FaultTests.Fault

  init(_ fault: FaultTests.Fault, _ k: Int, _ library: String) throws {
    self.fault = fault
    evidence = try Evidence(seed: UInt64(k))
    evidence.note("\(fault.testDescription), k = \(k)")
    let child = try ChildProcess(
      "CrashChild",
      ["faulted", evidence.folder.file(), "0"],
      settings: ["LD_PRELOAD=\(library)", fault.setting(k)],
      files: .init(errors: evidence.newComplaints(of: "faulted"))
    )
    let (status, output) = child.finish()
    let said = child.complaints
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    for line in lines { evidence.note(line) }
    if status != 0 { evidence.problem("the process ended with \(status): \(said)") }
    if said.contains("used after a failed sync") { evidence.problem(said) }
    calls =
      said.split(separator: "\n").last.flatMap { $0.split(separator: " ").last }
      .flatMap { Int($0) } ?? 0
    judge(lines)
    evidence.watching { try look(lines) }
  }

  /// What the answers themselves must be.
  private mutating func judge(_ lines: [String]) {
    var hasFailed = false
    var known: Set<String> = []
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      switch words[0] {
      case "x", "X":
        if words[0] == "x" { failures += 1 } else { surrenders += 1 }
        hasFailed = true
        // A run of which no event went through is one that nobody knows.
        let isUnknown =
          words[1] == "notFound" && words[2] == "end" && !known.contains("\(words[3]):")
        if words[1] != "io", words[1] != "full", !isUnknown {
          evidence.problem("not typed as it is: \(line)")
        }
      case "a": known.insert(words[1] + ":")
      case "d", "e":
        known.insert(words[1] + ":")
        // No sync succeeds any more, so nothing can be durable.
        if hasFailed, fault.forEver, fault.call == "fdatasync" {
          evidence.problem("answered without a sync: \(line)")
        }
      default: break
      }
    }
    if !fault.forEver, surrenders > 0 { evidence.problem("one fault, and it failed twice") }
    if !fault.forEver, lines.last != "closed" { evidence.problem("it did not come to its end") }
  }

  /// What there must be, as it was left, and once the disk is well again.
  private func look(_ lines: [String]) throws {
    let path = evidence.folder.file()
    let promises = lines.filter { $0.hasPrefix("a ") || $0.hasPrefix("d ") || $0.hasPrefix("e ") }
    try write(promises.map { $0.hasPrefix("d ") ? "a" + $0.dropFirst() : $0 }, to: path + ".acks")
    var summary = KillTests.Summary()
    // Without a promise there need not be a store yet, or only a part of one.
    if !promises.isEmpty { try KillCheck(path, evidence).look([:], &summary) }
    let settling = try ChildProcess(
      "CrashChild",
      ["settle", path, "0"],
      files: .init(errors: evidence.newComplaints(of: "settle"))
    )
    let status = settling.finish().status
    if status != 0 { evidence.problem("it cannot be settled: \(status) \(settling.complaints)") }
    try KillCheck(path, evidence).look([:], &summary)
    let connection = try Connection(path: path, mode: .readOnly)
    let behind = try connection.tables.laggingRuns(
      in: connection.tables.liveGeneration(),
      rows: nil
    )
    if !behind.isEmpty { evidence.problem("\(behind.count) runs are behind") }
  }

  private func write(_ lines: [String], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    defer { close(file) }
    let text = Array(lines.map { $0 + "\n" }.joined().utf8)
    guard file >= 0, Glibc.write(file, text, text.count) == text.count else {
      throw StoreError(.io, "cannot write \(path)")
    }
  }
}
