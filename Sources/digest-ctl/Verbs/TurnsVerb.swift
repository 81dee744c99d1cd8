import ArgumentParser
import Events
import Folding
import RunDigest

/// Lists the turns of a run.
struct TurnsVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "turns",
    abstract: "List the turns of a run.",
    discussion: """
      EXAMPLE
        digest-ctl turns agent-7 --from 10 --limit 5
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var name: RunArgument
  @OptionGroup var rows: RowOptions

  func run() throws {
    let reader = try common.openReader()
    let run = try reader.resolveRun(name.run)
    var printer = RowPrinter(
      json: common.json,
      [
        .right("TURN"), .left("START"), .right("TIME"), .right("1ST OUTPUT"), .left("STATUS"),
        .right("INPUT"), .right("OUTPUT"), .right("CACHE READ"), .right("COST"), .right("CALLS"),
        .right("FAILED"), .right("ERRORS"), .right("ISSUES"), .right("SEQ"),
      ]
    )
    let rest = try rows.forEach(
      json: common.json,
      page: { try reader.turns(run, from: $0, limit: $1) },
      number: \.idx
    ) { turn in
      try printer.add {
        turn.write(run: run.name, to: &$0)
      } row: {
        Self.cells(turn)
      }
    }
    printer.finish(nothing: "run \(run) has no turns", rest: rest)
  }

  private static func cells(_ turn: Turn) -> [Table.Cell] {
    let status = turn.status?.rawValue ?? "open"
    return [
      Table.Cell(Units.count(turn.idx)),
      Table.Cell(LocalTime.seconds(turn.startTs)),
      Table.Cell(Units.duration(turn.durationMicros.map { $0 / 1000 })),
      Table.Cell(Units.duration(turn.ttftMicros.map { $0 / 1000 })),
      Table.Cell(status) { Style.standard.status(status, $0) },
      Table.Cell(Units.countOrDash(turn.tokens.input)),
      Table.Cell(Units.countOrDash(turn.tokens.output)),
      Table.Cell(Units.countOrDash(turn.tokens.cacheRead)),
      Table.Cell(Units.money(turn.cost.value)),
      Table.Cell(Units.countOrDash(turn.toolCalls)),
      Table.Cell(Units.countOrDash(turn.toolFailed)),
      Table.Cell(Units.countOrDash(turn.errors)),
      Table.Cell(Units.countOrDash(turn.issues)),
      Table.Cell("\(turn.startSeq)–\(turn.endSeq.map(String.init) ?? "")"),
    ]
  }
}
