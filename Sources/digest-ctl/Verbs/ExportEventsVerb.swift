import ArgumentParser
import Events
import RunDigest

/// Prints the log.
struct ExportEventsVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Print the log as JSON Lines in the native format.",
    discussion: """
      Imported into an empty store they give the same digests. At the end the events are compared \
      with their checksums; the exit code is 4 when some are missing or are not as they were appended. \
      What such a log still has is imported whole by digest-ctl import --renumber.

      EXAMPLE
        digest-ctl export events > all.jsonl
        digest-ctl export events agent-7 | digest-ctl import - --store copy.sqlite
      """
  )

  @OptionGroup var common: CommonOptions

  @Argument(help: "Runs, or the beginnings of their names; all without one.")
  var runs: [String] = []

  func run() throws {
    let reader = try common.openReader()
    let references = try runs.map(reader.resolveRun)
    try print(references, reader)
    try Output.flush()
    try reader.checkExported(references)
  }

  private func print(_ runs: [RunID], _ reader: RunReader) throws {
    var writer = JSONWriter(.compact, reserving: 1 << 16)
    if runs.isEmpty {
      // Names are bytes: Swift's own equality of strings would join two Unicode forms of one word.
      var ids: [ExactText: RunID] = [:]
      try reader.forEachEvent { name, event in
        let key = ExactText(name)
        let id = try ids[key] ?? RunID(name)
        ids[key] = id
        try print(event, of: id, &writer)
      }
    } else {
      for id in runs {
        try reader.forEachEvent(of: id, in: EventRange()) { event in
          try print(event, of: id, &writer)
          return true
        }
      }
    }
  }

  private func print(_ event: LoggedEvent, of run: RunID, _ writer: inout JSONWriter) throws {
    NativeLine.write(
      run: run,
      seq: event.seq,
      pos: event.position.rawValue,
      ordinal: event.ordinal,
      event: event.event,
      into: &writer
    )
    writer.newline()
    try Output.write(writer.bytes)
    writer.removeAll()
  }
}
