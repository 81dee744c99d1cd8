import Events
import RunDigest

/// What a verification found, for people or as JSON.
struct VerificationPage {
  let result: Verification

  private static let differencesMax = 50

  func print(json: Bool) throws {
    if json { try printJSON() } else { printPage() }
  }

  private func printPage() {
    let style = Style.standard
    for difference in result.differences.prefix(Self.differencesMax) {
      Output.line(style.bad(Text.clean(difference.description)))
    }
    let more = result.differences.count - Self.differencesMax + Int(result.differencesLeftOut)
    if more > 0 { Output.line("and \(Units.count(Int64(more))) more; --json lists them") }
    let work =
      "\(Units.count(result.runs, "run")), \(Units.count(result.events, "event")) and "
      + "\(Units.count(result.sums, "sum")) checked"
    let found = Int64(result.differences.count) + result.differencesLeftOut
    Output.line(
      found == 0
        ? "\(work), \(style.good("nothing differs"))"
        : "\(work), \(style.bad(Units.count(found, "difference")))"
    )
    if result.unread > 0 {
      let lines = Units.count(result.unread, "line")
      Output.line(style.warn("\(lines) of imported logs could not be read; doctor lists them"))
    }
  }

  private func printJSON() throws {
    var writer = JSONWriter()
    writer.object { json in
      json.member("ok", result.isClean)
      json.member("runs", result.runs)
      json.member("events", result.events)
      json.member("sums", result.sums)
      json.member("unread", result.unread)
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
      json.member("differences_left_out", result.differencesLeftOut)
    }
    writer.newline()
    try Output.write(writer.bytes)
  }
}
