import ArgumentParser
import LogFormats
import RunDigest

/// Imports logs.
struct ImportVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import logs: files, folders, - for standard input, or all that agents keep.",
    discussion: """
      Of a file that was imported before only what is new is read, so the same import may be \
      repeated, and ended at any time. A line that can't be read is reported with its file and \
      number and never stops the import; the exit code is 1 then.

      With --follow it goes on with every new line and file until it is stopped by control-C or \
      SIGTERM, which finish what is at hand and exit with 0; a second one stops at once. Nothing \
      is lost either way.

      EXAMPLE
        digest-ctl import ~/.claude/projects
        digest-ctl import run.jsonl --seal-idle off
        digest-ctl import --agents --follow
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var costs: CostOptions

  @Argument(help: "Files, folders (with all that is below them), or - for standard input.")
  var paths: [String] = []

  @Flag(help: "Also the logs of the agents that are installed here, wherever they keep them.")
  var agents = false

  @Flag(help: "Go on as the logs grow and new ones come, until control-C.")
  var follow = false

  @Flag(help: "With --follow: look at the files twice a second, where the kernel tells nothing.")
  var poll = false

  @Option(
    help: ArgumentHelp(
      "The format of all of them; else found by content: \(Self.formats).",
      valueName: "name"
    )
  )
  var format: String?

  @Option(
    help: ArgumentHelp(
      "End runs whose last event is older: 30m, 24h, or off. A run at work is given 24h at least.",
      valueName: "time|off"
    )
  )
  var sealIdle = IdleArgument.after(.seconds(30 * 60))

  @Flag(
    help: "Give events new seqs, whatever their lines claim: for the export of a log with a gap."
  )
  var renumber = false

  @Flag(name: .customLong("no-progress"), help: "No progress bar.")
  var noProgress = false

  private static let formats = LogFormat.all.map(\.name).joined(separator: ", ")

  func validate() throws {
    if let format, LogFormat.named(format) == nil {
      throw ValidationError("there is no format \(format); choose from \(Self.formats)")
    }
    if paths.isEmpty, !agents {
      throw ValidationError("there is nothing to import; name files or folders, or use --agents")
    }
    if follow, paths.contains("-") {
      throw ValidationError("standard input cannot be followed; pipe it in without --follow")
    }
    if renumber, follow {
      throw ValidationError("--renumber is for an export, which does not grow; leave --follow out")
    }
    if poll, !follow { throw ValidationError("--poll is for --follow; leave it out") }
  }

  func run() async throws {
    let homes = try agents ? findHomes() : nil
    let bar = ProgressBar(isWanted: !noProgress && !common.json)
    let listed = ListedProblems(bar: bar)
    var options = LogImport.Options()
    options.format = format.flatMap(LogFormat.named)
    options.sealIdle = sealIdle.duration
    options.renumbers = renumber
    options.isInterrupted = { Interrupt.came }
    options.progress = { bar.show($0) }
    options.problem = { listed.note($0) }
    let pricing = try costs.pricing()
    let store = try await common.openStore(creates: true, isPatient: true)
    Interrupt.catchIt()
    if follow {
      let run = FollowRun(
        store: store,
        options: options,
        bar: bar,
        listed: listed,
        pricing: pricing,
        homes: homes
      )
      return try await run.run(paths, polls: poll, json: common.json)
    }
    let all = paths + (homes?.found ?? [])
    let report = try await LogImport(store: store, options: options).run(all)
    bar.clear()
    if Interrupt.came {
      await store.close()
      Failure.say("interrupted; what was imported is kept, and the next import goes on from there")
      throw ExitCode(130)
    }
    try await store.flush()
    listed.finish(report)
    try ImportPage(
      report: report,
      reader: store.reader,
      pricing: pricing,
      homes: homes
    ).print(json: common.json)
    await store.close()
    guard report.isClean else {
      let isAllMissing = report.filesMissing == all.count
      throw isAllMissing ? Failure.notFound : Failure.found
    }
  }

  /// Finds the homes of agents, and says which are there.
  private func findHomes() throws -> AgentHomes {
    guard let homes = AgentHomes(CommonOptions.variable) else {
      throw Failure.Problem(
        code: Failure.notFound,
        sentence: "there is no HOME to look for agents' logs below; name folders"
      )
    }
    if !common.json {
      HomesPage(homes: homes).print()
      try Output.flush()
    }
    guard !homes.found.isEmpty || !paths.isEmpty else {
      let places = homes.homes.filter { !$0.isThere }.map(\.path).joined(separator: ", ")
      throw Failure.Problem(
        code: Failure.notFound,
        sentence: "no agent keeps logs here (looked for \(places)); name folders, or set the "
          + "variable that the agent goes by, such as CLAUDE_CONFIG_DIR or CODEX_HOME"
      )
    }
    return homes
  }
}
