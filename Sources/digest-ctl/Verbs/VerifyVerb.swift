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

  func run() async throws {
    let reader = try common.openReader()
    let result = try reader.verify(try run.map(reader.resolveRun))
    try VerificationPage(result: result).print(json: common.json)
    if !result.isClean { throw Failure.found }
  }
}
