import ArgumentParser
import Folding
import RunDigest

/// What the verbs that end a run take, and how they do it: all through the one finalizer.
struct EndOptions: ParsableArguments {
  @OptionGroup var common: CommonOptions
  @OptionGroup var name: RunArgument

  @Option(help: "Why.")
  var reason: String?

  @Option(help: "Who ends it.")
  var by: String?

  @Option(help: "The exit code of the agent's process.")
  var exitCode: Int64?

  @Option(help: "What became of the task: done, in_review, blocked or cancelled.")
  var verdict: Verdict?

  @Option(help: "When it ended: a time, or how long ago (10m); else now.")
  var at: TimeArgument?

  /// Ends the run and prints its outcome.
  func end(_ cause: EndCause) async throws {
    let store = try await common.openStore()
    let run = try store.reader.resolveRun(name.run)
    let end = RunEnd(
      cause,
      by: by ?? "digest-ctl",
      reason: reason,
      exitCode: exitCode,
      verdict: verdict,
      ts: at?.timestamp
    )
    try await store.flush(run)
    let wasSealed = try store.reader.summary(of: run)?.digest?.isSealed ?? false
    let outcome = try await store.end(run, end)
    await store.close()
    Output.isStored("the end of the run is stored")
    OutcomePage(run: run, outcome: outcome, wasSealed: wasSealed).print(json: common.json)
  }
}
