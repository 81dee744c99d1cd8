import Foundation
import TestSupport
import Testing

@testable import Folding

/// Holds the fold to figures that people worked out from its rules with a pencil.
@Suite struct FixtureTests {
  @Test("The fixtures are there, and every one says why")
  func presence() throws {
    #expect(Fixture.rules.count >= 60)
    #expect(Fixture.runs.count >= 7)
    for fixture in Fixture.rules + Fixture.runs {
      let why = try fixture.expectation()["why"] as? String
      #expect((why?.count ?? 0) > 20, "\(fixture.name) does not say what it shows")
    }
  }

  @Test("A rule gives the figures worked out by hand", arguments: Fixture.rules)
  func rule(_ fixture: Fixture) throws {
    let log = try fixture.events()
    let expectation = try fixture.expectation()
    let one = try #require(expectation["expect"] as? [String: Any])
    #expect(log.runOrder.count == 1, "a rule is shown by one run")
    for run in log.runOrder { try check(one, log, run) }
  }

  @Test("A log gives the figures worked out by hand", arguments: Fixture.runs)
  func run(_ fixture: Fixture) throws {
    let log = try fixture.log()
    let expectation = try fixture.expectation()
    let runs = try #require(expectation["runs"] as? [String: [String: Any]])
    #expect(Set(runs.keys) == Set(log.runOrder))
    for (run, expected) in runs { try check(expected, log, run) }
    if let lines = expectation["lines"] as? [String: Any] {
      let found: [String: Any] = [
        "events": log.runs.values.reduce(0) { $0 + $1.count }, "refused": log.refused,
      ]
      report(PartialMatch.differences(lines, found, at: "lines"))
    }
  }

  /// Compares, and sees to it that a restart between any two events changes nothing.
  private func check(_ expected: [String: Any], _ log: MemoryLog, _ run: String) throws {
    let entries = try #require(log.runs[run])
    let found = try FoldedRun.folding(entries).report(run: run)
    report(PartialMatch.differences(expected, try Fixture.object(found), at: run))
    var restarted = FoldedRun()
    for entry in entries {
      try restarted.step(entry)
      try restarted.restart()
    }
    #expect(restarted.report(run: run) == found, "restarts between the events of \(run) show")
  }

  private func report(_ differences: [String]) {
    for difference in differences { Issue.record("\(difference)") }
  }
}
