import ArgumentParser
import LogFormats
import RunDigest

/// Imports logs.
struct ImportVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import logs: files, folders, or - for standard input.",
    discussion: """
      Of a file that was imported before only what is new is read, so the same import may be \
      repeated, and ended at any time. A line that can't be read is reported with its file and \
      number and never stops the import; the exit code is 1 then.

      EXAMPLE
        digest-ctl import ~/.claude/projects
        digest-ctl import run.jsonl --seal-idle 30m
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var costs: CostOptions

  @Argument(help: "Files, folders (with all that is below them), or - for standard input.")
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "The format of all of them; else found by content: \(Self.formats).",
      valueName: "name"
    )
  )
  var format: String?

  @Option(
    help: ArgumentHelp(
      "End the runs whose log has been at rest for so long: 30m, 24h.",
      valueName: "time"
    )
  )
  var sealIdle: DurationArgument?

  @Flag(name: .customLong("no-progress"), help: "No progress bar.")
  var noProgress = false

  private static let formats = LogFormat.all.map(\.name).joined(separator: ", ")

  func validate() throws {
    if let format, LogFormat.named(format) == nil {
      throw ValidationError("there is no format \(format); choose from \(Self.formats)")
    }
  }

  func run() async throws {
    let bar = ProgressBar(isWanted: !noProgress && !common.json)
    let listed = ListedProblems(bar: bar)
    var options = LogImport.Options()
    options.format = format.flatMap(LogFormat.named)
    options.sealIdle = sealIdle.map { .microseconds($0.microseconds) }
    options.isInterrupted = { Interrupt.came }
    options.progress = { bar.show($0) }
    options.problem = { listed.note($0) }
    let pricing = try costs.pricing()
    let store = try await common.openStore(creates: true)
    Interrupt.catchIt()
    let report = try await LogImport(store: store, options: options).run(paths)
    bar.clear()
    if Interrupt.came {
      await store.close()
      Failure.say("interrupted; what was imported is kept, and the next import goes on from there")
      throw ExitCode(130)
    }
    try await store.flush()
    listed.finish(report)
    try ImportPage(report: report, reader: store.reader, pricing: pricing).print(json: common.json)
    await store.close()
    guard report.isClean else {
      let isAllMissing = report.filesMissing == paths.count
      throw isAllMissing ? Failure.notFound : Failure.found
    }
  }
}
