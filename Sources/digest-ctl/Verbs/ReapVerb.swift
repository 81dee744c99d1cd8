import ArgumentParser
import Events
import Folding
import RunDigest

/// End the running runs whose session is gone.
struct ReapVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reap",
    abstract: "End the running runs whose session is gone.",
    discussion: """
      Name the sessions that are gone, or those that are alive: then all others are gone. A run \
      counts to the session of its last event that names one; a run without a session is left \
      alone. The digests are sealed when this returns, and on disk.

      EXAMPLE
        digest-ctl reap --gone s-1 --gone s-2
        digest-ctl reap --alive s-3
      """
  )

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("A session that is gone; may be repeated.", valueName: "session"))
  var gone: [String] = []

  @Option(help: ArgumentHelp("A session that is alive; may be repeated.", valueName: "session"))
  var alive: [String] = []

  @Option(help: "Why.")
  var reason = "its session is gone"

  @Option(help: "Who ends them.")
  var by = "reaper"

  func validate() throws {
    guard gone.isEmpty != alive.isEmpty else {
      throw ValidationError("name sessions by --gone or by --alive, and not by both")
    }
  }

  func run() async throws {
    let store = try await common.openStore()
    let end = RunEnd(.terminate, by: by, reason: reason)
    let alive = Set(alive.map(ExactText.init))
    let ended =
      gone.isEmpty
      ? try await store.reap(end) { !alive.contains(ExactText($0)) }
      : try await store.reap(sessions: gone, end)
    await store.close()
    Output.isStored("the ends of the runs are stored")
    OutcomePage.print(ended, json: common.json)
  }
}
