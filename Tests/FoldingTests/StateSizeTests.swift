import Events
import Foundation
import Testing

@testable import Folding

/// What the fold keeps of a run is one bounded row, whatever the run invents.
///
/// `RUNDIGEST_SIZE_EVENTS=1000000` folds a million of each; the row was full long before.
@Suite struct StateSizeTests {
  static let events =
    ProcessInfo.processInfo.environment["RUNDIGEST_SIZE_EVENTS"].flatMap { Int($0) } ?? 20_000

  static let bytesMax = 512 << 10

  /// What is invented anew in every event; names are as long as names are kept.
  enum Invention: String, CaseIterable {
    case tools, models, errorTypes, kinds, stages, sessions, traces
    case pendingCalls, permissionRequests, turns, orphans, titles
    case facts, tags, scores, looseModels

    /// Longer than the whole row may be.
    private static let huge = String(repeating: "t", count: 600_000)

    func event(_ index: Int) throws -> Event {
      let long = "\(index)-" + String(repeating: "n", count: 200)
      let trace = String(repeating: "0", count: 24) + String(10_000_000 + index)
      return switch self {
      case .tools: .toolCall(name: long)
      case .models: .usage(model: long, input: 300_000, output: 7, reasoning: 3)
      case .errorTypes: .error(type: long)
      case .kinds: Event(EventKind(rawValue: long))
      case .stages: .span(stage: long, durationMs: Int64(index), queueMs: 1)
      case .sessions: Event("odd").with(session: long)
      case .traces: Event("odd").with(traceparent: "00-\(trace)-00f067aa0ba902b7-01")
      case .pendingCalls: .toolCall(id: long, name: "bash", input: .string(long))
      case .permissionRequests: .permissionRequest(id: long, name: long)
      case .turns: .turnStart(id: long)
      case .orphans: .toolResult(id: long, isError: true, name: long)
      case .facts:
        index % 1_000 < 12
          ? .runStarted(
            forkedFrom: Self.huge,
            repository: Self.huge,
            branch: Self.huge,
            commit: Self.huge,
            team: Self.huge
          ) : .runStarted(agentType: long)
      case .tags: .runTag(long)
      case .scores: .runScore(long, value: Double(index))
      case .looseModels:
        // With no turn open and sealed, what is used is tallied for a late result.
        index % 64 < 4
          ? .runEnded(.stop) : .usage(model: long, input: 300_000, costUSD: 1, tier: .fast)
      case .titles:
        index % 1_000 < 12 ? .runStarted(title: Self.huge) : .runStarted(agent: long)
      }
    }
  }

  @Test(
    "The row of a run that invents anew in every event is bounded",
    arguments: Invention.allCases
  )
  func bounded(_ invention: Invention) throws {
    #expect(try bytes(of: [invention]) <= Self.bytesMax)
  }

  @Test("The row of a run that invents everything at once is bounded")
  func boundedTogether() throws {
    #expect(try bytes(of: Invention.allCases) <= Self.bytesMax)
  }

  /// Folds the events without keeping any row but those that are open, as a store would do.
  private func bytes(of inventions: [Invention]) throws -> Int {
    var fold = RunFold()
    var openCalls: [String: Call] = [:]
    var requests: [String: Permission] = [:]
    for index in 0..<Self.events {
      // In an open turn, which keeps a tally of its own.
      var event =
        index == 0 ? .turnStart() : try inventions[index % inventions.count].event(index)
      event.ts = Timestamp(microseconds: Int64(index) * 1_000_000)
      let entry = MemoryLog.Entry(event: event, seq: Int64(index) + 1, ordinal: nil)
      try entry.withFoldEvent { event in
        let needs = fold.prepare(event)
        if let id = needs.id { fold.supply(call: openCalls[id], permission: requests[id]) }
        if needs.open {
          fold.supplyOpen(calls: Array(openCalls.values), permissions: Array(requests.values))
        }
        try fold.step(event)
      }
      guard index % 512 == 511 else { continue }
      let changes = fold.takeChanges()
      for call in changes.calls { openCalls[call.callID] = call.status == .open ? call : nil }
      for permission in changes.permissions {
        requests[permission.id] = permission.isOpen ? permission : nil
      }
      fold.trim()
    }
    fold.settle()
    return fold.digest.encodedBody().count + fold.encodedState().count
  }
}
