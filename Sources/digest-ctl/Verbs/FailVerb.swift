import ArgumentParser
import Events
import Folding

/// End a run that could not do what it was to do.
struct FailVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fail",
    abstract: "End a run that could not do what it was to do.",
    discussion: """
      The digest is sealed when this returns, and on disk. A run that has ended already is left \
      as it is: the first end counts.

      EXAMPLE
        digest-ctl fail agent-7 --reason "no credentials"
      """
  )

  @OptionGroup var options: EndOptions

  func run() async throws {
    try await options.end(.fail)
  }
}
