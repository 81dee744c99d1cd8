import ArgumentParser
import Events
import Folding

/// End a run that was stopped, or came to its end.
struct StopVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "End a run that was stopped, or came to its end.",
    discussion: """
      The digest is sealed when this returns, and on disk. A run that has ended already is left \
      as it is: the first end counts.

      EXAMPLE
        digest-ctl stop agent-7 --reason "asked to"
      """
  )

  @OptionGroup var options: EndOptions

  func run() async throws {
    try await options.end(.stop)
  }
}
