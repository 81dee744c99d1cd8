import ArgumentParser
import Events
import RunDigest

/// Prints where the time of a run's launch and stages went, beside another run's.
struct TimingVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timing",
    abstract: "Print the checkpoints of a run's launch and its stages, beside another run's.",
    discussion: """
      Checkpoints and spans are events that agents and hubs log. With --diff each phase and each \
      stage stands beside the other run's, with the change from the first to the second.

      EXAMPLE
        digest-ctl timing agent-7 --diff agent-8
        digest-ctl timing agent-7 --diff agent-8 --json | jq '.launch[].phases[].change_ms'
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var name: RunArgument

  @Option(help: ArgumentHelp("Another run to put beside it.", valueName: "run"))
  var diff: String?

  func run() throws {
    let reader = try common.openReader()
    let first = try reader.insight(try reader.resolveRun(name.run))
    let second = try diff.map { try reader.insight(try reader.resolveRun($0)) }
    let timing = RunTiming(first, beside: second)
    guard common.json else { return TimingPage(timing: timing).print() }
    var json = JSONWriter(.compact, reserving: 4096)
    timing.write(to: &json)
    json.newline()
    try Output.write(json.bytes)
  }
}
