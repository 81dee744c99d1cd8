import Events
import Folding
import RunDigest

/// How a run stands after something was said about its end.
struct OutcomePage {
  let run: RunID
  let outcome: Outcome
  /// Whether the run had ended before, so that this changed nothing.
  var wasSealed = false

  func print(json: Bool) {
    guard json else {
      let style = Style.standard
      let name = Text.clean(run.name)
      if wasSealed {
        let cause = outcome.cause.map { " (\($0.rawValue))" } ?? ""
        Output.line("\(name) had ended before: \(style.status(outcome.status.rawValue))\(cause)")
      } else {
        Output.line("\(name): \(style.status(outcome.status.rawValue))")
      }
      return
    }
    var writer = JSONWriter()
    writer.object { json in
      json.member("run", run.name)
      json.member("changed", !wasSealed)
      json.key("outcome")
      outcome.write(to: &json)
    }
    Output.line(writer.text)
  }
}

extension OutcomePage {
  /// Prints the runs that were ended together, one a line.
  static func print(_ ended: [EndedRun], json: Bool) {
    for one in ended { OutcomePage(run: one.run, outcome: one.outcome).print(json: json) }
    if ended.isEmpty, !json { Output.line("no run was to be ended") }
  }
}

extension Outcome {
  /// Writes the members of the digest's `outcome`.
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("status", status.rawValue)
      json.member("cause", cause?.rawValue)
      json.member("by", by)
      json.member("reason", reason)
      json.member("exit_code", exitCode)
      json.member("verdict", verdict?.rawValue)
      json.member("last_turn_status", lastTurnStatus?.rawValue)
      json.member("interrupted", interrupted)
      json.member("ended_at", endedAt)
    }
  }
}
