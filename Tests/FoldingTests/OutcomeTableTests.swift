import Events
import Testing

@testable import Folding

/// The table that decides how a run ended, cell by cell, through the fold itself.
@Suite struct OutcomeTableTests {
  /// What a run looked like when it ended.
  enum Ending: String, CaseIterable {
    case noTurn, openTurn, openTurnAfterAGoodOne
    case completed, cancelled, failed, abandoned

    var events: [Event] {
      switch self {
      case .noTurn: [.runStarted()]
      case .openTurn: [.turnStart()]
      case .openTurnAfterAGoodOne: [.turnStart(), .turnResult(status: "success"), .turnStart()]
      case .completed: [.turnStart(), .turnResult(status: "success")]
      case .cancelled: [.turnStart(), .turnResult(status: "interrupted")]
      case .failed: [.turnStart(), .turnResult(status: "success"), .turnResult(status: "boom")]
      case .abandoned: [.turnStart(), .turnResult(status: "abandoned")]
      }
    }

    var isInterrupted: Bool { self == .openTurn || self == .openTurnAfterAGoodOne }

    /// The status after a stop, an unknown cause, and a terminate, where nobody judged the run.
    var unjudged: (stop: String, terminate: String) {
      switch self {
      case .noTurn, .openTurn, .openTurnAfterAGoodOne, .abandoned: ("stopped", "terminated")
      case .completed: ("completed", "completed")
      case .cancelled: ("cancelled", "cancelled")
      case .failed: ("failed", "failed")
      }
    }
  }

  static let causes = ["stop", "terminate", "crash", "fail", "odd", nil]
  static let verdicts = [nil, "done", "in_review", "blocked", "cancelled"]

  /// What the table says; written out here once more, without a look at the fold's own.
  private func expected(_ cause: String?, _ verdict: String?, _ ending: Ending) -> String {
    if cause == "crash" { return "crashed" }
    if cause == "fail" { return "failed" }
    if let verdict { return verdict }
    return cause == "terminate" ? ending.unjudged.terminate : ending.unjudged.stop
  }

  @Test(
    "A run ends as cause, verdict and its last turn say",
    arguments: Ending.allCases,
    causes
  )
  func outcome(_ ending: Ending, _ cause: String?) throws {
    for verdict in Self.verdicts {
      let status = expected(cause, verdict, ending)
      let end = #"{"cause":\#(cause.map { "\"\($0)\"" } ?? "null")}"#
      let sealing = Event("run.ended", payload: try Payload(json: end))
      let judging = try verdict.map {
        Event("verdict", payload: try Payload(json: #"{"state":"\#($0)"}"#))
      }
      // The judgement may come before the end or after it: the status is the same.
      for events in [
        ending.events + [judging].compactMap(\.self) + [sealing],
        ending.events + [sealing] + [judging].compactMap(\.self),
      ] {
        let run = try fold(events)
        let outcome = run.digest.outcome
        #expect(outcome.status.rawValue == status, "\(ending) \(cause ?? "-") \(verdict ?? "-")")
        #expect(outcome.interrupted == ending.isInterrupted)
        #expect(outcome.cause?.rawValue == (cause == "odd" ? nil : cause))
        #expect(outcome.verdict?.rawValue == verdict)
        #expect(run.digest.totals[.lateEvents] == 0)
        #expect(run.outcomes.last?.status.rawValue == status)
        #expect(run.outcomes.reduce(0) { $0 + $1.runs } == 1)
      }
    }
  }

  private func fold(_ events: [Event]) throws -> FoldedRun {
    var log = MemoryLog()
    for (index, event) in events.enumerated() {
      log.append(event.with(ts: Timestamp(microseconds: Int64(index) * 1_000_000)), to: "r")
    }
    return try FoldedRun.folding(log.runs["r"] ?? [])
  }
}
