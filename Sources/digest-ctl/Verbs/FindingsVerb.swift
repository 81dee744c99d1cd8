import ArgumentParser
import Events
import Folding
import RunDigest

/// Lists the errors and issues of a run.
struct FindingsVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "findings",
    abstract: "List the errors (reported) and issues (seen in the log's shape) of a run.",
    discussion: """
      EXAMPLE
        digest-ctl findings agent-7 --errors
        digest-ctl events agent-7 --finding 0
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var name: RunArgument
  @OptionGroup var rows: RowOptions

  @Flag(help: "Only errors: failures that something reported.")
  var errors = false

  @Flag(help: "Only issues: failures that only show in the shape of the log.")
  var issues = false

  private var type: FindingType? {
    errors == issues ? nil : errors ? .error : .issue
  }

  func run() throws {
    let reader = try common.openReader()
    let run = try reader.resolveRun(name.run)
    var printer = RowPrinter(
      json: common.json,
      [
        .right("N"), .left("SEVERITY"), .left("CLASS"), .flexible("WHAT"), .right("TURN"),
        .right("SEQ"), .left("TIME"),
      ]
    )
    let rest = try rows.forEach(
      json: common.json,
      page: { try reader.findings(run, type: type, from: $0, limit: $1) },
      number: \.n
    ) { finding in
      try printer.add {
        finding.write(run: run.name, to: &$0)
      } row: {
        Self.cells(finding)
      }
    }
    let what = errors == issues ? "errors or issues" : errors ? "errors" : "issues"
    printer.finish(nothing: "run \(run) has no \(what)", rest: rest)
  }

  private static func cells(_ finding: Finding) -> [Table.Cell] {
    let style = Style.standard
    return [
      Table.Cell(String(finding.n)),
      Table.Cell(finding.severity.word) { text in
        switch finding.severity {
        case .error, .other: style.bad(text)
        case .warning: style.warn(text)
        case .info: style.dim(text)
        }
      },
      Table.Cell(finding.errorClass),
      Table.Cell(finding.anchor.label ?? "–"),
      Table.Cell(finding.turn.map { String($0) } ?? "–"),
      Table.Cell(String(finding.anchor.seq)),
      Table.Cell(LocalTime.seconds(finding.anchor.ts)),
    ]
  }
}
