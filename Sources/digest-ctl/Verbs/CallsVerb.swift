import ArgumentParser
import Events
import Folding
import RunDigest

/// Lists the tool calls of a run.
struct CallsVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calls",
    abstract: "List the tool calls of a run: all, the slowest, or those that failed.",
    discussion: """
      EXAMPLE
        digest-ctl calls agent-7 --slowest --limit 5
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var name: RunArgument
  @OptionGroup var rows: RowOptions

  @Flag(help: "The calls that took longest, the slowest first; 20 without --limit.")
  var slowest = false

  @Flag(help: "Only calls that failed.")
  var failed = false

  func validate() throws {
    if slowest, failed { throw ValidationError("--slowest and --failed exclude each other") }
    if slowest, rows.from > 0 { throw ValidationError("--slowest has no --from; use --limit") }
  }

  func run() throws {
    let reader = try common.openReader()
    let run = try reader.resolveRun(name.run)
    var printer = RowPrinter(
      json: common.json,
      [
        .right("SEQ"), .flexible("TOOL"), .left("STATUS"), .right("TIME"), .left("START"),
        .right("TURN"), .left("CALL ID"),
      ]
    )
    var rest: Int64?
    if slowest {
      for call in try reader.slowestCalls(run, limit: rows.limit ?? 20) {
        try printer.add {
          call.write(run: run.name, to: &$0)
        } row: {
          Self.cells(call)
        }
      }
    } else {
      rest = try rows.forEach(
        json: common.json,
        page: {
          failed
            ? try reader.failedCalls(run, from: $0, limit: $1)
            : try reader.calls(run, from: $0, limit: $1)
        },
        number: \.seq
      ) { call in
        try printer.add {
          call.write(run: run.name, to: &$0)
        } row: {
          Self.cells(call)
        }
      }
    }
    printer.finish(
      nothing: "run \(run) has no \(failed ? "failed " : "")tool calls",
      rest: rest
    )
  }

  private static func cells(_ call: Call) -> [Table.Cell] {
    [
      Table.Cell(String(call.seq)),
      Table.Cell(call.name),
      Table.Cell(call.status.word) { Style.standard.status(call.status.word, $0) },
      Table.Cell(Units.duration(call.durationMicros.map { $0 / 1000 })),
      Table.Cell(LocalTime.seconds(call.startTs)),
      Table.Cell(call.turn.map { String($0) } ?? "–"),
      Table.Cell(call.callID),
    ]
  }
}
