import ArgumentParser
import Events
import RunDigest

/// Says how the store is.
struct HealthVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health",
    abstract: "Say whether the digests are current, and how large the store is.",
    discussion: """
      The exit code is 1 when a run's fold fails.

      EXAMPLE
        digest-ctl health --json
      """
  )

  @OptionGroup var common: CommonOptions

  func run() throws {
    let reader = try common.openReader()
    let health = try reader.state()
    if common.json {
      var json = JSONWriter()
      health.write(to: &json, path: try common.storePath())
      json.newline()
      try Output.write(json.bytes)
    } else {
      printPage(health, path: try common.storePath())
    }
    if !health.stalled.isEmpty { throw Failure.found }
  }

  private func printPage(_ health: StoreState, path: String) {
    let style = Style.standard
    func line(_ title: String, _ text: String) {
      Output.line(style.bold(Text.padded(title, to: 9)) + "  " + text)
    }
    line("Store", Text.clean(path))
    line(
      "Size",
      "\(Units.bytes(health.fileBytes)), and \(Units.bytes(health.walBytes)) of write-ahead log"
    )
    line(
      "Log",
      "\(Units.count(health.runs, "run")), \(Units.count(health.runsOpen)) of them open, "
        + Units.count(health.events, "event")
    )
    if health.eventsBehind == 0 {
      line("Digests", style.good("current"))
    } else {
      line(
        "Digests",
        style.warn(
          "\(Units.count(health.eventsBehind, "event")) of \(Units.count(health.runsBehind, "run")) "
            + "not folded yet, the oldest of "
            + LocalTime.seconds(health.oldestBehind)
        )
      )
    }
    for entry in health.stalled {
      line("Stalled", style.bad("\(Text.clean(entry.run)) at seq \(entry.seq): \(entry.reason)"))
    }
    if health.linesUnread > 0 {
      let lines = Units.count(health.linesUnread, "line")
      let logs = Units.count(health.logsUnread, "imported log")
      line("Unread", style.warn("\(lines) of \(logs); digest-ctl doctor lists them"))
    }
    line(
      "Versions",
      "schema \(health.schemaVersion), fold \(health.foldVersion), SQLite \(health.sqliteVersion)"
    )
  }
}
