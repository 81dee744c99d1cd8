import Folding
import Pricing
import RunDigest

/// Prints a list of runs.
struct RunPrinter {
  private var rows: RowPrinter
  private let pricing: CostEstimator
  /// Models without a price, and with tokens in what was printed.
  private var unpriced: Set<String> = []
  private var hasEstimates = false

  init(json: Bool, pricing: CostEstimator) {
    self.pricing = pricing
    rows = RowPrinter(
      json: json,
      [
        .flexible("RUN"), .left("STATUS"), .left("LAST EVENT"), .optional("SPAN"), .right("EVENTS"),
        .optional("TURNS"), .optional("CALLS"), .optional("INPUT"), .right("OUTPUT"),
        .optional("CACHED"),
        .optional("COST"), .right("ERRORS"), .optional("ISSUES"),
      ]
    )
  }

  mutating func add(_ run: RunSummary) throws {
    let cost = pricing.cost(of: run)
    unpriced.formUnion(cost.unpricedModels)
    hasEstimates = hasEstimates || cost.isEstimate
    try rows.add {
      run.write(to: &$0, cost: cost.writeMembers)
    } row: {
      Self.cells(run, cost)
    }
  }

  func finish(nothing: String, rest: Int64?) {
    rows.finish(
      nothing: nothing,
      rest: rest,
      option: "--offset",
      unpriced: unpriced.sorted(),
      hasEstimates: hasEstimates
    )
  }

  private static func cells(_ run: RunSummary, _ cost: ShownCost) -> [Table.Cell] {
    let style = Style.standard
    let tokens = run.tokens
    return [
      Table.Cell(run.run),
      Table.Cell(run.status.rawValue) { style.status(run.status.rawValue, $0) },
      Table.Cell(LocalTime.minutes(run.digest?.lastTs)),
      Table.Cell(Units.duration((run.digest?.totals.time.spanMicros).map { $0 / 1000 })),
      Table.Cell(Units.count(run.head)),
      Table.Cell(Units.countOrDash(run.digest?.turnCount ?? 0)),
      Table.Cell(Units.countOrDash(run.digest?.totals[.toolCalls] ?? 0)),
      Table.Cell(Units.countOrDash(tokens.input)),
      Table.Cell(Units.countOrDash(tokens.output)),
      Table.Cell(Units.countOrDash(tokens.cacheRead &+ tokens.cacheWrite)),
      Table.Cell(Units.cost(cost)),
      Table.Cell(Units.countOrDash(run.errorCount)) { run.errorCount > 0 ? style.bad($0) : $0 },
      Table.Cell(Units.countOrDash(run.issueCount)) { run.issueCount > 0 ? style.warn($0) : $0 },
    ]
  }
}
