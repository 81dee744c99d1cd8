import ArgumentParser
import Events
import RunDigest

/// Compares what is stored with what the log says.
struct VerifyVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Fold the log again from its start and compare, field by field, with what is stored.",
    discussion: """
      Nothing is changed. The events are compared with their checksums, too. The exit code is 1 when \
      something differs: digest-ctl doctor says what to do about events, and digest-ctl rebuild makes \
      all else again.

      EXAMPLE
        digest-ctl verify
        digest-ctl verify agent-7 --json
      """
  )

  @OptionGroup var common: CommonOptions

  @Argument(help: "A run, or the beginning of its name; all of the store without one.")
  var run: String?

  @Flag(name: .customLong("no-progress"), help: "No progress bar.")
  var noProgress = false

  func run() async throws {
    let reader = try common.openReader()
    let bar = ProgressBar(isWanted: !noProgress && !common.json)
    defer { bar.clear() }
    let result = try reader.verify(try run.map(reader.resolveRun)) { bar.show($0) }
    bar.clear()
    try VerificationPage(result: result).print(json: common.json)
    if !result.isClean { throw Failure.found }
  }
}
