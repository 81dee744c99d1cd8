import ArgumentParser
import Folding
import RunDigest

/// Judges what became of a run's task.
struct VerdictVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict",
    abstract: "Say what became of a run's task, before its end or after it.",
    discussion: """
      The last verdict counts.

      EXAMPLE
        digest-ctl verdict agent-7 done
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var name: RunArgument

  @Argument(help: "done, in_review, blocked or cancelled.")
  var verdict: Verdict

  func run() async throws {
    let store = try await common.openStore()
    let run = try store.reader.resolveRun(name.run)
    let outcome = try await store.judge(run, verdict)
    await store.close()
    Output.isStored("the verdict is stored")
    OutcomePage(run: run, outcome: outcome).print(json: common.json)
  }
}
