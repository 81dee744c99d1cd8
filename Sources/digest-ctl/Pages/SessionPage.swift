import Folding
import Pricing
import RunDigest

/// The sum over a session as a page for people.
struct SessionPage {
  private let sum: SessionSum
  private let mode: CostMode
  private let estimate: CostEstimate
  private let style = Style.standard
  private let sections: TotalsSections

  init(sum: SessionSum, mode: CostMode, estimate: CostEstimate) {
    self.sum = sum
    self.mode = mode
    self.estimate = estimate
    sections = TotalsSections(totals: sum.totals, style: .standard)
  }

  func print() {
    Output.line(
      "\(style.bold("session \(Text.clean(sum.session))"))   "
        + style.dim(
          "\(Units.count(sum.head, "event")), \(Units.count(Int64(sum.runIDs.count), "run"))"
            + (sum.lag == 0 ? "" : ", the last \(Units.count(sum.lag)) events not folded yet")
        )
    )
    sections.printTime()
    sections.printTurns(count: sum.totals.closedTurns, isOpen: false)
    sections.printModels()
    sections.printCost(
      sections.costParts(mode, sum.totals.cost, estimate),
      estimate: estimate
    )
    sections.printTools()
    printCounts("Errors", sum.totals.errors)
    printCounts("Issues", sum.totals.issues)
  }

  private func printCounts(_ title: String, _ counts: NameMap<Int64>) {
    let total = counts.entries.reduce(0) { $0 + $1.value }
    guard total > 0 else { return }
    Output.line()
    let parts = counts.sorted.map { "\(Text.clean($0.name)) ×\(Units.count($0.value))" }
    sections.line(title, "\(Units.count(total))   " + style.dim(parts.joined(separator: " · ")))
  }
}
