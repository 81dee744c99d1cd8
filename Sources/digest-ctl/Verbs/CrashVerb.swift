import ArgumentParser
import Events
import Folding

/// End a run whose process died.
struct CrashVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crash",
    abstract: "End a run whose process died.",
    discussion: """
      The digest is sealed when this returns, and on disk. A run that has ended already is left \
      as it is: the first end counts.

      EXAMPLE
        digest-ctl crash agent-7 --reason "out of memory" --exit-code 137
      """
  )

  @OptionGroup var options: EndOptions

  func run() async throws {
    try await options.end(.crash)
  }
}
