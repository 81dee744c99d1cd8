import ArgumentParser
import Events
import RunDigest

/// Compares what is stored with what the log says.
struct VerifyVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Fold the log again from its start and compare, field by field, with what is stored.",
    discussion: """
      Nothing is changed. The exit code is 1 when something differs; digest-ctl rebuild makes it \
      anew then.

      EXAMPLE
        digest-ctl verify
        digest-ctl verify agent-7 --json
      """
  )

  @OptionGroup var common: CommonOptions

  @Argument(help: "A run, or the beginning of its name; all of the store without one.")
  var run: String?

  private static let differencesMax = 50

  func run() async throws {
    let reader = try common.openReader()
    let result = try reader.verify(try run.map(reader.resolveRun))
    if common.json { try printJSON(result) } else { printPage(result) }
    if !result.isClean { throw Failure.found }
  }

  private func printPage(_ result: Verification) {
    let style = Style.standard
    for difference in result.differences.prefix(Self.differencesMax) {
      Output.line(style.bad(Text.clean(difference.description)))
    }
    let more = result.differences.count - Self.differencesMax
    if more > 0 { Output.line("and \(Units.count(Int64(more))) more; --json lists them") }
    let work =
      "\(Units.count(result.runs, "run")), \(Units.count(result.events, "event")) and "
      + "\(Units.count(result.sums, "sum")) checked"
    let found = Int64(result.differences.count)
    Output.line(
      found == 0
        ? "\(work), \(style.good("nothing differs"))"
        : "\(work), \(style.bad(Units.count(found, "difference")))"
    )
  }

  private func printJSON(_ result: Verification) throws {
    var writer = JSONWriter()
    writer.object { json in
      json.member("ok", result.isClean)
      json.member("runs", result.runs)
      json.member("events", result.events)
      json.member("sums", result.sums)
      json.array("differences") { json in
        for difference in result.differences {
          json.object { json in
            json.member("subject", difference.subject)
            json.member("field", difference.field)
            json.member("stored", difference.stored)
            json.member("expected", difference.expected)
          }
        }
      }
    }
    writer.newline()
    try Output.write(writer.bytes)
  }
}
