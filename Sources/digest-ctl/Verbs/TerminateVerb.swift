import ArgumentParser
import Events
import Folding

/// End a run that nobody can ask any more: its process, session or machine is gone.
struct TerminateVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "terminate",
    abstract: "End a run that nobody can ask any more: its process, session or machine is gone.",
    discussion: """
      The digest is sealed when this returns, and on disk. A run that has ended already is left \
      as it is: the first end counts.

      EXAMPLE
        digest-ctl terminate agent-7 --reason "machine was replaced"
      """
  )

  @OptionGroup var options: EndOptions

  func run() async throws {
    try await options.end(.terminate)
  }
}
