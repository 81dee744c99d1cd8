import Events
import Folding
import Pricing
import RunDigest

/// Sums over windows, row by row.
struct StatsPage {
  private var rows: RowPrinter
  private let mode: CostMode
  /// Models without a price, and with tokens in what was printed.
  private var unpriced: Set<String> = []
  private var hasEstimates = false
  private var hasNegative = false

  init(json: Bool, grouping: StatsGrouping, mode: CostMode) {
    self.mode = mode
    rows = RowPrinter(
      json: json,
      [
        .flexible(grouping.rawValue.uppercased()), .right("RUNS"), .right("EVENTS"),
        .optional("TURNS"), .optional("P50"), .optional("P95"), .optional("CALLS"),
        .optional("FAILED"), .optional("INPUT"), .right("OUTPUT"), .optional("CACHED"),
        .right("COST"), .right("ERRORS"),
      ],
      hidesEmpty: true
    )
  }

  mutating func add(
    _ row: StatsRow,
    label: String,
    window: StatsWindow,
    estimate: CostEstimate
  ) throws {
    let cost = ShownCost.ofSum(mode, reported: row.totals.cost, estimate: estimate)
    unpriced.formUnion(estimate.unpricedModels)
    hasEstimates = hasEstimates || cost.isEstimate
    let isNegative = row.totals.hasNegativePart
    hasNegative = hasNegative || isNegative
    try rows.add { json in
      json.object { json in
        json.member("key", label)
        json.member("from", window.startTime)
        json.member("to", window.endTime)
        json.member("corrects_earlier", isNegative)
        row.totals.writeMembers(to: &json) { json in
          json.object("cost") { json in
            estimate.write(reported: row.totals.cost, to: &json)
          }
        }
      }
    } row: {
      Self.cells(row.totals, label, cost)
    }
  }

  /// Prints what was added; `nothing` is the sentence where there was no row.
  func finish(nothing: String) {
    rows.finish(
      nothing: nothing,
      rest: nil,
      unpriced: unpriced.sorted(),
      hasEstimates: hasEstimates
    )
    if hasNegative {
      rows.note(
        "a negative figure corrects what was counted before that time; begin earlier to see the sum"
      )
    }
  }

  private static func cells(
    _ totals: Totals,
    _ label: String,
    _ cost: ShownCost
  ) -> [Table.Cell] {
    var counts = TokenUsage()
    for (_, usage) in totals.models.entries {
      for part in [usage.own, usage.subagent] {
        counts.input &+= part.input
        counts.output &+= part.output
        counts.cacheRead &+= part.cacheRead &+ part.cacheWrite
      }
    }
    let errors = totals.errors.entries.reduce(0) { $0 &+ $1.value }
    return [
      Table.Cell(label),
      Table.Cell(Units.countOrDash(totals[.runs])),
      Table.Cell(Units.countOrDash(totals[.eventCount])),
      Table.Cell(Units.countOrDash(totals.closedTurns)),
      Table.Cell(Units.duration(totals.turnLatency.percentileMs(50))),
      Table.Cell(Units.duration(totals.turnLatency.percentileMs(95))),
      Table.Cell(Units.countOrDash(totals.tools.entries.reduce(0) { $0 &+ $1.value.calls })),
      Table.Cell(Units.countOrDash(totals.tools.entries.reduce(0) { $0 &+ $1.value.failed })),
      Table.Cell(Units.countOrDash(counts.input)),
      Table.Cell(Units.countOrDash(counts.output)),
      Table.Cell(Units.countOrDash(counts.cacheRead)),
      Table.Cell(Units.cost(cost)),
      Table.Cell(Units.countOrDash(errors)) { errors > 0 ? Style.standard.bad($0) : $0 },
    ]
  }
}
