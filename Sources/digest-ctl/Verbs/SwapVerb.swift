import ArgumentParser
import Folding
import RunDigest

/// End the runs that a session leaves when it goes on in another.
struct SwapVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swap",
    abstract: "End the runs that a session leaves when it goes on in another.",
    discussion: """
      All running runs of the session are ended but the one named, which need not be there yet. \
      The digests are sealed when this returns, and on disk.

      EXAMPLE
        digest-ctl swap s-1 agent-8
      """
  )

  @OptionGroup var common: CommonOptions

  @Argument(help: "The session.")
  var session: String

  @Argument(help: "The whole name of the run that it goes on in.")
  var run: String

  @Option(help: "Why.")
  var reason = "its session goes on in another run"

  @Option(help: "What became of their tasks: done, in_review, blocked or cancelled.")
  var verdict: Verdict?

  func run() async throws {
    let key = try RunID(run)
    let store = try await common.openStore()
    let end = RunEnd(.stop, by: "swap", reason: reason, verdict: verdict)
    let ended = try await store.swap(session: session, to: key, end)
    await store.close()
    Output.isStored("the ends of the runs are stored")
    OutcomePage.print(ended, json: common.json)
  }
}
