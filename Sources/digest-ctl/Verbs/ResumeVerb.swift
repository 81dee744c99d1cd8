import ArgumentParser
import Folding
import RunDigest

/// Reopens a run that has ended.
struct ResumeVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Let a run that has ended go on; its next end seals it anew.",
    discussion: """
      EXAMPLE
        digest-ctl resume agent-7
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var name: RunArgument

  @Option(help: "Who resumes it.")
  var by: String?

  func run() async throws {
    let store = try await common.openStore()
    let run = try store.reader.resolveRun(name.run)
    try await store.resume(run, by: by ?? "digest-ctl")
    let outcome = try await store.freshInsight(run).outcome
    await store.close()
    Output.isStored("the event is stored")
    OutcomePage(run: run, outcome: outcome).print(json: common.json)
  }
}
